"""The report as tables for people."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

UNKNOWN = "-"


def show_report(report: Mapping[str, Any], console: Console) -> None:
    """Print one measurement."""
    show_cameras(report["cameras"], console)
    console.print()
    console.print(
        f"{_number(report['cpu_cores_used'], 2)} cores "
        f"({_number(report['other_cores_used'], 2)} by other programs) · "
        f"{_number(report['cpu_ms_per_seat_frame'], 2)} ms of CPU per seat and frame, and "
        f"{_number(report['decode_ms_per_frame'], 2)} ms to decode a frame · "
        f"{_number(report['rss_mb'], 0)} MB (at most {_number(report['peak_rss_mb'], 0)})"
    )
    ladder = report["ladder"]
    because = f" ({ladder['reason']})" if ladder["reason"] else ""
    console.print(
        f"{_number(report['overhead_ratio'], 2)} times the models alone, "
        f"{_number(report['overhead_ratio_paced'], 2)} times where they rest between frames as "
        f"here · two lanes do the work of {_number(report['two_lanes'], 2)} · "
        f"{report['lanes']} lanes · ladder on step {ladder['step']}{because}, "
        f"{ladder['changes']} changes"
    )
    if (recovery_s := ladder["recovery_s"]) is not None:
        console.print(f"full rate {recovery_s:.1f} s after three quarters of the cameras had gone")
    if report["left_out"]:
        console.print(f"left out by the ladder: {report['left_out']} frames")
    lost = {cause: count for cause, count in report["drops"].items() if count}
    if lost:
        console.print("dropped: " + ", ".join(f"{count} {cause}" for cause, count in lost.items()))
    console.print()
    console.print(_stages(report))


def show_cameras(rows: list[dict[str, Any]], console: Console, *, title: str | None = None) -> None:
    """Print rates, drops and ages of each camera."""
    table = Table("camera", title=title, title_justify="left", box=None, pad_edge=False)
    for head in (
        "offered fps",
        "pose fps",
        "expression fps",
        "dropped",
        "p50 age, ms",
        "p95 age, ms",
    ):
        table.add_column(head, justify="right")
    for row in rows:
        table.add_row(
            row["name"],
            _number(row["offered_fps"], 1),
            _number(row["pose_fps"], 1),
            _number(row["expression_fps"], 1),
            f"{100 * row['dropped']:.1f} %",
            _number(row["p50_age_ms"], 0),
            _number(row["p95_age_ms"], 0),
        )
    console.print(table)


def _stages(report: Mapping[str, Any]) -> Table:
    table = Table("stage", box=None, pad_edge=False)
    table.add_column("ms per seat and frame", justify="right")
    table.add_column("alone, ms per call", justify="right")
    table.add_column("engine")
    for name, cost in report["stages_ms"].items():
        bare = report["bare_models_ms"].get(name)
        engine = report["engines"].get(name, "")
        table.add_row(name, _number(cost, 3), "" if bare is None else f"{bare:.2f}", engine)
    return table


def _number(value: float | None, digits: int) -> str:
    return UNKNOWN if value is None else f"{value:.{digits}f}"
