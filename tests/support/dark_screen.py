"""A screen for terminals whose student nobody watches."""

from appliance.mqtt.contract.commands import CommandBody


class DarkScreen:
    """Shows nothing."""

    def show(self, command: CommandBody, *, hold_s: float | None) -> None:
        """Do nothing."""

    def release(self, command: CommandBody) -> None:
        """Do nothing."""

    def note(self, text: str) -> None:
        """Do nothing."""
