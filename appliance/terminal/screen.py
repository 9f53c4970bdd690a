"""What the student sees."""

from collections.abc import Callable
from typing import Protocol

from appliance.mqtt.contract.commands import CommandBody


class Screen(Protocol):
    """Shows commands; an exception here never keeps a screen locked."""

    @property
    def knows_again(self) -> bool:
        """True where the same command, shown again under its id, is seen as one.

        Then a command that a restart found on its way to the screen is shown when it comes again;
        elsewhere it might be the second time.
        """
        ...

    def show(
        self,
        command: str,
        body: CommandBody,
        *,
        hold_s: float | None,
        too_late: Callable[[], bool],
    ) -> bool:
        """Show a command, and return when the student can see it: then its time begins.

        Args:
            command: Its id.
            body: What is asked.
            hold_s: How long it covers the screen; None for a pop-up.
            too_late: Says whether it must not be shown any more; to be asked until it is.

        Returns:
            False when it became too late first; then it is not shown later either.
        """
        ...

    def cover(self, command: str, body: CommandBody, *, hold_s: float) -> None:
        """Cover what lies beside the screen, for a lock or rest that has begun; once each."""
        ...

    def release(self, command: str, body: CommandBody) -> None:
        """Uncover the screen."""
        ...
