"""Draws what was measured of one picture: seat regions and stick figures."""

import itertools
import math
from collections.abc import Mapping, Sequence

from rich.text import Text

from appliance.commands.aim.canvas import DOTS_HIGH, DOTS_WIDE, Canvas
from appliance.domain.observations import Landmark
from appliance.mqtt.contract.aim import AimFrame
from appliance.service.control.aim_message import figure_name

Point = tuple[float, float]

SEAT_STYLES = ("cyan", "magenta", "bright_blue", "green", "yellow")
NOBODYS_STYLE = "red"

_LIMBS = tuple(
    (figure_name(one), figure_name(other))
    for one, other in (
        (Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER),
        (Landmark.LEFT_SHOULDER, Landmark.LEFT_ELBOW),
        (Landmark.LEFT_ELBOW, Landmark.LEFT_WRIST),
        (Landmark.RIGHT_SHOULDER, Landmark.RIGHT_ELBOW),
        (Landmark.RIGHT_ELBOW, Landmark.RIGHT_WRIST),
        (Landmark.LEFT_SHOULDER, Landmark.LEFT_HIP),
        (Landmark.RIGHT_SHOULDER, Landmark.RIGHT_HIP),
        (Landmark.LEFT_HIP, Landmark.RIGHT_HIP),
        (Landmark.MOUTH_LEFT, Landmark.MOUTH_RIGHT),
    )
)
_EYES = (figure_name(Landmark.LEFT_EYE), figure_name(Landmark.RIGHT_EYE))
_MOUTH = (figure_name(Landmark.MOUTH_LEFT), figure_name(Landmark.MOUTH_RIGHT))
_SHOULDERS = (figure_name(Landmark.LEFT_SHOULDER), figure_name(Landmark.RIGHT_SHOULDER))

HEAD_HALF_HEIGHT, HEAD_HALF_WIDTH = 1.9, 1.4
"""Of a head, in distances from eyes to mouth; its middle is a little below the eyes."""

CORNERS = 24
"""A head is a polygon of so many."""

CELL_RATIO = DOTS_HIGH / DOTS_WIDE
"""A character is about twice as high as wide, so that its dots are as far apart both ways."""


def seat_styles(seats: Sequence[str]) -> dict[str, str]:
    """Return each seat's colour."""
    return {seat: SEAT_STYLES[place % len(SEAT_STYLES)] for place, seat in enumerate(seats)}


def canvas_size(frame: AimFrame, *, columns: int, rows: int) -> tuple[int, int]:
    """Return the largest canvas in these proportions that fits, in characters."""
    wide = rows * CELL_RATIO * frame.width_px / frame.height_px
    if wide <= columns:
        return max(1, round(wide)), rows
    return columns, max(1, round(columns * frame.height_px / frame.width_px / CELL_RATIO))


def draw_frame(
    frame: AimFrame,
    *,
    columns: int,
    rows: int,
    regions: Mapping[str, Sequence[float]] | None = None,
) -> Text:
    """Return regions and people as text.

    Args:
        frame: What was measured.
        columns: Characters across at most.
        rows: Lines at most.
        regions: Drawn instead of the present ones.
    """
    width, height = canvas_size(frame, columns=columns, rows=rows)
    canvas = Canvas(columns=width, rows=height)
    styles = seat_styles(list(frame.seats))
    shown = {seat: its.region for seat, its in frame.seats.items()} if regions is None else regions
    canvas.draw_box((0.0, 0.0, 1.0, 1.0), label="", style="dim")
    by_place: dict[tuple[float, ...], list[str]] = {}
    for seat, region in shown.items():
        by_place.setdefault(tuple(region), []).append(seat)
    for (x0, y0, x1, y1), seats in by_place.items():
        canvas.draw_box((x0, y0, x1, y1), label=", ".join(seats), style=styles[seats[0]])
    aspect = frame.width_px / frame.height_px
    for person in frame.people:
        style = NOBODYS_STYLE if person.seat is None else styles[person.seat]
        _draw_figure(canvas, person.figure, aspect=aspect, style=f"bold {style}")
    return canvas.render()


def _draw_figure(canvas: Canvas, figure: Mapping[str, Point], *, aspect: float, style: str) -> None:
    for one, other in _LIMBS:
        if one in figure and other in figure:
            canvas.draw_line(figure[one], figure[other], style=style)
    if not all(name in figure for name in (*_EYES, *_MOUTH)):
        return
    for name in _EYES:
        canvas.draw_line(figure[name], figure[name], style=style)
    eyes, mouth = (_between(figure[one], figure[other]) for one, other in (_EYES, _MOUTH))
    # In heights of the picture, which are as long down as across.
    unit = math.hypot((mouth[0] - eyes[0]) * aspect, mouth[1] - eyes[1])
    middle = _between(eyes, _between(eyes, mouth))
    outline = [
        (
            middle[0] + HEAD_HALF_WIDTH * unit * math.cos(angle) / aspect,
            middle[1] + HEAD_HALF_HEIGHT * unit * math.sin(angle),
        )
        for angle in (math.tau * corner / CORNERS for corner in range(CORNERS + 1))
    ]
    for one_place, next_place in itertools.pairwise(outline):
        canvas.draw_line(one_place, next_place, style=style)
    if all(name in figure for name in _SHOULDERS):
        chest = _between(figure[_SHOULDERS[0]], figure[_SHOULDERS[1]])
        canvas.draw_line((middle[0], middle[1] + HEAD_HALF_HEIGHT * unit), chest, style=style)


def _between(one: Point, other: Point) -> Point:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2
