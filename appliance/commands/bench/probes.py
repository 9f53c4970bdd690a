"""Measurements with different numbers of cameras, each in a process of its own.

So memory and threads of one do not count for the next.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import IO, Any

from rich.console import Console

from appliance.commands.bench.limit import probe_row, search_limit
from appliance.commands.bench.options import MOST_CAMERAS, BenchOptions
from appliance.errors import ApplianceError


@dataclass(slots=True)
class Probes:
    """Measures on demand and remembers."""

    options: BenchOptions
    """Of every probe, but for the number of cameras."""

    console: Console
    """Told of each probe."""

    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    """What ``probe_row`` made of each, by number of cameras."""

    reports: dict[int, dict[str, Any]] = field(default_factory=dict)
    """The whole of each."""

    rate_fps: float = 0.0
    """What a camera offers in the first, smallest probe."""

    def holds(self, cameras: int) -> bool:
        """Measure with a number of cameras; see ``limit.py`` for what has to be held."""
        report = measure_apart(replace(self.options, cameras=cameras))
        if not self.rate_fps:
            self.rate_fps = min(row["offered_fps"] for row in report["cameras"])
        row = probe_row(report, rate_fps=self.rate_fps)
        self.rows[cameras], self.reports[cameras] = row, report
        self.console.print(describe(row), soft_wrap=True, highlight=False)
        return bool(row["holds"])

    def sorted_rows(self) -> list[dict[str, Any]]:
        """Return the rows by number of cameras."""
        return [self.rows[cameras] for cameras in sorted(self.rows)]


def find_limit(options: BenchOptions, *, console: Console) -> dict[str, Any]:
    """Search the largest number of cameras that is held with every frame looked at.

    Args:
        options: Already checked; the ladder is off and the number of cameras is not used.
        console: Told of each probe.

    Returns:
        The report at the limit, with ``limit`` and ``probes``; without cameras where none is held.
    """
    probes = Probes(replace(options, ladder="off"), console)
    limit = search_limit(probes.holds, most=MOST_CAMERAS)
    report = probes.reports.get(limit, {"cameras": []})
    return {**report, "limit": limit, "probes": probes.sorted_rows()}


def measure_steps(options: BenchOptions, *, console: Console) -> dict[str, Any]:
    """Measure with 1, 2, 4, ... cameras up to those of the options.

    Returns:
        The last report, with ``probes``.
    """
    probes = Probes(options, console)
    for cameras in doublings(options.cameras):
        probes.holds(cameras)
    return {**probes.reports[options.cameras], "probes": probes.sorted_rows()}


def doublings(most: int) -> list[int]:
    """Return 1, 2, 4, ... and ``most`` itself."""
    steps = [1]
    while 2 * steps[-1] < most:
        steps.append(2 * steps[-1])
    return steps if steps[-1] == most else [*steps, most]


def describe(row: dict[str, Any]) -> str:
    """Return one probe as a line."""
    age_ms = "-" if row["p95_age_ms"] is None else f"{row['p95_age_ms']:.0f} ms"
    cameras = "camera" if row["cameras"] == 1 else "cameras"
    verdict = "held" if row["holds"] else "not held"
    return (
        f"{row['cameras']:3d} {cameras}: {verdict}, {row['pose_fps']:.1f} fps, "
        f"{100 * row['dropped']:.1f} % dropped, p95 age {age_ms}, "
        f"{row['cpu_cores_used']:.2f} cores"
    )


def measure_apart(options: BenchOptions) -> dict[str, Any]:
    """Measure in a child process; its progress and its errors go to our standard error.

    Raises:
        ApplianceError: It failed; it has said why.
    """
    with running_child(arguments(options)) as child:
        out, _ = child.communicate()
    if child.returncode != 0:
        msg = f"the probe with {options.cameras} cameras failed"
        raise ApplianceError(msg)
    report: dict[str, Any] = json.loads(out)
    return report


@contextmanager
def running_child(
    command: list[str], *, log: IO[str] | None = None
) -> Iterator["subprocess.Popen[str]"]:
    """Run a command; it ends with the block, whatever happens.

    Args:
        command: This program, with arguments of our own.
        log: Where all that it says goes; None: what it prints can be read.
    """
    with subprocess.Popen(  # noqa: S603 - this program, with checked options
        command, stdout=log or subprocess.PIPE, stderr=log, text=True
    ) as child:
        try:
            yield child
        finally:
            if child.poll() is None:
                child.terminate()


def arguments(options: BenchOptions) -> list[str]:
    """Return the command line of a measurement."""
    command = [sys.executable, "-m", "appliance", "bench", "--json"]
    command += ["--cameras", str(options.cameras), "--fps", str(options.fps)]
    command += ["--seconds", str(options.seconds), "--warm-up", str(options.warm_up_s)]
    command += ["--seats-per-camera", str(options.seats_per_camera)]
    command += ["--ladder", options.ladder, "--lanes", str(options.lanes)]
    for clip in options.clips:
        command += ["--clip", str(clip)]
    return command
