"""What happened at a terminal, for whoever watches one from the same program."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalEvent:
    """One step of one command."""

    at_s: float
    """Wall time, seconds since the Unix epoch."""

    command: str
    """Id of the command."""

    type: str
    """Message type of the command, for example ``command.hint``; empty after a restart."""

    step: str
    """An ``AckStatus``, ``feedback.<kind>``, or ``duplicate``."""

    detail: str = ""
    """Reason of a rejection, text of what was shown, or the rating."""
