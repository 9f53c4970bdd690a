"""What ``classbox bench`` does, by its options."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console

from appliance.commands.bench.endurance.faults import measure_faults
from appliance.commands.bench.endurance.soak import soak
from appliance.commands.bench.options import BenchOptions, check_options
from appliance.commands.bench.plot import OPTION, Curve, draw_panels, probe_panels
from appliance.commands.bench.probes import describe, find_limit, measure_steps
from appliance.commands.bench.run import measure
from appliance.commands.bench.sensors.load import LoadOptions, measure_load, show_load
from appliance.commands.bench.table import show_cameras, show_report
from appliance.commands.drawing.sheet import check_target, write_png
from appliance.errors import ConfigError

SHORTEST_SOAK_S = 10.0
MOST_SENSORS = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchTask:
    """What to do with the options; at most one of the first three."""

    find_limit: bool = False
    """Search the largest number of cameras that is held."""

    faults: bool = False
    """Put three bad cameras beside five good ones."""

    soak_s: float | None = None
    """Run for long and look whether anything grows."""

    sensors: int | None = None
    """Replay the tokens of so many sensors to a decider."""

    plot: Path | None = None
    """Draw the result as a PNG."""


def run_bench(options: BenchOptions, task: BenchTask, *, console: Console) -> dict[str, Any]:
    """Do what was asked and return what ``--json`` prints.

    Args:
        options: As given.
        task: As given.
        console: Where progress goes.

    Returns:
        A report; ``problems``, where it has any, is one line for each reason to fail.

    Raises:
        ConfigError: An option is wrong.
        CameraError: A clip is not a video that can be read.
        MissingProgramError: Mosquitto, or matplotlib for a plot, is not installed.
        ModelLoadError: A model is missing or damaged.
    """
    check_options(options)
    _check_task(task)
    if task.faults:
        return measure_faults(options, console=console)
    if task.sensors is not None:
        load = LoadOptions(
            sensors=task.sensors,
            seats=options.seats_per_camera,
            seconds=options.warm_up_s + options.seconds,
            warm_up_s=options.warm_up_s,
        )
        with TemporaryDirectory(prefix="classbox-bench-") as folder:
            return measure_load(load, Path(folder))
    if task.soak_s is not None:
        report = soak(options, seconds=task.soak_s, console=console)
        if task.plot is not None:
            _draw_memory(report["soak"], task.plot)
        return report
    if task.find_limit:
        report = find_limit(options, console=console)
    elif task.plot is not None:
        report = measure_steps(options, console=console)
    else:
        return measure(options, console=console)
    if task.plot is not None:
        _draw_probes(report, options, task.plot)
    return report


def show(report: Mapping[str, Any], console: Console) -> None:
    """Print a report for people."""
    if "faults" in report:
        faults = report["faults"]
        show_cameras(faults["alone"], console, title="five cameras alone")
        show_cameras(faults["beside"], console, title="\nthe same with three bad ones beside them")
        names = ", ".join(row["fault"] for row in faults["bad"])
        show_cameras(faults["bad"], console, title=f"\nthe bad ones: {names}")
    elif "sensors" in report:
        show_load(report, console)
    elif "soak" in report:
        one = report["soak"]
        error = one["slope_error_mb_per_h"]
        console.print(
            f"{one['seconds']:g} s, judged after {one['warm_up_s']:g} s: memory changes by "
            f"{one['slope_mb_per_h']:.2f} MB/h"
            f"{'' if error is None else f' (standard error {error:.2f})'}, "
            f"at most {one['peak_rss_mb']:.0f} MB"
        )
    else:
        if report["cameras"]:
            show_report(report, console)
        for row in report.get("probes", []):
            console.print(describe(row))
        if "limit" in report:
            console.print(f"{report['limit']} cameras are held with every frame looked at.")


def _check_task(task: BenchTask) -> None:
    given = [
        name
        for name, chosen in (
            ("--find-limit", task.find_limit),
            ("--faults", task.faults),
            ("--soak", task.soak_s is not None),
            ("--sensors", task.sensors is not None),
        )
        if chosen
    ]
    if len(given) > 1:
        msg = f"{' and '.join(given)}: one at a time"
        raise ConfigError(msg)
    if task.soak_s is not None and not task.soak_s >= SHORTEST_SOAK_S:
        msg = f"--soak: expected {SHORTEST_SOAK_S:g} seconds or more, got {task.soak_s:g}"
        raise ConfigError(msg)
    if task.sensors is not None and not 1 <= task.sensors <= MOST_SENSORS:
        msg = f"--sensors: expected 1 to {MOST_SENSORS}, got {task.sensors}"
        raise ConfigError(msg)
    if task.plot is not None:
        if task.faults or task.sensors is not None:
            msg = f"--plot: there is nothing to draw with {given[0]}; leave it out"
            raise ConfigError(msg)
        check_target(task.plot, option=OPTION)


def _draw_probes(report: Mapping[str, Any], options: BenchOptions, path: Path) -> None:
    rows = report["probes"]
    seats = options.seats_per_camera
    facts = (
        f"ladder {'off' if 'limit' in report else options.ladder}, "
        f"{seats} {'seat' if seats == 1 else 'seats'} each, {options.seconds:g} s per point"
    )
    if "limit" in report:
        facts += f"; {report['limit']} cameras are held with every frame looked at"
    sheet = draw_panels(
        probe_panels(rows, fps=options.fps),
        places=[row["cameras"] for row in rows],
        title=f"Classroom Box: cameras at {options.fps:g} frames per second",
        facts=facts,
        axis="cameras",
        whole=True,
    )
    write_png(sheet, path, option=OPTION)


def _draw_memory(report: Mapping[str, Any], path: Path) -> None:
    samples = report["samples"]
    error = report["slope_error_mb_per_h"]
    facts = (
        f"after {report['warm_up_s']:g} s: {report['slope_mb_per_h']:.2f} MB per hour"
        f"{'' if error is None else f', standard error {error:.2f}'}"
    )
    memory = [sample["rss_mb"] for sample in samples]
    sheet = draw_panels(
        [
            Curve(
                title="memory of the process, MB (the scale does not begin at 0)",
                values=memory,
                floor=min(memory),
            ),
            Curve(title="threads", values=[sample["threads"] for sample in samples]),
            Curve(
                title="open files and sockets", values=[sample["descriptors"] for sample in samples]
            ),
        ],
        places=[sample["at_s"] / 60 for sample in samples],
        title="Classroom Box: people, cameras and the broker come and go",
        facts=facts,
        axis="minutes",
    )
    write_png(sheet, path, option=OPTION)
