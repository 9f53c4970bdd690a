"""When a learned action may replace the rule's: one gate for every learner.

Q is a value, not a confidence, so the paper's "confidence (Q-value) significantly exceeds" becomes
a lower bound (docs/DESIGN.md, 6, override).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from appliance.domain.arrays import BoolArray, Float64Array, IntArray
from appliance.domain.choices import ChoiceReason, PolicyAction
from appliance.intervention.policy.learner import Judgement

DELTA = 0.0
"""What the lower bound has to exceed, unit of reward.

The bound is the margin: on tuning worlds (simulated) .02 beside it lost a tenth of what is to be
gained, and made no run safer.
"""

MIN_EVIDENCE = 20
"""Outcomes in real use that are needed of an action; what was simulated does not count."""


class GateVerdict(NamedTuple):
    """What is done in one situation, and why."""

    action: PolicyAction
    """What is done: ``learned`` or the rule's."""

    reason: ChoiceReason
    """``RULE``, ``NOT_SURE``, ``LITTLE_EVIDENCE`` or ``OVERRIDE``."""

    bound: float
    """Lower bound of Q(learned) - Q(rule); 0 when they are the same."""

    learned: PolicyAction
    """What is held to be best among what is allowed and the rule's."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GateVerdicts:
    """The same in B situations."""

    actions: IntArray
    """(B,) what is done."""

    learned: IntArray
    """(B,) what is held to be best."""

    bounds: Float64Array
    """(B,) of ``learned``."""

    reasons: tuple[ChoiceReason, ...]
    """Of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Lets a learned action through only where it is surely better."""

    delta: float = DELTA
    """Strictly less than the lower bound of what passes, unit of reward, at least 0."""

    min_evidence: int = MIN_EVIDENCE
    """Outcomes of the learned action, and of the rule's unless that is nothing."""

    def __post_init__(self) -> None:
        """Reject a gate that would let through what is held to be worse."""
        if not (self.delta >= 0 and self.min_evidence >= 0):
            msg = f"Gate: delta and min_evidence must be at least 0, not {self}"
            raise ValueError(msg)

    def decide(self, judgement: Judgement, allowed: BoolArray, rule: int) -> GateVerdict:
        """Decide one situation: a judgement of B = 1, (5,) allowed, the rule's action."""
        verdicts = self.decide_all(judgement, allowed[None], np.array([rule]))
        return GateVerdict(
            action=PolicyAction(int(verdicts.actions[0])),
            reason=verdicts.reasons[0],
            bound=float(verdicts.bounds[0]),
            learned=PolicyAction(int(verdicts.learned[0])),
        )

    def decide_all(self, judgement: Judgement, allowed: BoolArray, rules: IntArray) -> GateVerdicts:
        """Decide B situations.

        An action passes if it is held to be of more value than the rule's, and if it is surely
        better; of those that pass, that of the highest value is done. When nothing passes, the
        rule's is done, even one that is not among the allowed: rules have masks of their own.

        Args:
            judgement: Of B situations.
            allowed: (B, 5).
            rules: (B,) what the rules do.
        """
        here = np.arange(len(rules))
        known = judgement.evidence >= self.min_evidence
        rule_known = known[rules] | (rules == PolicyAction.NOTHING)
        candidates = allowed.copy()
        candidates[here, rules] = False
        better = candidates & (judgement.bounds > self.delta)
        better &= judgement.values > judgement.values[here, rules][:, None]
        passes = better & known & rule_known[:, None]

        candidates[here, rules] = True
        best = np.where(candidates, judgement.values, -np.inf).argmax(axis=1)
        surest = np.where(passes, judgement.values, -np.inf).argmax(axis=1)
        overridden = passes.any(axis=1)
        learned = np.where(overridden, surest, best)
        bounds = np.where(learned == rules, 0.0, judgement.bounds[here, learned])
        reasons = tuple(
            ChoiceReason.OVERRIDE
            if over
            else ChoiceReason.RULE
            if same
            else ChoiceReason.LITTLE_EVIDENCE
            if sure
            else ChoiceReason.NOT_SURE
            for over, same, sure in zip(
                overridden, learned == rules, better[here, learned], strict=True
            )
        )
        return GateVerdicts(
            actions=np.where(overridden, learned, rules),
            learned=learned,
            bounds=bounds,
            reasons=reasons,
        )
