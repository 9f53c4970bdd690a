"""What a seat's panel shows, pixel by pixel where it matters."""

import itertools
from typing import Any

import numpy as np
import pytest

from appliance.commands.drawing.canvas import text_width_px
from appliance.commands.replay.colours import NOTHING, UNKNOWN, UNKNOWN_STRIPE, state_colour
from appliance.commands.replay.panel import (
    ACTION_NAMES,
    AREA_PX,
    BAND_PX,
    BAR_PX,
    GAP_PX,
    LEFT_PX,
    ROW_PX,
    TITLE_PX,
    WIDTH_PX,
    Placed,
    draw_panel,
    panel_axis,
    place_episodes,
    place_measures,
)
from appliance.commands.replay.recording import Cover, Recording
from appliance.domain.affect import Affect
from appliance.domain.arrays import UInt8Array
from appliance.domain.interventions import Action
from tests.support.recordings import (
    FATIGUED,
    make_episode,
    make_measure,
    make_recording,
    make_track,
)

BARS_PX = TITLE_PX + AREA_PX + GAP_PX + BAND_PX + GAP_PX
"""Top of the warnings in a panel without actions."""


def panel_of(recording: Recording) -> UInt8Array:
    """Draw the first seat."""
    return draw_panel(recording, recording.tracks[0])


def column_at(recording: Recording, at_s: float) -> int:
    """Return the pixel column of a time."""
    return int(panel_axis(recording).x_px(at_s))


def area(panel: UInt8Array, x: int | slice) -> UInt8Array:
    """Return one or more columns of the area of a panel without actions, without its frame."""
    return panel[TITLE_PX + 1 : TITLE_PX + AREA_PX - 1, x]


def test_heights_are_probabilities() -> None:
    """Fatigued fills half of the column from below, bored a quarter above it, and so on."""
    recording = make_recording(theta=None)

    column = panel_of(recording)[TITLE_PX : TITLE_PX + AREA_PX, column_at(recording, 50)]

    from_top = [("focused", 15), ("confused", 15), ("bored", 30), ("fatigued", 60)]
    row = 0
    for state, height in from_top:
        inner = column[row + 1 : row + height - 1]
        assert (inner == state_colour(state)).all(), state
        row += height
    assert row == AREA_PX


@pytest.mark.parametrize(
    ("cover", "colours"),
    [
        pytest.param(Cover.UNKNOWN, {UNKNOWN, UNKNOWN_STRIPE}, id="unknown"),
        pytest.param(Cover.NOTHING, {NOTHING}, id="nobody"),
    ],
)
def test_what_nobody_knows_has_no_state(cover: Cover, colours: set[Any]) -> None:
    """Grey to the very column, striped where somebody is there, and never a state's colour."""
    recording = make_recording(make_track((40, FATIGUED), (20, cover), (40, FATIGUED)), theta=None)
    panel = panel_of(recording)
    first, behind = column_at(recording, 40), column_at(recording, 60)

    inside = area(panel, slice(first + 1, behind - 1)).reshape(-1, 3)
    found = {tuple(pixel) for pixel in inside.tolist()}
    assert colours <= found
    states = {state_colour(affect.value) for affect in Affect}
    assert not found & states
    assert state_colour("fatigued") in {tuple(p) for p in area(panel, first - 2).tolist()}
    assert state_colour("fatigued") in {tuple(p) for p in area(panel, behind + 2).tolist()}


def test_a_warning_stands_where_it_was() -> None:
    """Striped from the onset, full from the raising to the clearing, nothing outside."""
    recording = make_recording(episodes=(make_episode(),))
    panel = panel_of(recording)
    middle = panel[BARS_PX + BAR_PX // 2]
    top = panel[BARS_PX + 1]
    colour = np.array(state_colour("fatigued"))
    onset, raised, cleared = (column_at(recording, at_s) for at_s in (10, 40, 80))

    full = (top == colour).all(axis=1)
    assert full[raised + 3 : cleared - 1].all()
    assert not full[: raised - 1].any()
    assert not full[cleared + 2 :].any()
    striped = (middle == colour).all(axis=1)[onset + 3 : raised - 2]
    assert 0.05 < striped.mean() < 0.6
    assert (middle[LEFT_PX : onset - 1] == 255).all()


def test_an_open_warning_lasts_to_the_end() -> None:
    """Nobody knows when it would have cleared."""
    recording = make_recording(episodes=(make_episode(cleared_s=None),))

    row = panel_of(recording)[BARS_PX + 1]

    assert (row[column_at(recording, 99.5)] == state_colour("fatigued")).all()


def test_an_onset_before_the_recording_stays_inside() -> None:
    """A stored recording may begin in the middle of an episode."""
    recording = make_recording(episodes=(make_episode(onset_s=-30.0),))

    row = panel_of(recording)[BARS_PX + BAR_PX // 2]

    assert (row[LEFT_PX - 4 : LEFT_PX - 1] == 255).all()
    assert (row[LEFT_PX] < 64).all()


def test_a_long_focus_is_hollow() -> None:
    """It is no warning, and nobody is told."""
    recording = make_recording(episodes=(make_episode(affect=Affect.FOCUSED),))
    panel = panel_of(recording)
    x = column_at(recording, 78)

    assert (panel[BARS_PX + 1, x] == state_colour("focused")).all()
    assert (panel[BARS_PX + BAR_PX // 2, x] == 255).all()


def test_other_seats_stay_on_their_panel() -> None:
    """A warning of another seat leaves no mark."""
    quiet = make_recording()
    recording = make_recording(
        episodes=(make_episode(seat="b02"),), measures=(make_measure(seat="b02"),)
    )

    assert (panel_of(recording) == panel_of(quiet)).all()


def test_an_action_is_marked_at_its_time() -> None:
    """The tip of a dark triangle over the area, and its line through it."""
    recording = make_recording(measures=(make_measure(),))
    panel = panel_of(recording)
    x = column_at(recording, 50)
    area_px = TITLE_PX + ROW_PX + 4

    assert (panel[area_px - 12, x - 2 : x + 3] < 64).all()
    assert panel[area_px + AREA_PX // 2, x].max() < 160


def test_an_action_that_nobody_got_says_so() -> None:
    """A command that expired looks like no other; one that succeeded needs no words."""
    axis = panel_axis(make_recording())

    widths = [
        one.to_px - one.from_px
        for answer in ("", "succeeded", "expired")
        for one in place_measures([make_measure(answer=answer)], axis)
    ]

    assert widths[0] == widths[1] < widths[2]


def spans(placed: list[Placed]) -> list[tuple[int, float, float]]:
    """Return row, left and right end of each label."""
    return [(one.row, one.from_px, one.to_px) for one in placed]


@pytest.mark.parametrize("gap_s", [0.0, 1.0, 4.0, 9.5])
def test_names_never_overlap(gap_s: float) -> None:
    """However close together, and at the right edge too."""
    recording = make_recording()
    axis = panel_axis(recording)
    times = [max(0.0, 100.0 - gap_s * index) for index in range(6)][::-1]
    measures = [
        make_measure(at_s=at_s, action=action)
        for at_s, action in zip(times, ACTION_NAMES, strict=False)
    ]
    episodes = [make_episode(raised_s=at_s, onset_s=at_s, cleared_s=None) for at_s in times]

    for placed in (place_measures(measures, axis), place_episodes(episodes, axis)):
        for one, other in itertools.combinations(spans(placed), 2):
            assert one[0] != other[0] or one[2] <= other[1] or other[2] <= one[1]
        assert all(one.text_px >= 0 for one in placed)
        assert all(one.to_px <= WIDTH_PX for one in placed)


def test_a_line_crosses_no_name() -> None:
    """Of two actions close together the earlier has the higher name."""
    recording = make_recording()
    early, late = place_measures(
        [make_measure(at_s=50.0), make_measure(at_s=51.0, action=Action.CONTACT_TEACHER)],
        panel_axis(recording),
    )

    assert (early.row, late.row) == (1, 0)


def test_every_action_has_a_short_name() -> None:
    """A name is no wider than two minutes of a lesson of 45."""
    assert set(ACTION_NAMES) == set(Action)
    assert all(text_width_px(name, size_px=14) < 110 for name in ACTION_NAMES.values())


def test_fatigue_only_shows_two_states() -> None:
    """No colour of another state is on the panel."""
    track = make_track((100, (0.25, 0.75)), states=2)
    recording = make_recording(
        track, states=("alert", "fatigued"), episodes=(make_episode(),), theta=None
    )
    panel = panel_of(recording)

    pixels = {tuple(pixel) for pixel in panel.reshape(-1, 3).tolist()}
    assert state_colour("fatigued") in pixels
    assert state_colour("alert") in pixels
    assert not pixels & {state_colour("confused"), state_colour("bored")}
