"""What terminals and people say: ack, feedback, context, presence, alert ack, control request."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from appliance.domain.commands import CommandState
from appliance.domain.frames import CameraKey
from appliance.domain.interventions import FeedbackKind
from appliance.domain.seats import SeatKey
from appliance.domain.terminals import ControlCommand, Verdict


class AckStatus(StrEnum):
    """How far a command has come at its terminal."""

    RECEIVED = "received"
    REJECTED = "rejected"
    EXPIRED = "expired"
    STARTED = "started"
    SUCCEEDED = "succeeded"
    FAILED = "failed"

    @property
    def state(self) -> CommandState:
        """The same, in the words of the outbox."""
        return CommandState(self.value)


class RejectReason(StrEnum):
    """Why a terminal refused a command."""

    UNSUPPORTED = "unsupported"
    NO_EXPIRY = "no-expiry"
    INVALID = "invalid"
    EXAM = "exam"
    UNSAVED = "unsaved"
    BUSY = "busy"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandAck:
    """``seat/{terminal}/ack``; ``corr`` names the command."""

    TYPE: ClassVar[str] = "ack"

    status: AckStatus
    """How far the command has come."""

    reason: str = ""
    """Why it was rejected or failed, a ``RejectReason`` or another word of ``[a-z0-9-]``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackMessage:
    """``seat/{terminal}/feedback``; ``corr`` names the command."""

    TYPE: ClassVar[str] = "feedback"

    kind: FeedbackKind
    """What the student did."""

    rating: int | None = None
    """1 to 5 when ``kind`` is ``RATED``."""

    after_s: float | None = None
    """Seconds between showing and answering, on the terminal's monotonic clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextMessage:
    """``seat/{terminal}/context``."""

    TYPE: ClassVar[str] = "context"

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


class PresenceState(StrEnum):
    """Whether the terminal is there; ``OFFLINE`` is also its last will."""

    ONLINE = "online"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceMessage:
    """``seat/{terminal}/presence``."""

    TYPE: ClassVar[str] = "presence"

    state: PresenceState
    """Whether the terminal is there."""

    occupant: str | None = None
    """Fresh random nonce per log-in; None when nobody is logged in."""

    pseudonym: str | None = None
    """Issued by the school; None by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAck:
    """``alert/{seat}/ack``; ``corr`` names the alert."""

    TYPE: ClassVar[str] = "alert.ack"

    episode: str
    """Episode of the alert."""

    verdict: Verdict
    """What the teacher thinks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlRequestMessage:
    """``control/{client}/req``."""

    TYPE: ClassVar[str] = "control.request"

    command: ControlCommand
    """What is asked."""

    seat: SeatKey | None = None
    """The seat meant; None for all, from a terminal for its own; required for test-alert."""

    granted: bool | None = None
    """Consent given or revoked; required for consent."""

    camera: CameraKey | None = None
    """The camera to aim; None where the box has only one."""

    on: bool | None = None
    """Whether an exam begins or ends; required for exam."""

    reference: str | None = None
    """Of the paper form by which a teacher gives consent for a student, at most 40 characters."""
