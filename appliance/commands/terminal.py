"""``classbox terminal``: a reference student terminal."""

from typing import Annotated

import typer

from appliance.commands.options import ConfigOption
from appliance.commands.signals import stop_signal
from appliance.domain.seats import TerminalKey
from appliance.errors import ConfigError
from appliance.host.logs import configure_logs
from appliance.service.assembly import broker_address
from appliance.settings.layout import seat_terminals
from appliance.settings.load import DEFAULT_CONFIG, load_settings
from appliance.terminal.run import AUTO, run_terminal


def command(
    terminal_id: Annotated[str, typer.Option("--id", help="Terminal id of the configuration.")],
    config: ConfigOption = DEFAULT_CONFIG,
    auto: Annotated[
        str | None, typer.Option(help="accept or dismiss everything; asks without it.")
    ] = None,
) -> None:
    """Be a reference student terminal: show commands, acknowledge, answer."""
    configure_logs(level="warning")
    settings = load_settings(config)
    known = sorted(seat_terminals(settings).values())
    if terminal_id not in known:
        msg = f"--id: no terminal {terminal_id!r} in {config}; there are {', '.join(known)}"
        raise ConfigError(msg)
    if auto is not None and auto not in AUTO:
        msg = f"--auto: expected {' or '.join(AUTO)}, got {auto!r}"
        raise ConfigError(msg)
    with stop_signal() as stop:
        run_terminal(
            address=broker_address(settings),
            site=settings.box.site,
            room=settings.box.room,
            terminal=TerminalKey(terminal_id),
            auto=auto,
            stop=stop,
        )
