"""The reference terminal: takes commands over MQTT and shows them as text."""

from pathlib import Path

from appliance.commands.signals import stop_signal
from appliance.domain.seats import TerminalKey
from appliance.errors import ConfigError
from appliance.host.logs import configure_logs
from appliance.service.assembly import broker_address
from appliance.settings.load import load_terminal
from appliance.settings.terminal import terminal_state
from appliance.terminal.run import AUTO, run_terminal


def run(*, config: Path, auto: str | None, state: Path | None) -> None:
    """Be a terminal until Ctrl-C."""
    configure_logs(level="warning")
    settings = load_terminal(config)
    if auto is not None and auto not in AUTO:
        msg = f"--auto: expected {' or '.join(AUTO)}, got {auto!r}"
        raise ConfigError(msg)
    with stop_signal() as stop:
        run_terminal(
            address=broker_address(settings.mqtt),
            site=settings.terminal.site,
            room=settings.terminal.room,
            terminal=TerminalKey(settings.terminal.id),
            auto=auto,
            stop=stop,
            state=terminal_state(settings.terminal.id) if state is None else state,
        )
