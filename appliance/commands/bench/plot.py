"""Curves as a PNG: one panel under the other, over the same axis."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2

from appliance.commands.bench.limit import MOST_AGE_MS
from appliance.commands.drawing.canvas import INK, LINE, QUIET, Canvas, Colour
from appliance.domain.arrays import UInt8Array
from appliance.errors import ConfigError

WIDTH_PX = 900
HEAD_PX = 62
PANEL_PX = 210
FOOT_PX = 44
LEFT_PX = 70
RIGHT_PX = 24
TITLE_PX = 30
"""Of a panel's height, for its title."""

BLUE: Colour = (0, 114, 178)
"""Okabe and Ito's palette for colour-blind readers, as in appliance/commands/replay/colours.py."""

TICKS = 6
"""At most so many steps on an axis."""

MANY = 60
"""Curves of more points are drawn without dots."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One curve; a value that is not known leaves a gap."""

    title: str
    """What it shows, with its unit."""

    values: Sequence[float | None]
    """One per place on the axis."""

    limit: float | None = None
    """Drawn as a dashed line."""

    floor: float = 0.0
    """Lower end of its scale."""


def probe_panels(rows: Sequence[Mapping[str, Any]], *, fps: float) -> list[Panel]:
    """Return rate, age and load over the number of cameras."""
    return [
        Panel(
            title="frames per second, slowest camera (dashed: what was asked)",
            values=[row["pose_fps"] for row in rows],
            limit=fps,
        ),
        Panel(
            title=f"age of a frame, 95th percentile, ms (dashed: {MOST_AGE_MS:g} ms)",
            values=[row["p95_age_ms"] for row in rows],
            limit=MOST_AGE_MS,
        ),
        Panel(title="processor cores used", values=[row["cpu_cores_used"] for row in rows]),
    ]


def check_target(path: Path) -> None:
    """Refuse a picture that could not be written, before the work is done.

    Raises:
        ConfigError: Not a PNG, or no such folder.
    """
    if path.suffix.lower() != ".png":
        msg = f"--plot: only PNG is written, so the name has to end in .png, got {path.name}"
        raise ConfigError(msg)
    if not path.absolute().parent.is_dir():
        msg = f"--plot: no folder {path.absolute().parent}; make it, or name another"
        raise ConfigError(msg)


def write_png(sheet: UInt8Array, path: Path) -> None:
    """Write a picture, (H, W, 3) in RGB.

    Raises:
        ConfigError: It cannot be written there.
    """
    _, data = cv2.imencode(".png", cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
    try:
        path.write_bytes(data.tobytes())
    except OSError as error:
        msg = f"--plot: cannot write {path}: {error.strerror}"
        raise ConfigError(msg) from error


def draw_panels(
    panels: Sequence[Panel],
    *,
    places: Sequence[float],
    title: str,
    facts: str,
    axis: str,
    whole: bool = False,
) -> UInt8Array:
    """Return the finished picture, (H, W, 3) in RGB.

    Args:
        panels: From top to bottom.
        places: Where on the axis the values of each panel belong, rising.
        title: Headline.
        facts: The line below it.
        axis: What the axis shows, with its unit.
        whole: The axis has whole numbers only.
    """
    canvas = Canvas(width_px=WIDTH_PX, height_px=HEAD_PX + len(panels) * PANEL_PX + FOOT_PX)
    canvas.text(title, 14, 28, size_px=22, bold=True)
    canvas.text(facts, 14, 50, size_px=14, colour=QUIET)
    across = _Scale.over(
        places, least_step=float(whole), floor=0.0, first_px=LEFT_PX, last_px=_right_px()
    )
    for number, panel in enumerate(panels):
        _draw_panel(canvas, panel, places, across, top_px=HEAD_PX + number * PANEL_PX)
    bottom_px = HEAD_PX + len(panels) * PANEL_PX
    for value in across.ticks():
        canvas.text(_label(value), across.px(value), bottom_px + 6, size_px=13, align=0.5)
    canvas.text(axis, (LEFT_PX + _right_px()) / 2, bottom_px + 30, size_px=14, align=0.5)
    return canvas.shrunk()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """Where values stand on an axis with round steps."""

    low: float
    high: float
    step: float
    first_px: float
    last_px: float

    @classmethod
    def over(
        cls,
        values: Sequence[float],
        *,
        floor: float,
        first_px: float,
        last_px: float,
        least_step: float = 0.0,
    ) -> "_Scale":
        step = max(least_step, round_step(max([*values, floor]) - floor))
        low = math.floor(floor / step) * step
        high = max(low + step, math.ceil(max([*values, floor]) / step - 1e-9) * step)
        return cls(low=low, high=high, step=step, first_px=first_px, last_px=last_px)

    def px(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.first_px + share * (self.last_px - self.first_px)

    def ticks(self) -> list[float]:
        return [
            self.low + number * self.step
            for number in range(round((self.high - self.low) / self.step) + 1)
        ]


def round_step(length: float) -> float:
    """Return the smallest of 1, 2, 5 times a power of ten that divides a length into few steps."""
    if length <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(length / TICKS))
    return next(
        step * power for step in (1, 2, 5, 10) if length <= step * power * TICKS * (1 + 1e-9)
    )


def _draw_panel(
    canvas: Canvas, panel: Panel, places: Sequence[float], across: _Scale, *, top_px: float
) -> None:
    top_px, bottom_px = top_px + TITLE_PX, top_px + PANEL_PX - 12
    canvas.text(panel.title, LEFT_PX, top_px - 8, size_px=15)
    known = [value for value in (*panel.values, panel.limit) if value is not None]
    up = _Scale.over(known, floor=panel.floor, first_px=bottom_px, last_px=top_px)
    for value in up.ticks():
        canvas.fill(LEFT_PX, up.px(value) - 0.5, _right_px(), up.px(value) + 0.5, LINE)
        canvas.text(_label(value), LEFT_PX - 8, up.px(value) + 4, size_px=13, align=1)
    for value in across.ticks():
        canvas.fill(across.px(value) - 0.5, bottom_px, across.px(value) + 0.5, bottom_px + 5, QUIET)
    if panel.limit is not None:
        canvas.dashes(LEFT_PX, _right_px(), up.px(panel.limit), INK)
    points = [
        None if value is None else (across.px(place), up.px(value))
        for place, value in zip(places, panel.values, strict=True)
    ]
    for one, other in pairwise(points):
        if one is not None and other is not None:
            canvas.path([one, other], BLUE)
    for point in points if len(points) <= MANY else ():
        if point is not None:
            canvas.dot(*point, 8, BLUE)


def _label(value: float) -> str:
    return f"{value:.6g}"


def _right_px() -> int:
    return WIDTH_PX - RIGHT_PX
