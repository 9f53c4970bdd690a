"""The last word on one decision; everything in it follows again from what is put on record.

Each state is judged on its own, because the sums of a batch depend on its size in the last bit.
All chance comes from the choice's own seed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from appliance.domain.arrays import Float32Array, Float64Array
from appliance.domain.policy.choices import POLICY_ACTIONS, Choice, ChoiceReason, PolicyAction
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.intervention.policy.gate import Gate
from appliance.intervention.policy.learner import Judgement, Learner
from appliance.intervention.policy.state import STATE_SIZE
from appliance.intervention.rules import LOCKING, TABLE_1

LIMIT_S = 0.05
"""A judgement that takes longer is not waited for a second time: the rule's action is done."""

DRAWN = 0.1
"""Probability of each allowed action where nothing would be done: at least .1 as docs/DESIGN.md, 6
asks, and with all four allowed nothing is still done in six cases of ten."""

WITHHELD = 0.5
"""Probability that a benign action is not done."""

RULES = "rules"
"""Version of a policy without a learner."""

LOCKING_ROWS = frozenset(rule.row for rule in TABLE_1 if rule.action in LOCKING)
"""Rows whose action is not benign, so that it is never left to chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """What is known before chance has its turn."""

    action: PolicyAction
    learned: PolicyAction
    bound: float
    reason: ChoiceReason
    values: Float64Array | None


class Decider:
    """Rule or learned action; with ``explore`` benign ones are randomised. Not thread-safe.

    ``learner`` may be replaced by another thread: each choice is made with one of them.
    """

    def __init__(
        self,
        *,
        learner: Learner | None,
        explore: bool,
        new_id: Callable[[], str],
        new_seed: Callable[[], int],
        monotonic: Callable[[], float],
        gate: Gate | None = None,
    ) -> None:
        """Begin; a learner is asked once, so that its first real judgement is not its slowest.

        Args:
            learner: Judges; None: the rule's action, unless ``explore`` draws another.
            explore: Randomise benign actions, which a school has agreed to.
            new_id: Gives a fresh UUIDv7 for each choice.
            new_seed: Gives 63 random bits.
            monotonic: Clock of the time limit.
            gate: What a learned action has to pass; None is the default one.
        """
        self.learner = learner
        """Judges from the next choice on."""
        self.silent = False
        """True: the learner is not asked, because what it does is not what it is thought to do."""
        self._gate = Gate() if gate is None else gate
        self._explore = explore
        self._new_id = new_id
        self._new_seed = new_seed
        self._monotonic = monotonic
        self.failures = 0
        """Judgements that ended in an error or came too late."""
        if learner is not None:
            self._ask(learner, np.zeros(STATE_SIZE, dtype=np.float32), PolicyAction.NOTHING)

    def choose(
        self,
        *,
        seat: SeatKey,
        occupancy: OccupancyKey,
        state: Float32Array,
        allowed: tuple[bool, ...],
        rule_action: PolicyAction,
        rule: str,
        at_s: float,
    ) -> Choice:
        """Decide; the fields of the result say what the arguments are."""
        learner = self.learner
        judgement = None
        if learner is not None and not self.silent:
            judgement = self._ask(learner, state, rule_action)
        version = RULES if learner is None else learner.version
        asked = Choice(
            id=self._new_id(),
            seat=seat,
            occupancy=occupancy,
            at_s=at_s,
            state=state,
            allowed=allowed,
            rule_action=rule_action,
            rule=rule,
            learned_action=rule_action,
            action=rule_action,
            propensity=1.0,
            bound=0.0,
            value=0.0,
            reason=ChoiceReason.RULE,
            policy=version,
            seed=self._new_seed(),
        )
        judged = _judge(asked, judgement, self._gate, failed=learner is not None)
        return _settle(asked, judged, explore=self._explore)

    def _ask(
        self, learner: Learner, state: Float32Array, rule_action: PolicyAction
    ) -> Judgement | None:
        """Return what a learner holds of a situation; None when it fails or is late."""
        began_s = self._monotonic()
        try:
            judgement = learner.judge(state[None], np.array([rule_action]))
        except Exception:  # noqa: BLE001 - whatever a learner does wrong, the rule goes on
            self.failures += 1
            return None
        sound = np.isfinite(judgement.values).all() and np.isfinite(judgement.bounds).all()
        if not sound or self._monotonic() - began_s > LIMIT_S:
            self.failures += 1
            return None
        return judgement


def replay(choice: Choice, learner: Learner | None, *, gate: Gate | None = None) -> Choice:
    """Make a recorded choice again.

    Args:
        choice: As it is on record.
        learner: Of the version on record; not asked for ``rules``.
        gate: As it was then; None is the default one.

    Returns:
        The same choice in every bit, if all is as it was.
    """
    failed = choice.reason is ChoiceReason.LEARNER_FAILED
    judgement = None
    if learner is not None and not failed and choice.policy != RULES:
        judgement = learner.judge(choice.state[None], np.array([choice.rule_action]))
    judged = _judge(choice, judgement, gate or Gate(), failed=failed)
    # Where chance had a say, no action was certain.
    return _settle(choice, judged, explore=choice.drawn)


def arms(base: PolicyAction, *, allowed: tuple[bool, ...], locks: bool) -> Float64Array:
    """Return (5,) the probabilities with which actions are drawn where benign ones are randomised.

    Args:
        base: What would be done otherwise.
        allowed: (5,) what no mask forbids.
        locks: ``base`` takes the keyboard away, so it is not benign.
    """
    result = np.zeros(len(POLICY_ACTIONS))
    if locks:
        result[base] = 1.0
    elif base is PolicyAction.NOTHING:
        result[np.array(allowed)] = DRAWN
        result[base] = 0.0
        result[base] = 1.0 - result.sum()
    else:
        result[base] = 1.0 - WITHHELD
        result[PolicyAction.NOTHING] = WITHHELD
    return result


def _judge(choice: Choice, judgement: Judgement | None, gate: Gate, *, failed: bool) -> _Judged:
    """Return what is done as far as no chance is involved.

    Args:
        choice: State, allowed actions and rule.
        judgement: None when there is none.
        gate: What a learned action has to pass.
        failed: There should have been a judgement.
    """
    if judgement is None:
        return _Judged(
            action=choice.rule_action,
            learned=choice.rule_action,
            bound=0.0,
            reason=ChoiceReason.LEARNER_FAILED if failed else ChoiceReason.RULE,
            values=None,
        )
    verdict = gate.decide(judgement, np.array(choice.allowed), int(choice.rule_action))
    return _Judged(
        action=verdict.action,
        learned=verdict.learned,
        bound=verdict.bound,
        reason=verdict.reason,
        values=judgement.values[0],
    )


def _settle(choice: Choice, judged: _Judged, *, explore: bool) -> Choice:
    """Let chance have its turn, and put together what goes on record."""
    action, reason, propensity = judged.action, judged.reason, 1.0
    if explore and reason is not ChoiceReason.LEARNER_FAILED:
        locks = action is choice.rule_action and choice.rule in LOCKING_ROWS
        chances = arms(action, allowed=choice.allowed, locks=locks)
        drawn = _draw(chances, choice.seed)
        reason = reason if drawn is action else ChoiceReason.RANDOMISED
        action, propensity = drawn, float(chances[drawn])
    return replace(
        choice,
        learned_action=judged.learned,
        action=action,
        propensity=propensity,
        bound=judged.bound,
        value=0.0 if judged.values is None else float(judged.values[action]),
        reason=reason,
    )


def _draw(chances: Float64Array, seed: int) -> PolicyAction:
    drawn = int(np.searchsorted(chances.cumsum(), np.random.default_rng(seed).random(), "right"))
    # Tenths add up to a little less than 1.
    return PolicyAction(min(drawn, int(np.flatnonzero(chances)[-1])))
