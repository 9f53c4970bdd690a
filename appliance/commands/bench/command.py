"""``classbox bench``: see ``task``."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from appliance.commands.bench.options import BenchOptions
from appliance.commands.bench.task import BenchTask, run_bench, show
from appliance.commands.options import JsonOption
from appliance.host.logs import configure_logs


def command(
    *,
    cameras: Annotated[int, typer.Option(help="How many; they take the clips in turn.")] = 4,
    fps: Annotated[float, typer.Option(help="Frames per second of each camera.")] = 15.0,
    seconds: Annotated[float, typer.Option(help="Length of the measured span.")] = 30.0,
    warm_up: Annotated[float, typer.Option(help="Seconds before it.")] = 10.0,
    clip: Annotated[
        list[Path] | None, typer.Option(help="May be repeated; the packaged clip without.")
    ] = None,
    seats_per_camera: Annotated[int, typer.Option(help="Columns of each picture.")] = 1,
    ladder: Annotated[str, typer.Option(help="on, off, or a step from 0 to 4 to stay on.")] = "on",
    lanes: Annotated[int, typer.Option(help="Worker threads; 0: one per core.")] = 0,
    find_limit: Annotated[
        bool, typer.Option("--find-limit", help="Search the most cameras that are held.")
    ] = False,
    faults: Annotated[
        bool, typer.Option("--faults", help="Put three bad cameras beside five good ones.")
    ] = False,
    soak: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Run for long; fail if anything grows.")
    ] = None,
    sensors: Annotated[
        int | None,
        typer.Option(help="Simulated sensors, each of --seats-per-camera seats, and a decider."),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Draw it over the number of cameras.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Play clips in real time through the whole service; say what it holds and what it costs."""
    configure_logs(level="error")
    options = BenchOptions(
        cameras=cameras,
        fps=fps,
        seconds=seconds,
        warm_up_s=warm_up,
        clips=tuple(clip or ()),
        seats_per_camera=seats_per_camera,
        ladder=ladder,
        lanes=lanes,
    )
    task = BenchTask(find_limit=find_limit, faults=faults, soak_s=soak, sensors=sensors, plot=plot)
    report = run_bench(options, task, console=Console(stderr=True))
    if as_json:
        typer.echo(json.dumps(report))
    else:
        show(report, Console(soft_wrap=True, highlight=False))
    problems = report.get("problems", [])
    for line in problems:
        typer.secho(line, fg="red", err=True)
    raise typer.Exit(1 if problems else 0)
