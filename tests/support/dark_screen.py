"""A screen for terminals whose student nobody watches."""

from collections.abc import Callable

from appliance.mqtt.contract.commands import CommandBody


class DarkScreen:
    """Shows nothing."""

    knows_again = False

    def show(
        self,
        command: str,
        body: CommandBody,
        *,
        hold_s: float | None,
        too_late: Callable[[], bool],
    ) -> bool:
        """Do nothing."""
        del command, body, hold_s, too_late
        return True

    def cover(self, command: str, body: CommandBody, *, hold_s: float) -> None:
        """Do nothing."""

    def release(self, command: str, body: CommandBody) -> None:
        """Do nothing."""
