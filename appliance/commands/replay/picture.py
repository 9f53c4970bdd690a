"""The whole sheet: title, legend, one panel per seat, notes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from appliance.commands.drawing.canvas import INK, LINE, QUIET, WHITE, Canvas, text_width_px
from appliance.commands.replay.axis import clock
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
from appliance.commands.replay.panel import WIDTH_PX, draw_panel
from appliance.commands.replay.recording import Recording
from appliance.domain.affect import Affect
from appliance.domain.arrays import UInt8Array
from appliance.errors import ConfigError

_MARGIN_PX = 14
_LEGEND_ROW_PX = 26
_NOTE_ROW_PX = 22
_SWATCH_PX = 30
_TEXT_PX = 14.0


def check_target(path: Path) -> None:
    """Refuse a picture that could not be written, before the work is done.

    Raises:
        ConfigError: Not a PNG, or no such folder.
    """
    if path.suffix.lower() != ".png":
        msg = f"--picture: only PNG is written, so the name has to end in .png, got {path.name}"
        raise ConfigError(msg)
    if not path.absolute().parent.is_dir():
        msg = f"--picture: no folder {path.absolute().parent}; make it, or name another"
        raise ConfigError(msg)


def write_picture(recording: Recording, path: Path) -> None:
    """Draw a recording into a PNG file.

    Raises:
        ConfigError: It cannot be written there.
    """
    ok, data = cv2.imencode(".png", cv2.cvtColor(draw(recording), cv2.COLOR_RGB2BGR))
    if not ok:
        msg = "OpenCV cannot write PNG in this installation"
        raise ConfigError(msg)
    try:
        path.write_bytes(data.tobytes())
    except OSError as error:
        msg = f"--picture: cannot write {path}: {error.strerror}"
        raise ConfigError(msg) from error


def draw(recording: Recording) -> UInt8Array:
    """Return the sheet, (H, 1500, 3) in RGB."""
    parts = [_head(recording)]
    parts += [draw_panel(recording, track) for track in recording.tracks]
    parts.append(_foot(recording.notes))
    return np.concatenate(parts)


def _head(recording: Recording) -> UInt8Array:
    lines = _wrapped(_facts(recording), width_px=WIDTH_PX - 2 * _MARGIN_PX)
    rows = _legend_rows(_legend(recording))
    legend_px = 46 + len(lines) * _NOTE_ROW_PX + 6
    canvas = Canvas(width_px=WIDTH_PX, height_px=legend_px + len(rows) * _LEGEND_ROW_PX + 10)
    verb = "stored in" if recording.kind == "database" else "made of"
    title = f"What the box {verb} {recording.source}"
    canvas.text(title, _MARGIN_PX, 34, size_px=25, bold=True)
    for number, line in enumerate(lines):
        baseline_px = 60 + number * _NOTE_ROW_PX
        canvas.text(line, _MARGIN_PX, baseline_px, size_px=_TEXT_PX, colour=QUIET)
    for number, row in enumerate(rows):
        x_px = float(_MARGIN_PX)
        for one in row:
            top_px = legend_px + number * _LEGEND_ROW_PX
            one.swatch(canvas, x_px, top_px)
            canvas.text(one.words, x_px + _SWATCH_PX + 7, top_px + 14, size_px=_TEXT_PX)
            x_px += one.width_px
    return canvas.shrunk()


def _foot(notes: Sequence[str]) -> UInt8Array:
    lines = [line for note in notes for line in _wrapped(note, width_px=WIDTH_PX - 2 * _MARGIN_PX)]
    canvas = Canvas(width_px=WIDTH_PX, height_px=14 + len(lines) * _NOTE_ROW_PX)
    canvas.fill(0, 0, WIDTH_PX, 1, LINE)
    for number, line in enumerate(lines):
        canvas.text(line, _MARGIN_PX, 20 + number * _NOTE_ROW_PX, size_px=_TEXT_PX, colour=QUIET)
    return canvas.shrunk()


def _facts(recording: Recording) -> str:
    seats = len(recording.tracks)
    facts = [
        f"{clock(recording.duration_s)} minutes, {seats} seat{'s' if seats > 1 else ''}",
    ]
    if recording.started:
        facts.append(f"from {recording.started.replace('T', ' ').replace('+00:00', ' UTC')}")
    if recording.models:
        versions = ", ".join(f"{name} {version}" for name, version in recording.models.items())
        facts.append(f"models: {versions}")
    else:
        facts.append("model versions are not stored")
    return "  |  ".join(facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    words: str
    swatch: Callable[[Canvas, float, float], None]

    @property
    def width_px(self) -> float:
        return _SWATCH_PX + 7 + text_width_px(self.words, size_px=_TEXT_PX) + 26


def _legend(recording: Recording) -> list[_Entry]:
    entries = [
        _Entry(
            words=state_name(recording.states[column]),
            swatch=_state_swatch(recording.states[column]),
        )
        for column in reversed(from_below(recording.states))
    ]
    entries += [
        _Entry(words="somebody there, state unknown", swatch=_unknown_swatch),
        _Entry(words="warming up", swatch=_warming_swatch),
        _Entry(words="nobody in sight, or not looked at", swatch=_nothing_swatch),
    ]
    if recording.theta is not None:
        score = " and ".join(state for state in ("fatigued", "bored") if state in recording.states)
        words = f"{score} above {100 * recording.theta:g} % counts towards a warning"
        entries.append(_Entry(words=words, swatch=_theta_swatch))
    focused = [one.affect is Affect.FOCUSED for one in recording.episodes]
    if not all(focused):
        words = (
            "warning: striped from its onset, full from the moment it was raised until it cleared"
        )
        entries.append(_Entry(words=words, swatch=_warning_swatch))
    if any(focused):
        words = "long focus: noted for a break tip, no warning to anybody"
        entries.append(_Entry(words=words, swatch=_focus_swatch))
    if recording.measures:
        entries.append(_Entry(words="action", swatch=_action_swatch))
    if any(track.changes_s for track in recording.tracks):
        entries.append(_Entry(words="somebody else sits down", swatch=_change_swatch))
    return entries


def _legend_rows(entries: Sequence[_Entry]) -> list[list[_Entry]]:
    rows: list[list[_Entry]] = [[]]
    used_px = 0.0
    for one in entries:
        if rows[-1] and used_px + one.width_px > WIDTH_PX - _MARGIN_PX:
            rows.append([])
            used_px = 0.0
        rows[-1].append(one)
        used_px += one.width_px
    return rows


def _state_swatch(state: str) -> Callable[[Canvas, float, float], None]:
    def draw_it(canvas: Canvas, x_px: float, y_px: float) -> None:
        canvas.fill(x_px, y_px, x_px + _SWATCH_PX, y_px + 18, state_colour(state))

    return draw_it


def _unknown_swatch(canvas: Canvas, x_px: float, y_px: float) -> None:
    canvas.hatch(x_px, y_px, x_px + _SWATCH_PX, y_px + 18, on=UNKNOWN, line=UNKNOWN_STRIPE)


def _warming_swatch(canvas: Canvas, x_px: float, y_px: float) -> None:
    right_px = x_px + _SWATCH_PX
    canvas.hatch(x_px, y_px, right_px, y_px + 18, on=WARMING_UP, line=WARMING_UP_STRIPE)
    canvas.frame(x_px, y_px, right_px, y_px + 18, LINE)


def _nothing_swatch(canvas: Canvas, x_px: float, y_px: float) -> None:
    canvas.fill(x_px, y_px, x_px + _SWATCH_PX, y_px + 18, NOTHING)
    canvas.frame(x_px, y_px, x_px + _SWATCH_PX, y_px + 18, LINE)


def _theta_swatch(canvas: Canvas, x_px: float, y_px: float) -> None:
    canvas.dashes(x_px, x_px + _SWATCH_PX, y_px + 9, INK)


def _warning_swatch(canvas: Canvas, x_px: float, y_px: float) -> None:
    middle_px, colour = x_px + _SWATCH_PX / 2, state_colour("fatigued")
    canvas.hatch(x_px, y_px + 4, middle_px, y_px + 14, on=WHITE, line=colour)
    canvas.fill(x_px, y_px, x_px + 2, y_px + 18, INK)
    canvas.fill(middle_px, y_px, x_px + _SWATCH_PX, y_px + 18, colour)
    canvas.fill(middle_px, y_px, middle_px + 2, y_px + 18, INK)


def _focus_swatch(canvas: Canvas, x_px: float, y_px: float) -> None:
    canvas.fill(x_px, y_px, x_px + _SWATCH_PX, y_px + 18, state_colour("focused"))
    canvas.fill(x_px, y_px + 3, x_px + _SWATCH_PX, y_px + 15, WHITE)


def _action_swatch(canvas: Canvas, x_px: float, y_px: float) -> None:
    canvas.triangle(x_px + _SWATCH_PX / 2, y_px + 16, 14, INK)


def _change_swatch(canvas: Canvas, x_px: float, y_px: float) -> None:
    canvas.fill(x_px + _SWATCH_PX / 2 - 1, y_px, x_px + _SWATCH_PX / 2 + 1, y_px + 18, INK)


def _wrapped(text: str, *, width_px: float) -> list[str]:
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width_px(longer, size_px=_TEXT_PX) <= width_px:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
