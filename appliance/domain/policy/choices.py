"""What a learned policy chooses from, and one choice as it is kept on record."""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from appliance.domain.arrays import Float32Array
from appliance.domain.seats import OccupancyKey, SeatKey

POLICY_STEP_S = 10.0
"""A step. Readings that decide are means of 30 and 60 s and no state is shorter than 10 s, so
choosing more often would only make more steps of "nothing"."""


STATE_SIZE = 155
"""Numbers of s_k (equation 11), as ``intervention/policy/state.py`` lays them out."""


class PolicyAction(IntEnum):
    """A of docs/PAPER.md, 4.2.2; in its order."""

    NOTHING = 0
    REST = 1
    CONTENT = 2
    DIFFICULTY = 3
    HINT = 4


POLICY_ACTIONS: tuple[PolicyAction, ...] = tuple(PolicyAction)


class ChoiceReason(StrEnum):
    """Why an action was chosen."""

    RULE = "rule"
    """The rule's action, and no other was judged or allowed."""
    NOT_SURE = "not_sure"
    """The rule's action: the lower bound of the better one did not exceed delta."""
    LITTLE_EVIDENCE = "little_evidence"
    """The rule's action: too few outcomes of the better one are known."""
    LEARNER_FAILED = "learner_failed"
    """The rule's action: the learner had an error, was late or is switched off by fidelity."""
    OVERRIDE = "override"
    """The learned action: the lower bound exceeded delta."""
    RANDOMISED = "randomised"
    """Drawn among benign actions, for research that a school has agreed to, and not what would have
    been done without the lot; a draw that fell on that keeps the other reason."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Choice:
    """One decision: a step at which the masks allow more than nothing.

    With the weights of ``policy`` everything below follows again, bit for bit, from ``state``,
    ``allowed``, ``rule_action`` and ``seed``.
    """

    id: str
    """UUIDv7; that of the intervention, if it led to one."""

    seat: SeatKey
    """Where."""

    occupancy: OccupancyKey
    """Who."""

    at_s: float
    """Capture time, seconds."""

    state: Float32Array = field(repr=False)
    """(``STATE_SIZE``,) s_k of equation 11 as ``intervention/policy/state.py`` lays it out; the
    first 128 are zeros unless the student has agreed to ``[policy] learn``."""

    allowed: tuple[bool, ...]
    """(5,) which actions no mask forbade; ``NOTHING`` is always among them."""

    rule_action: PolicyAction
    """What Table 1 would do, as one of A."""

    rule: str
    """Its row; empty when no row acts."""

    learned_action: PolicyAction
    """What the learner holds to be best among the allowed; the rule's when it says nothing."""

    action: PolicyAction
    """What was done."""

    propensity: float
    """Probability with which ``action`` was done, given ``state`` and ``allowed``, (0, 1]."""

    bound: float
    """95 % lower bound of Q(learned) - Q(rule), unit of reward; 0 when the two are the same."""

    value: float
    """Q of ``action``, unit of reward; 0 when no learner was asked."""

    reason: ChoiceReason
    """Why ``action``."""

    policy: str
    """Version of the learner: ``rules``, or its name and the digest of its weights."""

    seed: int
    """63 random bits: the only source of chance in the choice."""

    @property
    def drawn(self) -> bool:
        """True when it was drawn by lot, also where the lot fell on what would be done anyway."""
        return self.propensity < 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceOutcome:
    """What came of a choice: the terms of equation 12."""

    choice: str
    """Id of the choice."""

    fatigue_drop: float | None
    """Delta F: 30 s mean before minus 30 s mean that ends 120 s after; None when missing."""

    boredom_drop: float | None
    """Delta B, likewise; None exactly when the other is."""

    complete: bool
    """The task event came within 10 min."""

    reject: bool
    """Closed within 10 s, or rated 1 or 2."""

    intrude: bool
    """It came within 10 min of the last, or more than 4 came in an hour."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredChoice:
    """A choice as it is on record, with what came of it."""

    choice: Choice
    """As it was made."""

    wall_s: float
    """Wall time, seconds since the Unix epoch."""

    outcome: ChoiceOutcome | None
    """None while its windows are open, and when the box was off before they closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedChoice:
    """A choice about somebody who wanted to be forgotten: that there was one, and no more."""

    id: str
    """UUIDv7."""

    policy: str
    """Version of the learner."""
