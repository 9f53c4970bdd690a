"""Intervals, bars and their scales; each mark is told apart without its colour.

Of Okabe and Ito's palette (Color Universal Design, 2008), as in a replay's picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.commands.drawing.sheet import (
    INK,
    LINE,
    QUIET,
    WHITE,
    Axes,
    Figure,
    Stretch,
    place_axes,
    text_width_px,
    write,
)
from appliance.commands.report import tell
from appliance.intervention.effects.intervals import Estimate

VERMILLION, PURPLE, BLUE, GREEN = "#d55e00", "#cc79a7", "#0072b2", "#009e73"
GREY = "#d6d6d6"

SCALE_PX = 26
"""Below an axis, for its numbers."""

_BAR_PX = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkLook:
    """How an estimate is marked."""

    colour: str
    marker: str
    """In matplotlib's signs."""


FATIGUE = MarkLook(colour=VERMILLION, marker="o")
BOREDOM = MarkLook(colour=PURPLE, marker="D")
POLICY = MarkLook(colour=BLUE, marker="s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """How a part of a bar is filled."""

    name: str
    colour: str
    hatch: str = ""
    line: str = WHITE
    """Of the hatching."""


ACCEPTED = Fill(name=tell.ACCEPTED, colour=BLUE)
CLOSED = Fill(name=tell.CLOSED, colour="#e69f00", hatch="////", line="#7a5500")
UNANSWERED = Fill(name=tell.UNANSWERED, colour=GREY, hatch="..", line="#8a8a8a")
OFTEN = Fill(name="per hour", colour=QUIET)
DONE = Fill(name=tell.ARMS[0], colour=GREEN)
LEFT = Fill(name=tell.ARMS[1], colour=GREY, hatch="\\\\\\\\", line="#8a8a8a")


def interval_axes(
    figure: Figure, across: Stretch, down: Stretch, *, limit: float, scale: float = 1.0
) -> Axes:
    """Return axes with 0 in the middle; heights are pixels.

    Args:
        figure: The sheet.
        across: Left and right.
        down: Top and bottom, the numbers stand below.
        limit: What is at either end, unit of the estimates.
        scale: What one unit is labelled as.
    """
    axes = place_axes(figure, across, down, label="intervals")
    axes.set_xlim(-limit, limit)
    axes.set_yticks([])
    ticks = [-limit, -limit / 2, 0, limit / 2, limit]
    axes.set_xticks(ticks, [f"{scale * one:+g}" if one else "0" for one in ticks])
    axes.grid(axis="x", color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.axvline(0, color=INK, linewidth=1.6)
    return axes


def draw_interval(axes: Axes, estimate: Estimate, y_px: float, look: MarkLook) -> None:
    """Draw a point in its interval: full where it can be told, hollow and dashed where not."""
    left, right = axes.get_xlim()
    if estimate.value != estimate.value:
        return
    low, high = max(estimate.low, left), min(estimate.high, right)
    style = "-" if estimate.told else (0, (3, 2))
    axes.plot([low, high], [y_px, y_px], color=look.colour, linewidth=3, linestyle=style)
    for end, whole in ((low, estimate.low), (high, estimate.high)):
        # A bar where the interval ends, an arrow where it goes on beyond the sheet.
        marker = "|" if end == whole else ("<" if end == left else ">")
        axes.plot([end], [y_px], marker=marker, color=look.colour, markersize=9, clip_on=False)
    if left <= estimate.value <= right:
        axes.plot(
            [estimate.value],
            [y_px],
            marker=look.marker,
            markersize=10,
            markerfacecolor=look.colour if estimate.told else WHITE,
            markeredgecolor=look.colour,
            markeredgewidth=2,
            zorder=3,
        )


def draw_bars(
    paper: Axes, parts: Sequence[tuple[float, Fill]], across: Stretch, y_px: float
) -> None:
    """Draw shares side by side, whose sum is at most 1, over a stretch; labelled where they fit."""
    first, last = across
    left = first
    for share, fill in parts:
        width = share * (last - first)
        paper.barh(
            [y_px],
            [width],
            left=left,
            height=_BAR_PX,
            facecolor=fill.colour,
            edgecolor=fill.line,
            hatch=fill.hatch or None,
            linewidth=0,
        )[0].set_label(fill.name)
        left += width
    paper.barh([y_px], [last - first], left=first, height=_BAR_PX, fill=False, edgecolor=QUIET)


def draw_whisker(paper: Axes, estimate: Estimate, across: Stretch, y_px: float) -> None:
    """Draw the interval of a share over its bar."""
    left, right = across
    ends = [
        left + min(max(one, 0.0), 1.0) * (right - left) for one in (estimate.low, estimate.high)
    ]
    paper.plot(ends, [y_px, y_px], color=WHITE, linewidth=5, solid_capstyle="butt")
    paper.plot(ends, [y_px, y_px], color=INK, linewidth=2, marker="|", markersize=11)


def draw_legend(paper: Axes, fills: Sequence[Fill], x_px: float, y_px: float) -> None:
    """Draw what fills mean, side by side."""
    for fill in fills:
        draw_bars(paper, [(1.0, fill)], (x_px, x_px + 26), y_px)
        write(paper, fill.name, x_px + 33, y_px, colour=QUIET)
        x_px += 33 + text_width_px(fill.name) + 18
