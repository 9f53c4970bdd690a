"""A message on its way to a terminal or a teacher, and how far it has come."""

from dataclasses import dataclass, field
from enum import StrEnum

from appliance.domain.seats import TerminalKey


class CommandState(StrEnum):
    """How far a command has come, in order; the last four are final."""

    QUEUED = "queued"
    """Kept by the box, never handed to the broker."""
    PUBLISHED = "published"
    """Handed to the broker; says nothing about the terminal."""
    RECEIVED = "received"
    """The terminal has it."""
    STARTED = "started"
    """The student sees it."""
    SUCCEEDED = "succeeded"
    """The terminal carried it out; for an alert: a teacher answered."""
    FAILED = "failed"
    """The terminal could not carry it out, or never reported the outcome."""
    REJECTED = "rejected"
    """The terminal refused it; the reason says why."""
    EXPIRED = "expired"
    """Its lifetime ended before anybody had it."""

    @property
    def final(self) -> bool:
        """True when nothing more is expected."""
        return self in _FINAL_STATES


_FINAL_STATES = frozenset(
    {CommandState.SUCCEEDED, CommandState.FAILED, CommandState.REJECTED, CommandState.EXPIRED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEntry:
    """One command or alert, kept until it is acknowledged or expired."""

    id: str
    """UUIDv7 of the message; for a command the id of its intervention."""

    terminal: TerminalKey | None
    """Addressee of a command; None for an alert, which goes to teachers."""

    topic: str
    """MQTT topic."""

    payload: str = field(repr=False)
    """The whole envelope, JSON; the same text at every attempt."""

    created_s: float
    """Wall time of the decision, seconds since the Unix epoch."""

    expires_s: float
    """Wall time after which nobody may act on it, seconds since the Unix epoch."""

    state: CommandState = CommandState.QUEUED
    """How far it has come."""

    updated_s: float = 0.0
    """Wall time of the last change of state, seconds since the Unix epoch."""

    detail: str = ""
    """Reason of a rejection or failure; empty otherwise."""
