"""Curves as a PNG: one panel under the other, over the same axis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

from appliance.commands.bench.limit import MOST_AGE_MS
from appliance.commands.drawing.sheet import (
    INK,
    LINE,
    QUIET,
    WHITE,
    Axes,
    Axis,
    Figure,
    new_figure,
    own_style,
    place_axes,
    write,
)

OPTION = "--plot"

BLUE = "#0072b2"
"""Of Okabe and Ito's palette for colour-blind readers, as in a replay's picture."""

_WIDTH_PX, _HEAD_PX, _PANEL_PX, _FOOT_PX = 900, 62, 210, 44
_LEFT_PX, _RIGHT_PX = 70, 24
_TITLE_PX = 30
"""Of a panel's height, for its title."""

_MANY = 60
"""Curves of more points are drawn without dots."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One curve; a value that is not known leaves a gap."""

    title: str
    """What it shows, with its unit."""

    values: Sequence[float | None]
    """One per place on the axis."""

    limit: float | None = None
    """Drawn as a dashed line."""

    floor: float = 0.0
    """Lower end of its scale."""


def probe_panels(rows: Sequence[Mapping[str, Any]], *, fps: float) -> list[Curve]:
    """Return rate, age and load over the number of cameras."""
    return [
        Curve(
            title="frames per second, slowest camera (dashed: what was asked)",
            values=[row["pose_fps"] for row in rows],
            limit=fps,
        ),
        Curve(
            title=f"age of a frame, 95th percentile, ms (dashed: {MOST_AGE_MS:g} ms)",
            values=[row["p95_age_ms"] for row in rows],
            limit=MOST_AGE_MS,
        ),
        Curve(title="processor cores used", values=[row["cpu_cores_used"] for row in rows]),
    ]


@own_style()
def draw_panels(
    panels: Sequence[Curve],
    *,
    places: Sequence[float],
    title: str,
    facts: str,
    axis: str,
    whole: bool = False,
) -> Figure:
    """Return the finished sheet.

    Args:
        panels: From top to bottom.
        places: Where on the axis the values of each panel belong, rising.
        title: Headline.
        facts: The line below it.
        axis: What the axis shows, with its unit.
        whole: The axis has whole numbers only.
    """
    height_px = _HEAD_PX + len(panels) * _PANEL_PX + _FOOT_PX
    figure = new_figure(width_px=_WIDTH_PX, height_px=height_px)
    paper = place_axes(figure, (0, _WIDTH_PX), (0, height_px))
    paper.set_axis_off()
    write(paper, title, 14, 22, size_px=21, bold=True)
    write(paper, facts, 14, 46, colour=QUIET)
    for number, panel in enumerate(panels):
        top_px = _HEAD_PX + number * _PANEL_PX + _TITLE_PX
        write(paper, panel.title, _LEFT_PX, top_px - 15, bold=True, size_px=13)
        down = top_px, top_px + _PANEL_PX - _TITLE_PX - 14
        axes = place_axes(figure, (_LEFT_PX, _WIDTH_PX - _RIGHT_PX), down, label=panel.title)
        _draw_curve(axes, panel, places)
        axes.locator_params(axis="x", nbins=8, steps=(1, 2, 5, 10), integer=whole)
        axes.set_xlim(_round_limits(axes.xaxis, 0.0, places))
        axes.tick_params(axis="x", labelbottom=number == len(panels) - 1)
    axes.set_xlabel(axis, color=INK)
    return figure


def _draw_curve(axes: Axes, panel: Curve, places: Sequence[float]) -> None:
    axes.plot(
        places,
        [nan if value is None else value for value in panel.values],
        color=BLUE,
        linewidth=2.2,
        marker="o" if len(places) <= _MANY else "",
        markersize=8,
        markeredgecolor=WHITE,
        clip_on=False,
    )
    if panel.limit is not None:
        axes.axhline(panel.limit, color=INK, linewidth=1.2, dashes=(5, 3), zorder=1.9)
    axes.grid(axis="y", color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.locator_params(axis="y", nbins=6, steps=(1, 2, 5, 10))
    known = [value for value in (*panel.values, panel.limit) if value is not None]
    axes.set_ylim(_round_limits(axes.yaxis, panel.floor, known))


def _round_limits(scale: Axis, floor: float, values: Sequence[float]) -> tuple[float, float]:
    """Return limits around these values that are labelled themselves."""
    highest = max((floor, *values))
    return scale.get_major_locator().view_limits(floor, highest if highest > floor else floor + 1)
