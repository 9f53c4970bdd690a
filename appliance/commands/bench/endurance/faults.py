"""Do three bad cameras touch five good ones?"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from rich.console import Console

from appliance.commands.bench.arithmetic import camera_rows
from appliance.commands.bench.options import BenchOptions, camera_clips
from appliance.commands.bench.player import Mode, Player
from appliance.commands.bench.run import watch_span
from appliance.commands.bench.service import Service
from appliance.mqtt.private_broker import LOOPBACK, free_port

FINE = 5
"""Clips that play on."""

BAD = ("frozen", "dead", "flapping")
"""Network cameras after them, in this order."""

LEAST_RATE = 0.98
"""Part of the rate alone that each of the five keeps."""

MOST_AGE_MS = 50.0
"""By so much their ages may grow, at the 95th percentile."""


def measure_faults(options: BenchOptions, *, console: Console) -> dict[str, Any]:
    """Run five cameras alone, then with one frozen, one dead and one flapping beside them.

    Args:
        options: Already checked; the number of cameras is not used.
        console: Where the progress bar goes, if it is a terminal.

    Returns:
        ``faults`` with the five in both runs and the bad ones, and ``problems``.
    """
    fine = replace(options, cameras=FINE)
    with Service(fine) as service:
        alone = camera_rows(watch_span(service, fine, console=console))
    every = replace(options, cameras=FINE + len(BAD))
    clips = camera_clips(every)
    with ExitStack() as stack:
        frozen, flapping = (
            stack.enter_context(Player(clip=clips[0], port=free_port(), fps=options.fps, mode=mode))
            for mode in (Mode.FROZEN, Mode.FLAPPING)
        )
        dead = f"http://{LOOPBACK}:{free_port()}/live.mjpg"
        sources = [*map(str, clips[:FINE]), frozen.url, dead, flapping.url]
        service = stack.enter_context(Service(every, sources=sources))
        rows = camera_rows(watch_span(service, every, console=console))
    bad = [{**row, "fault": fault} for row, fault in zip(rows[FINE:], BAD, strict=True)]
    return {
        "faults": {"alone": alone, "beside": rows[:FINE], "bad": bad},
        "problems": find_touched(alone, rows[:FINE]),
    }


def find_touched(
    alone: Sequence[Mapping[str, Any]], beside: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Return one line for each camera that lost frames or time to the bad ones."""
    return [
        problem
        for one, other in zip(alone, beside, strict=True)
        for problem in _compare(one, other)
    ]


def _compare(alone: Mapping[str, Any], beside: Mapping[str, Any]) -> list[str]:
    problems = []
    name = alone["name"]
    if beside["pose_fps"] < LEAST_RATE * alone["pose_fps"]:
        problems.append(
            f"{name}: {beside['pose_fps']:.2f} fps beside bad cameras, "
            f"{alone['pose_fps']:.2f} without"
        )
    if alone["p95_age_ms"] is None or beside["p95_age_ms"] is None:
        problems.append(f"{name}: no frame was looked at")
    elif beside["p95_age_ms"] > alone["p95_age_ms"] + MOST_AGE_MS:
        problems.append(
            f"{name}: p95 age {beside['p95_age_ms']:.0f} ms beside bad cameras, "
            f"{alone['p95_age_ms']:.0f} ms without"
        )
    return problems
