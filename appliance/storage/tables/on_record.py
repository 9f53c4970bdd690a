"""What is on record about one decision, one policy, one action; as ``ChoiceArchive`` reads it."""

from dataclasses import dataclass, field

from appliance.domain.interventions import Feedback, Intervention
from appliance.domain.policy.choices import ErasedChoice, PolicyAction, StoredChoice
from appliance.domain.seats import TerminalKey


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDecision:
    """A row of ``decisions``."""

    intervention: Intervention
    """What was decided."""

    terminal: TerminalKey
    """Where it was sent."""

    wall_s: float
    """Wall time, seconds since the Unix epoch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """All that is stored under one id."""

    id: str
    """UUIDv7."""

    choice: StoredChoice | ErasedChoice | None
    """None for a decision of the rules alone."""

    decision: StoredDecision | None
    """None where nothing was done, or the student wanted to be forgotten."""

    answers: tuple[Feedback, ...]
    """Of the student, in the order of time."""

    command: str
    """Last state of its command; empty when that is not on record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPolicy:
    """Weights that are on record, without the weights."""

    version: str
    learner: str
    bytes: int
    wall_s: float
    """When it was last taken into use, seconds since the Unix epoch."""

    choices: int
    """How many choices were made with it, without those of students who were erased."""

    erased: int
    """How many more were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyWeights:
    """All that a version's judgements depend on."""

    learner: str
    """``dqn`` or ``bandit``."""

    content: bytes = field(repr=False)
    """As the learner dumped it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionTally:
    """What came of all the choices of one action."""

    action: PolicyAction
    made: int
    finished: int
    """Outcomes that are known."""

    rewarded: int
    """Those with a reward."""

    completed: int
    rejected: int
    intruded: int
    mean_reward: float | None
    """Equation 12; None without any."""
