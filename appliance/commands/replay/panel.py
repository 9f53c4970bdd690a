"""One seat over time: actions, probabilities, leading state, warnings."""

from collections.abc import Mapping

import numpy as np

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
from appliance.commands.replay.axis import clock, runs, smooth_known, ticks_s
from appliance.commands.replay.colours import COVERS, STATES, Look, from_below
from appliance.commands.replay.labels import (
    BESIDE_PX,
    LABEL_PX,
    NOT_DONE,
    Label,
    place_episodes,
    place_measures,
)
from appliance.commands.replay.marks import (
    BAR_PX,
    draw_box,
    draw_change,
    draw_flag,
    draw_threshold,
    draw_warning,
)
from appliance.commands.replay.recording import Cover, Recording, SeatTrack
from appliance.domain.arrays import BoolArray, UInt8Array
from appliance.domain.tokens import TOKEN_S

WIDTH_PX = 1400
LEFT_PX = 92
RIGHT_PX = 60

_ROW_PX = 24.0
_AREA_PX = 116.0
_SMALL_AREA_PX = 64.0
_MANY_SEATS = 8
"""More get smaller areas."""

_BAND_PX = 20.0
_GAP_PX = 7.0
_TICKS_PX = 26.0


class SeatPanel:
    """Knows its height before it is drawn."""

    def __init__(self, recording: Recording, track: SeatTrack) -> None:
        """Give every mark its place."""
        self._recording, self._track = recording, track
        self._across = 0.0, float(WIDTH_PX - LEFT_PX - RIGHT_PX)
        self._measures = [one for one in recording.measures if one.seat == track.seat]
        self._episodes = [one for one in recording.episodes if one.seat == track.seat]
        self._flags = place_measures(self._measures, self.x_px, self._across[1])
        self._bars = place_episodes(self._episodes, self.x_px, self._across[1])
        flag_rows = max((one.row for one in self._flags), default=-1) + 1
        bar_rows = max((one.row for one in self._bars), default=0) + 1
        many = len(recording.tracks) > _MANY_SEATS
        top_px = flag_rows * _ROW_PX
        self._area = top_px, top_px + (_SMALL_AREA_PX if many else _AREA_PX)
        self._band = self._area[1] + _GAP_PX, self._area[1] + _GAP_PX + _BAND_PX
        self._bars_px = self._band[1] + _GAP_PX
        self._axis_px = self._bars_px + bar_rows * _ROW_PX
        self.height_px = self._axis_px + _TICKS_PX

    def x_px(self, at_s: float) -> float:
        """Return where a time is; what lies outside is put on the edge."""
        return min(max(at_s / self._recording.duration_s, 0.0), 1.0) * self._across[1]

    def draw(self, figure: Figure, *, top_px: float) -> None:
        """Draw it into its place on the sheet."""
        across, down = (LEFT_PX, LEFT_PX + self._across[1]), (top_px, top_px + self._axis_px)
        axes = place_axes(figure, across, down, label=self._track.seat)
        self._draw_scales(axes)
        self._draw_states(axes)
        for at_s in self._track.changes_s:
            draw_change(axes, self.x_px(at_s), (self._area[0], self._band[1]))
        for one, label in zip(self._measures, self._flags, strict=True):
            down = self._area[0] - (label.row + 1) * _ROW_PX, self._area[1]
            done = one.answer not in NOT_DONE
            draw_flag(axes, self.x_px(one.at_s), label.mark_px, down, done=done)
            _write_label(axes, label, down[0], colour=WHITE if done else INK)
        for episode, label in zip(self._episodes, self._bars, strict=True):
            top_px = self._bars_px + label.row * _ROW_PX
            draw_warning(axes, label.mark_px, self.x_px(episode.raised_s), top_px, episode.affect)
            _write_label(axes, label, top_px)
        if not self._episodes:
            write(axes, "none", BESIDE_PX, self._bars_px + BAR_PX / 2, colour=QUIET)

    def _draw_scales(self, axes: Axes) -> None:
        top_px, floor_px = self._area
        words = {
            top_px + 6: "100 %",
            (top_px + floor_px) / 2: "50 %",
            floor_px - 6: "0 %",
            sum(self._band) / 2: "state",
            self._bars_px + BAR_PX / 2: "warnings",
        }
        if self._flags:
            words[top_px - _ROW_PX + BAR_PX / 2] = "actions"
        axes.set_yticks(list(words), labels=list(words.values()))
        times = ticks_s(self._recording.duration_s)
        axes.set_xticks([self.x_px(at_s) for at_s in times], labels=[clock(at_s) for at_s in times])
        write(axes, "min:s", -26, self._axis_px + 13, align="right", colour=QUIET)

    def _draw_states(self, axes: Axes) -> None:
        track, states = self._track, self._recording.states
        top_px, floor_px = self._area
        smooth = smooth_known(track.probabilities)
        looks = COVERS | {len(Cover) + column: STATES[name] for column, name in enumerate(states)}
        codes = track.cover.copy()
        if states:
            known = track.cover == Cover.KNOWN
            codes[known] = len(Cover) + smooth[known].argmax(axis=1)
        for code, look in looks.items():
            self._fill(axes, codes == code, self._band, look)
            if code in COVERS:
                self._fill(axes, codes == code, self._area, look)
        order = from_below(states)
        heights = smooth[:, order].cumsum(axis=1)
        edges = np.linspace(*self._across, len(smooth) + 1).repeat(2)[1:-1]  # a step per token
        for height, column in reversed(list(enumerate(order))):  # each covers the one behind it
            tops = floor_px + heights[:, height] * (top_px - floor_px)
            axes.fill_between(edges, tops.repeat(2), floor_px, **STATES[states[column]].fill())
        self._name_states(axes, codes, looks)
        lines_px = [self.x_px(at_s) for at_s in ticks_s(self._recording.duration_s)[1:]]
        axes.vlines(lines_px, *self._area, color=WHITE, linewidth=1, alpha=0.35)
        for stretch in (self._area, self._band):
            draw_box(axes, self._across, stretch, Look(colour="none"), frame=LINE)
        if self._recording.theta is not None:
            theta_px = floor_px + self._recording.theta * (top_px - floor_px)
            draw_threshold(axes, self._across, theta_px)
            write(axes, f"{100 * self._recording.theta:g} %", self._across[1] + 8, theta_px)

    def _name_states(self, axes: Axes, codes: UInt8Array, looks: Mapping[int, Look]) -> None:
        for code, first, behind in runs(codes):
            look = looks[code]
            left_px, right_px = self.x_px(first * TOKEN_S), self.x_px(behind * TOKEN_S)
            if text_width_px(look.name) + 2 * BESIDE_PX <= right_px - left_px:
                # Letters on stripes are hard to read.
                ground = look.colour if code in COVERS else None
                middle_px, y_px = (left_px + right_px) / 2, sum(self._band) / 2
                write(axes, look.name, middle_px, y_px, align="center", ground=ground)

    def _fill(self, axes: Axes, tokens: BoolArray, down: Stretch, look: Look) -> None:
        """Fill a strip wherever a token is true."""
        edges = np.linspace(*self._across, len(tokens) + 1)
        stretches = [
            (edges[first], edges[behind] - edges[first])
            for true, first, behind in runs(tokens.astype(np.uint8))
            if true
        ]
        axes.broken_barh(stretches, (down[0], down[1] - down[0]), **look.fill())


def _write_label(axes: Axes, label: Label, top_px: float, *, colour: str = INK) -> None:
    y_px = top_px + BAR_PX / 2
    write(axes, label.words, label.text_px, y_px, colour=colour, size_px=LABEL_PX, bold=True)
