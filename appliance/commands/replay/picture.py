"""The whole sheet: title, legend, one panel per seat, notes."""

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from appliance.commands.drawing.sheet import (
    LINE,
    QUIET,
    Axes,
    Figure,
    new_figure,
    own_style,
    place_axes,
    text_width_px,
    write,
    write_png,
)
from appliance.commands.replay.axis import clock
from appliance.commands.replay.colours import COVERS, STATES, Look, from_below
from appliance.commands.replay.marks import (
    BAR_PX,
    draw_box,
    draw_change,
    draw_flag,
    draw_threshold,
    draw_warning,
)
from appliance.commands.replay.panel import LEFT_PX, WIDTH_PX, SeatPanel
from appliance.commands.replay.recording import Cover, Recording, SeatTrack
from appliance.domain.affect import Affect

OPTION = "--picture"

_MARGIN_PX = 16
_ROW_PX = 25
_SWATCH_PX = 30
_BESIDE_PX = 7
_APART_PX = 26
_TITLE_PX = 34
"""Of a seat."""

_LINE_PX = 20
_LINE_LETTERS = 170
"""Fit side by side."""

_COVER_WORDS = {
    Cover.UNKNOWN: "somebody there, cannot tell",
    Cover.WARMING_UP: "warming up",
    Cover.NOTHING: "nobody in sight, or not looked at",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """What a mark means."""

    words: str
    swatch: Callable[[Axes, float, float], None]
    """Draws it from a left end and a top, 30 pixels wide."""

    @property
    def width_px(self) -> float:
        return _SWATCH_PX + _BESIDE_PX + text_width_px(self.words) + _APART_PX


def write_picture(recording: Recording, path: Path) -> None:
    """Draw a recording into a PNG file.

    Raises:
        ConfigError: It cannot be written there.
    """
    write_png(draw(recording), path, option=OPTION)


@own_style()
def draw(recording: Recording) -> Figure:
    """Return the sheet."""
    facts = _lines(_facts(recording))
    legend = _legend_rows(_legend(recording))
    panels = [SeatPanel(recording, track) for track in recording.tracks]
    notes = [line for note in recording.notes for line in _lines(note)]
    legend_px = 54 + len(facts) * _LINE_PX
    head_px: float = legend_px + len(legend) * _ROW_PX + 8
    panels_px = sum(_TITLE_PX + panel.height_px for panel in panels)
    height_px = head_px + panels_px + 16 + len(notes) * _LINE_PX
    figure = new_figure(width_px=WIDTH_PX, height_px=height_px)
    paper = place_axes(figure, (0, WIDTH_PX), (0, height_px), label="paper")
    paper.set_axis_off()

    verb = "stored in" if recording.kind == "database" else "made of"
    title = f"What the box {verb} {recording.source}"
    write(paper, title, _MARGIN_PX, 25, size_px=24, bold=True)
    _write_lines(paper, facts, 54)
    _draw_legend(paper, legend, legend_px)
    y_px = head_px
    for panel, track in zip(panels, recording.tracks, strict=True):
        _draw_title(paper, recording, track, y_px)
        panel.draw(figure, top_px=y_px + _TITLE_PX)
        y_px += _TITLE_PX + panel.height_px
    paper.axhline(y_px, color=LINE, linewidth=1)
    _write_lines(paper, notes, y_px + 16)
    return figure


def _draw_legend(paper: Axes, rows: list[list[_Entry]], top_px: float) -> None:
    for row in rows:
        x_px = float(_MARGIN_PX)
        for one in row:
            one.swatch(paper, x_px, top_px)
            write(paper, one.words, x_px + _SWATCH_PX + _BESIDE_PX, top_px + BAR_PX / 2)
            x_px += one.width_px
        top_px += _ROW_PX


def _draw_title(paper: Axes, recording: Recording, track: SeatTrack, top_px: float) -> None:
    """Write the seat's name and, beside it, the part of the time in each state."""
    paper.axhline(top_px, color=LINE, linewidth=1)
    name = f"seat {track.seat}"
    write(paper, name, _MARGIN_PX, top_px + 17, size_px=17, bold=True)
    x_px = max(LEFT_PX, _MARGIN_PX + text_width_px(name, size_px=17, bold=True) + 18)
    shares = recording.seconds(track)
    total = sum(shares.values())
    looks = [*(STATES[state] for state in recording.states), *COVERS.values()]
    for look, seconds in zip(looks, shares.values(), strict=True):
        if percent := round(100 * seconds / total):
            words = f"{look.name} {percent} %"
            draw_box(paper, (x_px, x_px + 11), (top_px + 11, top_px + 22), look, frame=LINE)
            write(paper, words, x_px + 17, top_px + 17, colour=QUIET)
            x_px += 17 + text_width_px(words) + 18


def _facts(recording: Recording) -> str:
    seats = len(recording.tracks)
    facts = [f"{clock(recording.duration_s)} minutes, {seats} seat{'s' if seats > 1 else ''}"]
    if recording.started:
        facts.append(f"from {recording.started.replace('T', ' ').replace('+00:00', ' UTC')}")
    if recording.models:
        versions = ", ".join(f"{name} {version}" for name, version in recording.models.items())
        facts.append(f"models: {versions}")
    else:
        facts.append("model versions are not stored")
    return "  |  ".join(facts)


def _legend(recording: Recording) -> list[_Entry]:
    states = [STATES[recording.states[column]] for column in from_below(recording.states)]
    looks = [(look.name, look) for look in reversed(states)]
    looks += [(words, COVERS[cover]) for cover, words in _COVER_WORDS.items()]
    entries = [_Entry(words=words, swatch=partial(_box, look=look)) for words, look in looks]
    if recording.measures:
        entries.append(_Entry(words="action", swatch=_flag))
    if any(track.changes_s for track in recording.tracks):
        entries.append(_Entry(words="somebody else sits down", swatch=_change))
    if recording.theta is not None:
        score = " and ".join(state for state in ("fatigued", "bored") if state in recording.states)
        words = f"{score} above {100 * recording.theta:g} % counts towards a warning"
        entries.append(_Entry(words=words, swatch=_threshold))
    focused = [one.affect is Affect.FOCUSED for one in recording.episodes]
    if not all(focused):
        words = "warning: striped from onset, full from raised to cleared"
        entries.append(_Entry(words=words, swatch=partial(_warning, affect=Affect.FATIGUED)))
    if any(focused):
        words = "long focus: noted for a break tip, no warning to anybody"
        entries.append(_Entry(words=words, swatch=partial(_warning, affect=Affect.FOCUSED)))
    return entries


def _legend_rows(entries: list[_Entry]) -> list[list[_Entry]]:
    rows: list[list[_Entry]] = [[]]
    for one in entries:
        used_px = sum(other.width_px for other in (*rows[-1], one)) - _APART_PX
        if rows[-1] and used_px > WIDTH_PX - 2 * _MARGIN_PX:
            rows.append([])
        rows[-1].append(one)
    return rows


def _box(axes: Axes, x_px: float, y_px: float, *, look: Look) -> None:
    draw_box(axes, (x_px, x_px + _SWATCH_PX), (y_px, y_px + BAR_PX), look, frame=LINE)


def _threshold(axes: Axes, x_px: float, y_px: float) -> None:
    draw_threshold(axes, (x_px, x_px + _SWATCH_PX), y_px + BAR_PX / 2)


def _warning(axes: Axes, x_px: float, y_px: float, *, affect: Affect) -> None:
    draw_warning(axes, (x_px, x_px + _SWATCH_PX), x_px + _SWATCH_PX / 2, y_px, affect)


def _flag(axes: Axes, x_px: float, y_px: float) -> None:
    draw_flag(axes, x_px + 4, (x_px + 4, x_px + _SWATCH_PX - 4), (y_px, y_px + 22), done=True)


def _change(axes: Axes, x_px: float, y_px: float) -> None:
    draw_change(axes, x_px + _SWATCH_PX / 2, (y_px, y_px + BAR_PX))


def _lines(text: str) -> list[str]:
    return textwrap.wrap(text, _LINE_LETTERS)


def _write_lines(paper: Axes, lines: list[str], y_px: float) -> None:
    for number, line in enumerate(lines):
        write(paper, line, _MARGIN_PX, y_px + _LINE_PX * number, colour=QUIET)
