"""``classbox terminal``: a reference student terminal."""

from pathlib import Path
from typing import Annotated

import typer

from appliance.commands.options import ConfigOption
from appliance.commands.signals import stop_signal
from appliance.domain.seats import TerminalKey
from appliance.errors import ConfigError
from appliance.host.logs import configure_logs
from appliance.service.assembly import broker_address
from appliance.settings.load import DEFAULT_TERMINAL, load_terminal
from appliance.settings.terminal import terminal_state
from appliance.terminal.run import AUTO, run_terminal


def command(
    config: ConfigOption = DEFAULT_TERMINAL,
    auto: Annotated[
        str | None, typer.Option(help="accept or dismiss everything; asks without it.")
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(
            help="Own folder that remembers what was shown, so that a restart shows nothing twice; "
            "without it $XDG_STATE_HOME/classbox/ID or $HOME/.local/state/classbox/ID."
        ),
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
            state=terminal_state(settings.terminal.id) if state is None else state,
        )
