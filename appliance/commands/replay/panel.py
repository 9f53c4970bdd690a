"""One seat over time: actions, probabilities, leading state, warnings."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from appliance.commands.drawing.canvas import (
    FINE,
    INK,
    LINE,
    QUIET,
    WHITE,
    Canvas,
    stripes,
    text_width_px,
)
from appliance.commands.replay.axis import Columns, TimeAxis, clock, pool_columns, runs
from appliance.commands.replay.colours import (
    NOTHING,
    UNKNOWN,
    UNKNOWN_STRIPE,
    WARMING_UP,
    WARMING_UP_STRIPE,
    from_below,
    state_colour,
    state_name,
)
from appliance.commands.replay.recording import Cover, Episode, Measure, Recording, SeatTrack
from appliance.domain.affect import Affect
from appliance.domain.arrays import UInt8Array
from appliance.domain.commands import CommandState
from appliance.domain.interventions import Action

WIDTH_PX = 1500
LEFT_PX = 104
RIGHT_PX = 28
AREA_PX = 120
BAND_PX = 22
ROW_PX = 22
BAR_PX = 17
TITLE_PX = 34
AXIS_PX = 26
GAP_PX = 8

ACTION_NAMES = {
    Action.FOCUS_BREAK: "break tip",
    Action.HINT: "hint",
    Action.PUSH_CONTENT: "content",
    Action.ADJUST_DIFFICULTY: "easier task",
    Action.REMINDER_LOCK_30S: "lock 30 s",
    Action.MANDATORY_REST: "rest",
    Action.CONTACT_TEACHER: "call teacher",
    Action.NONE: "none",
}
"""What an intervention is called in the picture."""

_TEXT_PX = 14.0
_NOT_DONE = {CommandState.EXPIRED, CommandState.REJECTED, CommandState.FAILED}
_COVER_WORDS = {
    Cover.NOTHING: "nobody",
    Cover.WARMING_UP: "warming up",
    Cover.UNKNOWN: "cannot tell",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A label with the stretch that it and its mark take up."""

    row: int
    """0 is the row nearest to the area."""

    from_px: float
    """Left end."""

    to_px: float
    """Right end."""

    text_px: float
    """Left end of the text."""


def panel_axis(recording: Recording) -> TimeAxis:
    """Return the time axis that all panels share."""
    return TimeAxis(
        duration_s=recording.duration_s,
        left_px=LEFT_PX,
        width_px=WIDTH_PX - LEFT_PX - RIGHT_PX,
    )


def draw_panel(recording: Recording, track: SeatTrack) -> UInt8Array:
    """Return the panel of one seat, (H, 1500, 3) in RGB; H grows with what has to be told."""
    axis = panel_axis(recording)
    episodes = [one for one in recording.episodes if one.seat == track.seat]
    measures = [one for one in recording.measures if one.seat == track.seat]
    marks = place_measures(measures, axis)
    bars = place_episodes(episodes, axis)
    mark_rows = max((one.row for one in marks), default=-1) + 1
    bar_rows = max((one.row for one in bars), default=0) + 1
    area_px = TITLE_PX + mark_rows * ROW_PX + (4 if mark_rows else 0)
    band_px = area_px + AREA_PX + GAP_PX
    bars_px = band_px + BAND_PX + GAP_PX
    axis_px = bars_px + bar_rows * ROW_PX
    canvas = Canvas(width_px=WIDTH_PX, height_px=axis_px + AXIS_PX + GAP_PX)
    columns = pool_columns(track, columns=round(axis.width_px) * FINE)

    _draw_title(canvas, recording, track)
    _draw_area(canvas, columns, recording, axis, area_px)
    _draw_band(canvas, columns, recording.states, axis, band_px)
    for at_s in track.changes_s:
        x_px = axis.x_px(at_s)
        canvas.fill(x_px - 1, area_px, x_px + 1, band_px + BAND_PX, INK)
    _draw_measures(canvas, measures, marks, axis, area_px)
    _draw_episodes(canvas, episodes, bars, axis, bars_px)
    _draw_axis(canvas, axis, axis_px)
    return canvas.shrunk()


def place_measures(measures: Sequence[Measure], axis: TimeAxis) -> list[Placed]:
    """Give every action a row in which its name overlaps no other.

    The last comes first: an earlier name that reaches over a later mark is then the higher one,
    and the line down from a mark crosses no name.
    """
    wanted = []
    for one in measures:
        x_px = axis.x_px(one.at_s)
        width_px = text_width_px(_name(one), size_px=_TEXT_PX)
        text_px = x_px + 9
        if text_px + width_px > axis.left_px + axis.width_px:
            text_px = x_px - 9 - width_px
        wanted.append((min(x_px - 7, text_px), max(x_px + 7, text_px + width_px) + 8, text_px))
    return _rows(wanted[::-1])[::-1]


def place_episodes(episodes: Sequence[Episode], axis: TimeAxis) -> list[Placed]:
    """Give every warning a row in which neither bar nor words overlap another."""
    wanted = []
    for one in episodes:
        onset_px, raised_px, cleared_px = _edges_px(one, axis)
        width_px = text_width_px(_words(one), size_px=_TEXT_PX)
        text_px = raised_px + 6
        if width_px + 12 > cleared_px - raised_px:  # too long for the bar: beside it
            text_px = cleared_px + 6
            if text_px + width_px > axis.left_px + axis.width_px:
                text_px = onset_px - 6 - width_px
        to_px = max(cleared_px, text_px + width_px) + 8
        wanted.append((min(onset_px, text_px), to_px, text_px))
    return _rows(wanted)


def _rows(wanted: Sequence[tuple[float, float, float]]) -> list[Placed]:
    taken: list[list[tuple[float, float]]] = []
    placed = []
    for from_px, to_px, text_px in wanted:
        row = 0
        while row < len(taken) and any(a < to_px and from_px < b for a, b in taken[row]):
            row += 1
        if row == len(taken):
            taken.append([])
        taken[row].append((from_px, to_px))
        placed.append(Placed(row=row, from_px=from_px, to_px=to_px, text_px=text_px))
    return placed


def _draw_title(canvas: Canvas, recording: Recording, track: SeatTrack) -> None:
    baseline_px = TITLE_PX - 12
    canvas.fill(0, 0, WIDTH_PX, 1, LINE)
    canvas.text(f"seat {track.seat}", 14, baseline_px, size_px=19, bold=True)
    after_px = 14 + text_width_px(f"seat {track.seat}", size_px=19, bold=True) + 18
    shares = recording.seconds(track)
    total = sum(shares.values())
    names = {"unknown": "cannot tell", "warming_up": "warming up", "absent": "nobody"}
    words = [
        f"{names.get(name, state_name(name))} {100 * seconds / total:.0f} %"
        for name, seconds in shares.items()
        if round(100 * seconds / total)
    ]
    canvas.text(
        "   ".join(words), max(after_px, LEFT_PX), baseline_px, size_px=_TEXT_PX, colour=QUIET
    )


def _draw_area(
    canvas: Canvas, columns: Columns, recording: Recording, axis: TimeAxis, top_px: float
) -> None:
    """Draw the probabilities on top of each other, so that a column is always full."""
    height, width = AREA_PX * FINE, len(columns.cover)
    picture = _ground(columns, height)
    level = (height - 0.5 - np.arange(height))[:, None] / height  # 1 at the top
    known = columns.cover == Cover.KNOWN
    floor = np.zeros(width)
    for column in from_below(recording.states):
        ceiling = floor + np.nan_to_num(columns.probabilities[:, column])
        inside = (level >= floor) & (level < ceiling) & known
        picture[inside] = state_colour(recording.states[column])
        floor = ceiling
    right_px = axis.left_px + axis.width_px
    canvas.paint(axis.left_px, top_px, right_px, top_px + AREA_PX, picture)
    canvas.frame(axis.left_px, top_px, right_px, top_px + AREA_PX, LINE)
    if recording.theta is not None:
        theta_px = top_px + AREA_PX * (1 - recording.theta)
        canvas.dashes(axis.left_px, right_px, theta_px, INK)
    for share in (0, 50, 100):
        y_px = top_px + 10 + (AREA_PX - 10) * (1 - share / 100)  # within the area's height
        canvas.text(f"{share} %", LEFT_PX - 8, y_px, size_px=13, colour=QUIET, align=1)


def _draw_band(
    canvas: Canvas, columns: Columns, states: tuple[str, ...], axis: TimeAxis, top_px: float
) -> None:
    """Draw the leading state, with its name where there is room."""
    picture = _ground(columns, BAND_PX * FINE)
    for column, state in enumerate(states):
        picture[:, columns.leading == column] = state_colour(state)
    right_px = axis.left_px + axis.width_px
    canvas.paint(axis.left_px, top_px, right_px, top_px + BAND_PX, picture)
    words = [*map(state_name, states), *(_COVER_WORDS[Cover(code)] for code in range(Cover.KNOWN))]
    codes = np.where(
        columns.cover == Cover.KNOWN, columns.leading, len(states) + columns.cover
    ).astype(np.uint8)
    for code, first, behind in runs(codes):
        width_px = text_width_px(words[code], size_px=_TEXT_PX)
        if width_px + 12 <= (behind - first) / FINE:
            middle_px = axis.left_px + (first + behind) / 2 / FINE
            if code >= len(states):  # letters on stripes are hard to read
                canvas.fill(
                    middle_px - width_px / 2 - 4,
                    top_px + 3,
                    middle_px + width_px / 2 + 4,
                    top_px + BAND_PX - 3,
                    WARMING_UP,
                )
            canvas.text(words[code], middle_px, top_px + 16, size_px=_TEXT_PX, align=0.5)
    canvas.frame(axis.left_px, top_px, right_px, top_px + BAND_PX, LINE)
    canvas.text("state", LEFT_PX - 8, top_px + 16, size_px=_TEXT_PX, colour=QUIET, align=1)


def _draw_measures(
    canvas: Canvas,
    measures: Sequence[Measure],
    marks: Sequence[Placed],
    axis: TimeAxis,
    area_px: float,
) -> None:
    if measures:
        canvas.text("actions", LEFT_PX - 8, area_px - 10, size_px=_TEXT_PX, colour=QUIET, align=1)
    for one, mark in zip(measures, marks, strict=True):
        x_px = axis.x_px(one.at_s)
        tip_px = area_px - 4 - mark.row * ROW_PX
        canvas.fill(x_px - 0.5, tip_px - 6, x_px + 0.5, area_px + AREA_PX, INK)
        canvas.triangle(x_px, tip_px, 13, INK)
    for one, mark in zip(measures, marks, strict=True):
        tip_px = area_px - 4 - mark.row * ROW_PX
        width_px = text_width_px(_name(one), size_px=_TEXT_PX)
        # On a ground of its own: at the right edge a name stands before its mark.
        canvas.fill(mark.text_px, tip_px - 13, mark.text_px + width_px, tip_px, WHITE)
        canvas.text(_name(one), mark.text_px, tip_px - 2, size_px=_TEXT_PX)


def _draw_episodes(
    canvas: Canvas,
    episodes: Sequence[Episode],
    bars: Sequence[Placed],
    axis: TimeAxis,
    top_px: float,
) -> None:
    canvas.text("warnings", LEFT_PX - 8, top_px + 13, size_px=_TEXT_PX, colour=QUIET, align=1)
    if not episodes:
        canvas.text("none", LEFT_PX + 4, top_px + 13, size_px=_TEXT_PX, colour=QUIET)
    for one, bar in zip(episodes, bars, strict=True):
        y_px = top_px + bar.row * ROW_PX
        onset_px, raised_px, cleared_px = _edges_px(one, axis)
        colour = state_colour(one.affect.value)
        canvas.hatch(onset_px, y_px + 4, raised_px, y_px + BAR_PX - 4, on=WHITE, line=colour)
        canvas.fill(onset_px, y_px, onset_px + 2, y_px + BAR_PX, INK)
        canvas.fill(raised_px, y_px, cleared_px, y_px + BAR_PX, colour)
        if one.affect is Affect.FOCUSED:  # kept for rule 5, and no teacher hears of it
            canvas.fill(raised_px, y_px + 3, cleared_px, y_px + BAR_PX - 3, WHITE)
        canvas.fill(raised_px, y_px, raised_px + 2, y_px + BAR_PX, INK)
        canvas.text(_words(one), bar.text_px, y_px + 13, size_px=_TEXT_PX)


def _draw_axis(canvas: Canvas, axis: TimeAxis, top_px: float) -> None:
    canvas.fill(axis.left_px, top_px, axis.left_px + axis.width_px, top_px + 1, QUIET)
    for at_s in axis.ticks_s():
        x_px = axis.x_px(at_s)
        canvas.fill(x_px - 0.5, top_px, x_px + 0.5, top_px + 5, QUIET)
        canvas.text(clock(at_s), x_px, top_px + 19, size_px=13, colour=QUIET, align=0.5)
    canvas.text("min:s", LEFT_PX - 34, top_px + 19, size_px=13, colour=QUIET, align=1)


def _ground(columns: Columns, height: int) -> UInt8Array:
    """Return (height, X, 3): what lies under the states, by cover."""
    flat = np.array([NOTHING, WARMING_UP, UNKNOWN, (255, 255, 255)], dtype=np.uint8)
    striped = np.array(
        [NOTHING, WARMING_UP_STRIPE, UNKNOWN_STRIPE, (255, 255, 255)], dtype=np.uint8
    )
    rising = stripes(height, len(columns.cover))[..., None]
    return np.where(rising, striped[columns.cover], flat[columns.cover]).astype(np.uint8)


def _edges_px(episode: Episode, axis: TimeAxis) -> tuple[float, float, float]:
    end_s = axis.duration_s if episode.cleared_s is None else episode.cleared_s
    raised_px = axis.x_px(episode.raised_s)
    return axis.x_px(episode.onset_s), raised_px, max(axis.x_px(end_s), raised_px + 2)


def _name(measure: Measure) -> str:
    name = ACTION_NAMES[measure.action]
    # Whether it reached anybody is told only where it did not.
    return f"{name} ({measure.answer})" if measure.answer in _NOT_DONE else name


def _words(episode: Episode) -> str:
    name = "long focus" if episode.affect is Affect.FOCUSED else episode.affect.value
    return f"{name} {clock(episode.raised_s)}"
