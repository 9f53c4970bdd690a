"""The last word: the gate, the arms, the failures, and all of it once more from the record."""

from collections import Counter
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.choices import POLICY_ACTIONS, STATE_SIZE, Choice, ChoiceReason, PolicyAction
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.intervention.policy.decider import LIMIT_S, RULES, Decider, arms, replay
from appliance.intervention.policy.learner import Learner
from tests.support.scripted_learner import ScriptedLearner

NOTHING, REST, CONTENT, HINT = (
    PolicyAction.NOTHING,
    PolicyAction.REST,
    PolicyAction.CONTENT,
    PolicyAction.HINT,
)
ALL = (True,) * 5


class Clock:
    """Time that passes only while a learner thinks."""

    def __init__(self) -> None:
        """Begin at 0; a learner is quick."""
        self.now_s, self.thinking_s = 0.0, 0.0

    def __call__(self) -> float:
        """Return the time, and let some pass."""
        now_s = self.now_s
        self.now_s += self.thinking_s
        return now_s


def decider(
    learner: Learner | None, *, explore: bool = False, clock: Clock | None = None
) -> Decider:
    """Build one whose seeds are 0, 1, 2, ..."""
    numbers = iter(range(10**9))
    return Decider(
        learner=learner,
        explore=explore,
        new_id=lambda: "k",
        new_seed=lambda: next(numbers),
        monotonic=clock or Clock(),
    )


def choose(
    one: Decider,
    *,
    rule_action: PolicyAction = NOTHING,
    rule: str = "",
    allowed: tuple[bool, ...] = ALL,
) -> Choice:
    """Ask about the same student in the same state."""
    return one.choose(
        seat=SeatKey("a01"),
        occupancy=OccupancyKey("o1"),
        state=np.linspace(0, 1, STATE_SIZE, dtype=np.float32),
        allowed=allowed,
        rule_action=rule_action,
        rule=rule,
        at_s=100.0,
    )


@pytest.mark.parametrize(
    ("values", "evidence", "rule", "action", "reason"),
    [
        pytest.param({HINT: 0.5}, 100, NOTHING, HINT, ChoiceReason.OVERRIDE, id="acts"),
        pytest.param({REST: -0.5}, 100, REST, NOTHING, ChoiceReason.OVERRIDE, id="veto"),
        pytest.param({HINT: 0.5}, 100, HINT, HINT, ChoiceReason.RULE, id="agrees"),
        pytest.param({HINT: 0.01}, 100, NOTHING, NOTHING, ChoiceReason.NOT_SURE, id="not-sure"),
        pytest.param({HINT: 0.5}, 19, NOTHING, NOTHING, ChoiceReason.LITTLE_EVIDENCE, id="new"),
    ],
)
def test_a_learned_action_passes_the_gate_or_the_rule_stays(
    values: dict[PolicyAction, float],
    evidence: int,
    rule: PolicyAction,
    action: PolicyAction,
    reason: ChoiceReason,
) -> None:
    """And what was held to be best is on record either way."""
    learner = ScriptedLearner(values, evidence=evidence)

    choice = choose(decider(learner), rule_action=rule)

    assert (choice.action, choice.reason, choice.propensity) == (action, reason, 1.0)
    assert choice.learned_action == int(learner.values.argmax())
    assert choice.policy == "dqn-scripted"
    assert choice.value == learner.values[action]


def test_what_is_masked_is_not_done() -> None:
    """However good it is held to be."""
    allowed = (True, True, True, True, False)

    choice = choose(decider(ScriptedLearner({HINT: 0.9, REST: 0.1})), allowed=allowed)

    assert choice.action is REST
    assert choice.seed == 0


def test_without_a_learner_the_rule_decides() -> None:
    """Nothing is judged, and that is on record."""
    choice = choose(decider(None), rule_action=HINT, rule="4")

    assert (choice.action, choice.reason, choice.policy) == (HINT, ChoiceReason.RULE, RULES)
    assert (choice.value, choice.bound) == (0.0, 0.0)


@pytest.mark.parametrize("how", ["error", "late", "nan", "silent"])
@pytest.mark.parametrize("explore", [False, True])
def test_the_rule_stays_when_the_learner_fails(how: str, *, explore: bool) -> None:
    """And nothing is left to chance, because nobody knows what was held."""
    learner, clock = ScriptedLearner({HINT: 0.5}), Clock()
    one = decider(learner, explore=explore, clock=clock)
    if how == "error":
        learner.error = ZeroDivisionError()
    elif how == "late":
        clock.thinking_s = LIMIT_S + 0.001
    elif how == "nan":
        learner.values[0] = np.nan
    else:
        one.silent = True

    choices = [choose(one, rule_action=REST, rule="2") for _ in range(20)]

    assert {one.action for one in choices} == {REST}
    assert {one.reason for one in choices} == {ChoiceReason.LEARNER_FAILED}
    assert {one.propensity for one in choices} == {1.0}
    assert one.failures == (0 if how == "silent" else 20)


def test_a_learner_as_slow_as_it_may_be_is_heard() -> None:
    """The limit itself is in time."""
    clock = Clock()
    one = decider(ScriptedLearner({HINT: 0.5}), clock=clock)
    clock.thinking_s = LIMIT_S

    assert choose(one).reason is ChoiceReason.OVERRIDE


@given(
    base=st.sampled_from(POLICY_ACTIONS),
    others=st.tuples(*[st.booleans()] * 4),
)
def test_propensities_stay_between_a_tenth_and_nine_tenths(
    base: PolicyAction, others: tuple[bool, ...]
) -> None:
    """Wherever there is something to draw; what is masked is never drawn."""
    allowed = (True, *others)
    chances = arms(base, allowed=allowed, locks=False)

    assert chances.sum() == pytest.approx(1.0)
    drawn = chances[chances > 0]
    if len(drawn) > 1:
        assert drawn.min() >= 0.1 - 1e-12
        assert drawn.max() <= 0.9 + 1e-12
    assert all(may or action == base for action, may in enumerate(allowed) if chances[action] > 0)


def test_a_lock_is_never_left_to_chance() -> None:
    """Rows 1 and 2 of Table 1 lock; row 5 recommends a break, which is benign."""
    one = decider(None, explore=True)

    locks = [choose(one, rule_action=REST, rule=row) for row in ("1", "2") * 50]
    breaks = [choose(one, rule_action=REST, rule="5") for _ in range(200)]

    assert {(choice.action, choice.propensity) for choice in locks} == {(REST, 1.0)}
    assert {(choice.action, choice.propensity) for choice in breaks} == {
        (REST, 0.5),
        (NOTHING, 0.5),
    }


def test_actions_come_as_often_as_is_on_record() -> None:
    """One in ten each; what was not drawn keeps the reason that it had."""
    one = decider(None, explore=True)

    choices = [choose(one, allowed=(True, True, False, False, True)) for _ in range(4000)]

    counts = Counter(choice.action for choice in choices)
    assert set(counts) == {NOTHING, REST, HINT}
    for choice in choices[:100]:
        share = counts[choice.action] / len(choices)
        assert share == pytest.approx(choice.propensity, abs=0.02)
        waits = choice.action is NOTHING
        assert choice.reason is (ChoiceReason.RULE if waits else ChoiceReason.RANDOMISED)


def fields(choice: Choice) -> dict[str, Any]:
    """Return all of a choice as what compares by bits."""
    return {**asdict(choice), "state": choice.state.tobytes()}


@pytest.mark.parametrize("explore", [False, True])
@pytest.mark.parametrize("fails", [False, True])
def test_a_choice_can_be_made_again_from_its_record(*, explore: bool, fails: bool) -> None:
    """Bit for bit, whatever led to it."""
    rng = np.random.default_rng(3)
    for _ in range(200):
        learner = ScriptedLearner(
            dict(zip(POLICY_ACTIONS, rng.normal(0, 0.1, 5), strict=True)),
            evidence=int(rng.integers(0, 40)),
        )
        one = decider(learner, explore=explore)
        learner.error = ZeroDivisionError() if fails else None
        rule = PolicyAction(int(rng.integers(0, 5)))
        allowed = (True, *(bool(flag) for flag in rng.random(4) < 0.6))
        made = choose(
            one, rule_action=rule, rule="4" if rule == HINT else "2" * bool(rule), allowed=allowed
        )
        made = replace(made, seed=made.seed)
        assert fields(replay(made, learner)) == fields(made)


def test_a_choice_without_a_learner_can_be_made_again() -> None:
    """Of version ``rules`` there are no weights."""
    one = decider(None, explore=True)
    for rule in ("", "2", "4"):
        made = choose(
            one, rule_action=HINT if rule == "4" else REST if rule else NOTHING, rule=rule
        )
        assert fields(replay(made, None)) == fields(made)
