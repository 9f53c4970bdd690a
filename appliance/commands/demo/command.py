"""``classbox demo``: see ``play``."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from appliance.commands.demo.play import run_demo
from appliance.commands.options import JsonOption
from appliance.host.core_dumps import forbid_core_dumps
from appliance.host.logs import configure_logs


def command(
    *,
    clip: Annotated[
        Path | None, typer.Option(help="Another clip with two seats side by side.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Replay a clip through the whole box; needs no camera and no account."""
    forbid_core_dumps()
    configure_logs(level="warning")
    report = run_demo(clip=clip, as_json=as_json, console=Console(stderr=as_json))
    if as_json:
        typer.echo(json.dumps(report))
