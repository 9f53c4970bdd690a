"""What passes the gate, exactly on its boundaries."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.policy.choices import POLICY_ACTIONS, ChoiceReason, PolicyAction
from appliance.intervention.policy.gate import DELTA, MIN_EVIDENCE, Gate, GateVerdict
from appliance.intervention.policy.learner import Judgement

NOTHING, REST, CONTENT, DIFFICULTY, HINT = POLICY_ACTIONS
ALL = np.ones(5, dtype=np.bool_)
GATE = Gate(delta=0.25, min_evidence=20)
UNSURE = -1.0


def judge(
    *,
    values: Mapping[PolicyAction, float],
    bounds: Mapping[PolicyAction, float],
    evidence: Mapping[int, int] | None = None,
) -> Judgement:
    """One situation; what is not named is worth nothing, unsure and well known."""
    return Judgement(
        values=np.array([[values.get(action, 0.0) for action in POLICY_ACTIONS]]),
        bounds=np.array([[bounds.get(action, UNSURE) for action in POLICY_ACTIONS]]),
        evidence=np.array([(evidence or {}).get(action, 100) for action in range(5)]),
    )


def test_what_is_surely_better_replaces_the_rule() -> None:
    """And says with what bound."""
    judgement = judge(values={HINT: 0.5}, bounds={HINT: 0.375, NOTHING: 0.0})

    verdict = GATE.decide(judgement, ALL, NOTHING)

    assert verdict == GateVerdict(HINT, ChoiceReason.OVERRIDE, 0.375, HINT)


def test_a_bound_of_delta_is_not_enough() -> None:
    """The next number above it is."""
    at = judge(values={HINT: 0.5}, bounds={HINT: 0.25})
    above = judge(values={HINT: 0.5}, bounds={HINT: float(np.nextafter(0.25, 1))})

    assert GATE.decide(at, ALL, NOTHING) == (NOTHING, ChoiceReason.NOT_SURE, 0.25, HINT)
    assert GATE.decide(above, ALL, NOTHING).reason is ChoiceReason.OVERRIDE


@pytest.mark.parametrize(
    ("known", "reason"), [(19, ChoiceReason.LITTLE_EVIDENCE), (20, ChoiceReason.OVERRIDE)]
)
@pytest.mark.parametrize("short", [HINT, REST], ids=["of the learned", "of the rule's"])
def test_both_actions_need_evidence(known: int, short: int, reason: ChoiceReason) -> None:
    """Twenty outcomes of each."""
    judgement = judge(values={HINT: 0.5}, bounds={HINT: 0.375}, evidence={short: known})

    assert GATE.decide(judgement, ALL, REST).reason is reason


def test_a_rule_that_does_nothing_needs_no_evidence() -> None:
    """Its outcomes are what everything is measured against."""
    judgement = judge(values={HINT: 0.5}, bounds={HINT: 0.375}, evidence={NOTHING: 0})

    assert GATE.decide(judgement, ALL, NOTHING).reason is ChoiceReason.OVERRIDE


def test_without_real_outcomes_everything_is_the_rules() -> None:
    """However sure the simulator is."""
    judgement = judge(values={HINT: 9.0}, bounds={HINT: 8.0})
    untried = Judgement(
        values=judgement.values, bounds=judgement.bounds, evidence=np.zeros(5, dtype=np.int64)
    )

    for rule in POLICY_ACTIONS:
        assert Gate().decide(untried, ALL, rule).action is rule


def test_a_rule_can_be_vetoed() -> None:
    """Nothing is an action like the others."""
    judgement = judge(values={REST: -0.5}, bounds={NOTHING: 0.375})

    assert GATE.decide(judgement, ALL, REST) == (NOTHING, ChoiceReason.OVERRIDE, 0.375, NOTHING)


def test_what_is_forbidden_is_not_done() -> None:
    """Nor held to be best, whatever it is worth."""
    judgement = judge(values={HINT: 9.0, REST: 0.5}, bounds={HINT: 8.0, REST: 0.375})
    allowed = np.array([True, True, True, True, False])

    assert GATE.decide(judgement, allowed, NOTHING).action is REST


def test_a_rule_stays_where_no_mask_of_ours_allows_it() -> None:
    """Rules have masks of their own."""
    judgement = judge(values={HINT: 0.5, REST: 0.125}, bounds={HINT: 0.0})
    allowed = np.array([True, False, False, False, True])

    verdict = GATE.decide(judgement, allowed, REST)

    assert verdict == (REST, ChoiceReason.NOT_SURE, 0.0, HINT)


def test_of_those_that_pass_the_one_of_the_highest_value_is_done() -> None:
    """Not the surest, and not the best that does not pass."""
    judgement = judge(
        values={REST: 0.25, CONTENT: 0.5, HINT: 0.75}, bounds={REST: 0.5, CONTENT: 0.375}
    )

    assert GATE.decide(judgement, ALL, NOTHING).action is CONTENT


def test_it_waits_where_waiting_is_worth_as_much() -> None:
    """Surely better than the rules, and yet not now: of equal value is not of more."""
    values = {HINT: 0.5, NOTHING: 0.5}
    judgement = judge(values=values, bounds={HINT: 0.375, NOTHING: 0.0})

    verdict = GATE.decide(judgement, ALL, NOTHING)

    assert verdict == (NOTHING, ChoiceReason.RULE, 0.0, NOTHING)


def test_a_judgement_that_is_no_number_is_the_rules() -> None:
    """Whatever has gone wrong in the learner."""
    nan = {action: float("nan") for action in POLICY_ACTIONS}

    assert GATE.decide(judge(values=nan, bounds=nan), ALL, REST).action is REST


@given(st.integers(0, 2**32 - 1))
def test_many_are_decided_as_one_by_one(seed: int) -> None:
    """The form for evaluation is that of the box."""
    rng = np.random.default_rng(seed)
    count = 20
    allowed = rng.random((count, 5)) < 0.6
    allowed[:, 0] = True
    rules = rng.integers(0, 5, count)
    values = rng.integers(-2, 3, (count, 5)) / 4
    bounds = rng.integers(-2, 3, (count, 5)) / 4
    evidence = rng.integers(0, 40, 5)
    many = Judgement(values=values, bounds=bounds, evidence=evidence)
    together = GATE.decide_all(many, allowed, rules)

    for row in range(count):
        one = Judgement(
            values=values[row : row + 1], bounds=bounds[row : row + 1], evidence=evidence
        )
        verdict = GATE.decide(one, allowed[row], int(rules[row]))
        assert (verdict.action, verdict.reason) == (together.actions[row], together.reasons[row])
        assert (verdict.bound, verdict.learned) == (together.bounds[row], together.learned[row])
        replaced = verdict.action != rules[row]
        assert replaced == (verdict.reason is ChoiceReason.OVERRIDE)
        may = bool(allowed[row, int(verdict.action)])
        assert not replaced or (may and verdict.bound > GATE.delta)


def test_the_defaults_are_those_of_the_design() -> None:
    """The bound is the margin; twenty outcomes."""
    assert (Gate().delta, Gate().min_evidence) == (DELTA, MIN_EVIDENCE) == (0.0, 20)


@pytest.mark.parametrize(("delta", "known"), [(-0.01, 20), (float("nan"), 20), (0.02, -1)])
def test_a_gate_that_lets_worse_through_is_refused(delta: float, known: int) -> None:
    """Negative, or no number."""
    with pytest.raises(ValueError, match="at least 0"):
        Gate(delta=delta, min_evidence=known)


def test_verdicts_are_actions_not_numbers() -> None:
    """So that a record of them says which."""
    verdict = Gate().decide(judge(values={}, bounds={}), ALL, HINT)

    assert isinstance(verdict.action, PolicyAction)
    assert isinstance(verdict.learned, PolicyAction)
