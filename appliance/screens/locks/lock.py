"""The port of locks, and the two that do nothing but say so."""

from typing import Protocol

from appliance.domain.seats import TerminalKey
from appliance.settings.screens import LockKind


class Lock(Protocol):
    """Covers a seat's screen beside its page.

    Its promises: no method waits for a network or another process, or raises because one failed;
    a lock that fails or is slow delays nothing, and its page goes on alone; ``cover`` of a covered
    seat extends nothing; what has been covered is free again ``hold_s`` later, at most 30 s, with
    this process, the box, the broker and the network gone.
    """

    @property
    def kind(self) -> LockKind:
        """As it is configured."""
        ...

    def cover(self, terminal: TerminalKey, text: str, hold_s: float) -> LockKind:
        """Begin to cover a seat for a lock; never for a rest, whose escape is on the page.

        Args:
            terminal: Whose screen.
            text: What the student reads.
            hold_s: Seconds; above 30 it is cut to 30.

        Returns:
            What the page of this seat says that covers it.
        """
        ...

    def release(self, terminal: TerminalKey) -> None:
        """Uncover a seat; one that is not covered stays so."""
        ...

    def close(self) -> None:
        """Uncover what this process has covered, as far as that goes at once, and end."""
        ...


class OwnCover:
    """``Lock`` of ``page`` and ``notice``: the page does it all."""

    def __init__(self, kind: LockKind) -> None:
        """Say one thing about every seat."""
        self._kind = kind

    @property
    def kind(self) -> LockKind:
        """As it is configured."""
        return self._kind

    def cover(self, terminal: TerminalKey, text: str, hold_s: float) -> LockKind:
        """Do nothing; see ``Lock.cover``."""
        del terminal, text, hold_s
        return self._kind

    def release(self, terminal: TerminalKey) -> None:
        """Do nothing; see ``Lock.release``."""

    def close(self) -> None:
        """Do nothing; see ``Lock.close``."""
