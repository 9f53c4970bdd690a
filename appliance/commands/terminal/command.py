"""``classbox terminal``: what runs on a student's computer."""

import importlib
from pathlib import Path
from typing import Annotated

import typer

from appliance.commands.options import ConfigOption
from appliance.commands.signals import stop_signal
from appliance.errors import ConfigError
from appliance.host.logs import configure_logs
from appliance.settings.load import DEFAULT_TERMINAL
from appliance.settings.terminal import terminal_state
from appliance.terminal.agent.run import run_agent
from appliance.terminal.window.run import run_window

HERE = "http://127.0.0.1:8443"
"""Screens that are served on this computer itself."""


def command(
    address: Annotated[
        str,
        typer.Argument(metavar="[URL]", help="Of the screens, with --window or --agent."),
    ] = HERE,
    *,
    config: ConfigOption = DEFAULT_TERMINAL,
    auto: Annotated[
        str | None, typer.Option(help="accept or dismiss everything; asks without it.")
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(
            help="Own folder that remembers what was shown, so that a restart shows nothing twice; "
            "without it $XDG_STATE_HOME/classbox/ID or $HOME/.local/state/classbox/ID. ID is agent "
            "or window for those."
        ),
    ] = None,
    window: Annotated[
        bool, typer.Option("--window", help="Show the student's page in a browser of its own.")
    ] = False,
    agent: Annotated[
        bool, typer.Option("--agent", help="Lock this computer with Veyon, and unlock it in time.")
    ] = False,
    code: Annotated[
        str | None, typer.Option(help="Of this seat, from the page /box: enrols the agent.")
    ] = None,
    ca: Annotated[
        Path | None, typer.Option(help="Authority of the screens' certificate, for the agent.")
    ] = None,
) -> None:
    """Be a reference student terminal: show commands, acknowledge, answer.

    With --window or --agent, be what goes with the page of a browser instead.
    """
    if window and agent:
        msg = "--window and --agent: one program cannot be both"
        raise ConfigError(msg, next_step="run them one beside the other")
    if window or agent:
        configure_logs()
        with stop_signal() as stop:
            if window:
                run_window(address, profiles=state or terminal_state("window"), stop=stop)
            else:
                folder = state or terminal_state("agent")
                run_agent(address, state=folder, stop=stop, ca_file=ca, code=code)
        return
    # The others do without what its module imports: models, cameras, seconds of time.
    importlib.import_module("appliance.commands.terminal.reference").run(
        config=config, auto=auto, state=state
    )
