"""``classbox tune``: time the engines on this board and keep the fastest."""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from appliance.commands.options import ConfigOption, JsonOption
from appliance.domain.models import ModelFile
from appliance.errors import ConfigError
from appliance.host.logs import configure_logs
from appliance.inference.library import EngineChoice
from appliance.inference.tuning.tune import Tuning, save_tunings
from appliance.service.background_tuning import build_tuner, result_file
from appliance.service.models import count_lanes, engine_choices, safe_files
from appliance.settings.load import DEFAULT_CONFIG, load_settings
from appliance.settings.reading.rules import unusable_folder
from appliance.settings.tree import Settings
from appliance.storage.folder import prepare_folder

LONGEST_TUNING_S = 14_400


def command(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    seconds: Annotated[
        float, typer.Option(help="For all models together, 1 to 14400; the default is enough.")
    ] = 90.0,
    as_json: JsonOption = False,
) -> None:
    """Time the inference engines on this board and keep the fastest, for engines on "auto"."""
    if not 1 <= seconds <= LONGEST_TUNING_S:
        msg = f"--seconds: expected 1 to {LONGEST_TUNING_S}, got {seconds:g}"
        raise ConfigError(msg)
    configure_logs(level="warning")
    report = run_tuning(load_settings(config), seconds=seconds, console=Console(stderr=True))
    if as_json:
        typer.echo(json.dumps(report))
    else:
        show_tunings(report, Console())


def run_tuning(settings: Settings, *, seconds: float, console: Console) -> dict[str, Any]:
    """Time all engines on AUTO, keep the winners and return what ``--json`` prints.

    Args:
        settings: Of the box; the service may be running, which makes the result less sharp.
        seconds: For all models together.
        console: For progress.

    Raises:
        ConfigError: No engine is on AUTO, or the result could not be kept.
        ModelLoadError: A model is missing, altered or not shipped.
        InferenceError: The models do not run at all.
        StorageError: The result could not be written in the end.
    """
    choices = engine_choices(settings)
    files = safe_files(settings)
    asked = {name: files[name] for name in files if choices[name] is EngineChoice.AUTO}
    if not asked:
        msg = 'engines: nothing to time: set pose, expression or fusion to "auto"'
        raise ConfigError(msg)
    _require_writable(settings.box.state_dir)  # before, not after, a minute and a half
    tunings = _show_progress(settings, files, asked, seconds=seconds, console=console)
    save_tunings(result_file(settings), tunings)
    return {
        "file": str(result_file(settings)),
        "lanes": count_lanes(settings),
        "models": [one.to_json() for one in tunings],
    }


def show_tunings(report: Mapping[str, Any], console: Console) -> None:
    """Print what ``run_tuning`` returned as a table."""
    table = Table(
        title=f"Engines under the load of {report['lanes']} lanes",
        caption="a star: taken from now on; saves: CPU time against the default ± its noise",
        box=SIMPLE_HEAD,
    )
    table.add_column("form", no_wrap=True)
    for name in ("CPU ms", "call ms", "saves ms", "rounds"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("")
    for model in report["models"]:
        table.add_row(f"[bold]{model['model']}[/bold]")
        for row in model["candidates"]:
            timed, won = "rounds" in row, row["form"] == model["winner"]
            saved = f"{row['gain_ms']:.2f} ± {row['noise_ms']:.2f}" if timed else "-"
            table.add_row(
                row["form"] + ("*" if won else ""),
                *(f"{row[key]:.2f}" if timed else "-" for key in ("cpu_ms", "wall_ms")),
                "" if row["form"] == model["default"] else saved,
                str(row.get("rounds", "-")),
                row["note"] or ("default" if row["form"] == model["default"] else ""),
                style="green" if won and timed else None,
            )
    console.print(table)
    console.print(f"Kept in {report['file']}; used from the next start.", soft_wrap=True)


def _show_progress(
    settings: Settings,
    files: Mapping[str, ModelFile],
    asked: Mapping[str, ModelFile],
    *,
    seconds: float,
    console: Console,
) -> tuple[Tuning, ...]:
    tuner = build_tuner(settings, files, lanes=count_lanes(settings), background=False)
    columns = (BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("starting", total=1.0)
        return tuner.run(
            asked,
            seconds=seconds,
            progress=lambda doing, share: progress.update(task, completed=share, description=doing),
            stop=threading.Event(),
        )


def _require_writable(folder: Path) -> None:
    complaint = unusable_folder(folder)
    if complaint is not None:
        problem, next_step = complaint
        msg = f"box.state_dir: {problem}"
        raise ConfigError(msg, next_step=next_step)
    prepare_folder(folder)
