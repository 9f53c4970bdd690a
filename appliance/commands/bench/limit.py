"""The largest number of cameras that is held: doubling, then bisecting; pure."""

from collections.abc import Callable, Mapping
from typing import Any

MOST_DROPPED = 0.02
"""A larger share of lost frames is not held (docs/DESIGN.md, 10)."""

MOST_AGE_MS = 150.0
"""An older frame at its 95th percentile is not held (docs/DESIGN.md, 10)."""

LEAST_RATE = 0.98
"""Part of one camera's undisturbed rate that every camera has to keep: frames that an overloaded
reader never took from its camera are counted nowhere as dropped."""


def search_limit(holds: Callable[[int], bool], *, most: int) -> int:
    """Return the largest number that holds, 0 when not even one does.

    Args:
        holds: Tried once for each number that is asked for; a larger one never holds when a
            smaller one does not.
        most: Not searched above.
    """
    held, fails = 0, most + 1
    trial = 1
    while trial < fails:
        if holds(trial):
            held = trial
            if held == most:
                break
            trial = min(2 * trial, most)
        else:
            fails = trial
    while fails - held > 1:
        trial = (held + fails) // 2
        if holds(trial):
            held = trial
        else:
            fails = trial
    return held


def probe_row(report: Mapping[str, Any], *, rate_fps: float) -> dict[str, Any]:
    """Sum up one measurement: the worst camera counts.

    Args:
        report: Of one measurement.
        rate_fps: What every camera offers while there is little to do.
    """
    rows = report["cameras"]
    ages = [row["p95_age_ms"] for row in rows]
    row = {
        "cameras": len(rows),
        "pose_fps": min(row["pose_fps"] for row in rows),
        "expression_fps": min(row["expression_fps"] for row in rows),
        "dropped": max(row["dropped"] for row in rows),
        "p95_age_ms": None if None in ages else max(ages),
        "cpu_cores_used": report["cpu_cores_used"],
        "rss_mb": report["rss_mb"],
    }
    return {**row, "holds": _holds(row, rate_fps=rate_fps)}


def _holds(row: Mapping[str, Any], *, rate_fps: float) -> bool:
    return (
        row["p95_age_ms"] is not None
        and row["p95_age_ms"] <= MOST_AGE_MS
        and row["dropped"] < MOST_DROPPED
        and row["pose_fps"] >= LEAST_RATE * rate_fps
    )
