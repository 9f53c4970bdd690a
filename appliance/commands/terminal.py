"""``classbox terminal``: a reference student terminal."""

from typing import Annotated

import typer

from appliance.commands.options import ConfigOption
from appliance.commands.signals import stop_signal
from appliance.domain.seats import TerminalKey
from appliance.errors import ConfigError
from appliance.host.logs import configure_logs
from appliance.service.assembly import broker_address
from appliance.settings.load import DEFAULT_TERMINAL, load_terminal
from appliance.terminal.run import AUTO, run_terminal


def command(
    config: ConfigOption = DEFAULT_TERMINAL,
    auto: Annotated[
        str | None, typer.Option(help="accept or dismiss everything; asks without it.")
    ] = None,
) -> None:
    """Be a reference student terminal: show commands, acknowledge, answer."""
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
        )
