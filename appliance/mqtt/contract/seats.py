"""What a box says of one seat: to its own terminal, and to teachers."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from appliance.domain.affect import Affect
from appliance.domain.seats import SeatKey


class Sight(StrEnum):
    """Whether the box looks at whoever sits there."""

    OBSERVED = "observed"
    NOT_OBSERVED = "not-observed"
    PAUSED = "paused"


class SightReason(StrEnum):
    """Why it does not; the first that holds, in this order."""

    NONE = ""
    """It does."""
    NO_LESSON = "no-lesson"
    """The timetable has no lesson now."""
    ROOM_PAUSED = "room-paused"
    """Somebody has paused the room."""
    SWITCH = "switch"
    """A switch or a door keeps the cameras closed."""
    SEAT_PAUSED = "seat-paused"
    """A teacher or the student has paused this seat."""
    STARTING = "starting"
    """The box or the camera is not there yet."""
    CAMERA = "camera"
    """The camera or a model fails."""
    NO_CONSENT = "no-consent"
    """Somebody is logged in, and nobody has agreed."""
    NOBODY = "nobody"
    """Nobody is logged in."""
    NOT_SEEN = "not-seen"
    """Somebody has agreed, and the camera sees nobody, or more than one, in the seat's region."""


class ConsentWord(StrEnum):
    """Whether somebody has agreed to be looked at on this seat."""

    GIVEN = "given"
    """For this stay."""
    NOT_GIVEN = "not-given"
    """Nobody has said anything."""
    ON_FILE = "on-file"
    """The school holds it."""
    WITHDRAWN = "withdrawn"
    """The last word was a no."""


class CalibrationState(StrEnum):
    """How far the two minutes known to be awake have come in this stay."""

    NONE = "none"
    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatView:
    """``seat/{terminal}/view``: what a student may know; never what was seen in them."""

    TYPE: ClassVar[str] = "seat.view"

    sight: Sight
    """Whether the box looks at the student."""

    consent: ConsentWord
    """Whether the student has agreed."""

    reason: SightReason = SightReason.NONE
    """Why it does not look; empty when it does."""

    calibration: CalibrationState = CalibrationState.NONE
    """Of this stay."""

    calibrating_left_s: float | None = None
    """Until it is done, seconds; None unless it is running."""

    exam: bool = False
    """A teacher has said so: nothing locks or interrupts."""

    teacher_called: bool = False
    """A teacher was asked to come within the last 10 minutes of this stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardSeat:
    """``board/{seat}``: what a teacher may know of a seat during a lesson."""

    TYPE: ClassVar[str] = "board.seat"

    seat: SeatKey
    """Which; as in the topic."""

    sight: Sight
    """Whether the box looks at the student."""

    consent: ConsentWord
    """Whether the student has agreed."""

    terminal: str
    """``online`` or ``offline``, as its presence says."""

    reason: SightReason = SightReason.NONE
    """Why it does not look; empty when it does."""

    calibration: CalibrationState = CalibrationState.NONE
    """Of this stay."""

    exam: bool = False
    """A teacher has said so: nothing locks or interrupts."""

    lesson: bool = True
    """Whether there is a lesson; always where the box has no timetable."""

    alert: str | None = None
    """Episode of the open alert; None without."""

    state: Affect | None = None
    """None unless ``[teacher] live_states`` is true and the profile allows the state."""

    since_s: float | None = None
    """Since when it is in that state, seconds since 1970 UTC; None without ``state``."""
