"""What terminals and teachers tell the box, and what it answers."""

from dataclasses import dataclass
from enum import StrEnum

from appliance.domain.frames import CameraKey
from appliance.domain.seats import SeatKey, TerminalKey


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalPresence:
    """Whether a terminal is there, and who has logged in."""

    terminal: TerminalKey
    """Which terminal says so."""

    online: bool
    """False when it said good-bye or the broker lost it."""

    occupant: str | None
    """Fresh random nonce of the log-in; None when nobody is logged in."""

    pseudonym: str | None
    """Issued by the school; lets a student's state outlive one log-in. None by default."""


class Verdict(StrEnum):
    """What a teacher thinks of an alert."""

    USEFUL = "useful"
    WRONG = "wrong"
    NOT_NOW = "not-now"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertVerdict:
    """A teacher's answer to one alert."""

    alert: str
    """Id of the alert message that was answered."""

    episode: str
    """Episode of that alert."""

    seat: SeatKey
    """Seat of that alert."""

    verdict: Verdict
    """What the teacher thinks."""


class ControlRole(StrEnum):
    """Who may ask for what; it follows from who the broker let in, never from what they say."""

    TEACHER = "teacher"
    """Everything, of any seat or of the room."""

    IT = "it"
    """Pointing cameras and test commands; nothing about students."""

    TERMINAL = "seat"
    """Consent and pause, of its own seat alone."""

    STRANGER = "unknown"
    """Whoever the configuration does not name: nothing."""


class ControlCommand(StrEnum):
    """What may be asked of the boxes of a room."""

    PAUSE = "pause"
    RESUME = "resume"
    UNLOCK_ALL = "unlock-all"
    CONSENT = "consent"
    EXAM = "exam"
    CALIBRATE = "calibrate"
    EXPORT = "export"
    ERASE = "erase"
    AIM = "aim"
    TEST_ALERT = "test-alert"


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlRequest:
    """What somebody asks of the boxes of a room."""

    id: str
    """Id of the request message; the response refers to it."""

    command: ControlCommand
    """What is asked."""

    role: ControlRole
    """What the client may ask for."""

    client: str
    """Who asks, as the broker has let it in."""

    seat: SeatKey | None
    """The seat meant; None for all, or for a terminal's own."""

    granted: bool | None
    """Consent given or revoked; None for other commands."""

    camera: CameraKey | None = None
    """The camera to aim; None for the only one."""

    on: bool | None = None
    """Whether an exam begins or ends; None for other commands."""

    reference: str | None = None
    """Of the paper form by which a teacher gives consent; None for other commands."""

    objection: str = ""
    """Why it does not count, such as that it is too old; empty where it does."""

    @property
    def sender(self) -> str:
        """Who asks, for the audit, such as ``teacher/teacher-1``."""
        return f"{self.role}/{self.client}"


class ControlStatus(StrEnum):
    """What became of a request."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlReply:
    """The box's answer to a control request."""

    status: ControlStatus
    """What became of it."""

    detail: str = ""
    """One line for people; names no student."""
