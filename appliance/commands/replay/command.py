"""``classbox replay``: see ``run``."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from appliance.commands.drawing.sheet import check_target
from appliance.commands.options import JsonOption
from appliance.commands.replay.picture import OPTION, write_picture
from appliance.commands.replay.run import ReplayOptions, replay_file
from appliance.commands.replay.table import show_recording
from appliance.host.core_dumps import forbid_core_dumps
from appliance.host.logs import configure_logs


def command(
    source: Annotated[
        Path,
        typer.Argument(metavar="CLIP|DB", help="A video file, or the features.db of a box."),
    ],
    *,
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Draw it instead of printing tables.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Seats of a clip; one seat in the whole picture without.")
    ] = None,
    camera: Annotated[
        str | None, typer.Option(help="Which camera of the configuration the clip shows.")
    ] = None,
    seat: Annotated[str | None, typer.Option(help="Only this seat.")] = None,
    seconds: Annotated[
        float | None, typer.Option(help="Only the beginning of a clip.", show_default=False)
    ] = None,
    recording: Annotated[
        int | None,
        typer.Option(help="Of a database: 1 is the newest, the default; 2 the one before it."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show states, alerts and interventions of a clip or of stored readings over time."""
    forbid_core_dumps()
    configure_logs(level="warning")
    if picture is not None:
        check_target(picture, option=OPTION)
    options = ReplayOptions(
        config=config, camera=camera, seat=seat, seconds=seconds, recording=recording
    )
    result = replay_file(source, options, console=Console(stderr=True))
    if picture is not None:
        write_picture(result, picture)
    if as_json:
        drawn = None if picture is None else str(picture)
        typer.echo(json.dumps({**result.as_json(), "picture": drawn}))
    elif picture is not None:
        for line in (f"{picture} is drawn.", *result.notes):
            typer.echo(line)
    else:
        show_recording(result, Console())
