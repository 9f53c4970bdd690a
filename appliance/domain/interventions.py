"""What ``intervention`` decides, and what comes back from the terminal."""

from dataclasses import dataclass
from enum import StrEnum

from appliance.domain.affect import Affect
from appliance.domain.seats import OccupancyKey, SeatKey, TerminalKey


class Action(StrEnum):
    """Everything the box may do about a student (docs/DESIGN.md, 6)."""

    NONE = "none"
    FOCUS_BREAK = "focus_break"
    HINT = "hint"
    PUSH_CONTENT = "push_content"
    ADJUST_DIFFICULTY = "adjust_difficulty"
    REMINDER_LOCK_30S = "reminder_lock_30s"
    MANDATORY_REST = "mandatory_rest"
    CONTACT_TEACHER = "contact_teacher"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """One decision with the reason it rests on; stored before it is sent."""

    id: str
    """UUIDv7 (``domain.ids.uuid7``), also the command's id on the wire."""

    episode: str
    """Episode of the alert that led to it; empty where a learned policy needed none."""

    seat: SeatKey
    """Where."""

    occupancy: OccupancyKey
    """Who."""

    affect: Affect
    """State that it is about."""

    action: Action
    """What is done."""

    rule: str
    """Row of Table 1 that fired, for example ``"2"``; where a learned policy did something else,
    the reason of its choice (``domain.choices.ChoiceReason``)."""

    reason: str
    """Numbers behind the decision, in one line for people."""

    intensity: float
    """30 s mean of the class probability when the rule fired, [0, 1]."""

    duration_s: float
    """Seconds that intensity had been above the rule's level; 0 without a rule."""

    at_s: float
    """Capture time of the decision, seconds."""


class RefusalCause(StrEnum):
    """Why a row of Table 1 that applied was not acted upon."""

    KILL_SWITCH = "kill_switch"
    EXAM = "exam"
    UNSAVED = "unsaved"
    COOL_DOWN = "cool_down"
    ONCE_PER_EPISODE = "once_per_episode"
    HOURLY_LIMIT = "hourly_limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedAction:
    """An action that a rule asked for and that was not taken; told once until it changes."""

    episode: str
    """Episode of the alert."""

    seat: SeatKey
    """Where."""

    rule: str
    """Row of Table 1 that applied."""

    action: Action
    """What was not done."""

    cause: RefusalCause
    """Why not."""

    at_s: float
    """Capture time, seconds."""


class FeedbackKind(StrEnum):
    """What a terminal reports about a command."""

    ACCEPTED = "accepted"
    DISMISSED = "dismissed"
    COMPLETED = "completed"
    RATED = "rated"


class FeedbackRecord(StrEnum):
    """What became of an answer in the record."""

    KEPT = "kept"
    """The first of its kind to this command."""

    KNOWN = "known"
    """This (command, kind) has been counted."""

    FOREIGN = "foreign"
    """That terminal was sent no such command; nothing is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """A student's answer to one command; one (command, kind) counts once."""

    command: str
    """Id of the intervention answered."""

    terminal: TerminalKey
    """Which terminal answered."""

    kind: FeedbackKind
    """What the student did."""

    rating: int | None = None
    """1 to 5 when ``kind`` is ``RATED``."""

    after_s: float | None = None
    """Seconds between showing and answering, on the terminal's own clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskContext:
    """What the student is doing, as the terminal says."""

    terminal: TerminalKey
    """Which terminal says so."""

    task_id: str = ""
    """School's own id of the task; empty when unknown."""

    topic: str = ""
    """Knowledge point; empty when unknown."""

    task_type: str = ""
    """Kind of exercise; empty when unknown."""

    difficulty: float | None = None
    """[0, 1]; None when unknown."""

    exam: bool = False
    """True: nothing may lock or interrupt."""

    unsaved: bool = False
    """True: nothing may lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """An intervention as it was decided."""

    seat: SeatKey
    """Where."""

    affect: Affect
    """State the rule is about."""

    action: Action
    """What is done."""

    at_s: float
    """When, seconds."""

    rule: str
    """Row of Table 1."""

    reason: str
    """The numbers behind it."""

    answer: str = ""
    """Last state of its command; empty when that is not on record."""
