"""Groups are compared with the same people, and misses are named."""

import numpy as np
import pytest

from appliance.domain.arrays import Float64Array
from appliance.domain.observations import FACE_ACTIONS
from training.evaluate.groups import compare_pairs, find_misses, perclos, with_ratios
from training.evaluate.seat_eye import SeenFaces
from training.evaluate.usable_heights import Row

FPS = 15.0
LIDS = np.array([0.0] * 32 + [1.0] * 8)


def seen(blink: Float64Array, *, trust: float = 1.0, readable: bool = True) -> SeenFaces:
    """Return what the box saw of one person."""
    actions = np.zeros((len(blink), len(FACE_ACTIONS)), dtype=np.float32)
    actions[:, :2] = blink[:, None]
    return SeenFaces(
        trust=np.full(len(blink), trust),
        eyes_readable=np.full(len(blink), readable),
        actions=actions,
    )


def test_perclos_of_repeated_frames_is_their_share() -> None:
    """A fifth of the frames closed: .2, pulled by the prior of 10 s at .05 to .18."""
    blink = 0.1 + 0.8 * LIDS

    said = perclos(blink, np.ones(40, dtype=np.bool_), fps=FPS)

    assert said == pytest.approx((0.2 * 60 + 0.05 * 10) / 70, abs=0.005)


def test_eyes_that_are_never_readable_have_no_perclos() -> None:
    """The prior is no reading."""
    assert np.isnan(perclos(LIDS, np.zeros(40, dtype=np.bool_), fps=FPS))


def test_a_person_compared_with_oneself_does_not_shift() -> None:
    """The baseline against itself: no shift, presence of all frames, r of 1."""
    mine = [seen(LIDS)]
    row = compare_pairs(mine, mine, [FPS], [LIDS])

    assert row["perclos_shift"] == 0.0
    assert row["presence"] == 1.0
    assert row["blink_r"] == pytest.approx(1.0)
    assert (row["blink_open"], row["blink_closed"]) == (0.0, 1.0)


def test_closures_that_are_not_seen_shift_perclos_down() -> None:
    """Glare that holds the score still leaves nothing of PERCLOS."""
    row = compare_pairs([seen(np.full(40, 0.5))], [seen(LIDS)], [FPS], [LIDS])

    shift = row["perclos_shift"]
    assert isinstance(shift, float)
    assert shift < -0.1


def test_masked_eyes_are_no_shift() -> None:
    """A group whose eyes are masked has no PERCLOS; that is told apart from a wrong one."""
    row = compare_pairs([seen(LIDS, readable=False)], [seen(LIDS)], [FPS], [LIDS])

    assert row["perclos_shift"] is None
    assert row["eyes_readable"] == 0.0


def test_a_long_clip_weighs_more_than_a_short_one() -> None:
    """The same shift of one person counts three times with three times the frames."""
    still, moving = np.full(40, 0.5), LIDS
    long_still, long_moving = np.tile(still, 3), np.tile(moving, 3)
    rates, truth = [FPS, FPS], [long_moving, moving]
    bare = [seen(long_moving), seen(moving)]

    long_off = compare_pairs([seen(long_still), seen(moving)], bare, rates, truth)
    short_off = compare_pairs([seen(long_moving), seen(still)], bare, rates, truth)

    assert long_off["perclos_shift"] == pytest.approx(3 * number(short_off["perclos_shift"]))


def number(value: float | str | None) -> float:
    """Narrow a cell of a row."""
    assert isinstance(value, float)
    return value


def test_presence_is_compared_with_the_best_group() -> None:
    """.9 against .6: two thirds."""
    rows = with_ratios([{"group": "a", "presence": 0.6}, {"group": "b", "presence": 0.9}])

    assert [row["presence_ratio"] for row in rows] == [pytest.approx(2 / 3), 1.0]


@pytest.mark.parametrize(
    ("ratio", "shift", "misses"),
    [
        pytest.param(0.95, 0.02, [], id="on the bars"),
        pytest.param(0.9375, 0.0, ["x, g: presence 0.94 of the best"], id="seen less often"),
        pytest.param(1.0, -0.03125, ["x, g: PERCLOS -0.031"], id="closures not seen"),
        pytest.param(1.0, None, ["x, g: no eyes readable, PERCLOS masked"], id="masked"),
    ],
)
def test_a_group_beyond_a_bar_is_named(
    ratio: float, shift: float | None, misses: list[str]
) -> None:
    """On the bar is still within it."""
    row: Row = {"group": "g", "presence_ratio": ratio, "perclos_shift": shift}

    assert find_misses([row], "x") == misses
