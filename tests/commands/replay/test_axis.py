"""Times fall on pixels and tokens on columns exactly."""

import numpy as np
import pytest

from appliance.commands.replay.axis import TimeAxis, clock, pool_columns, runs, smooth_known
from appliance.commands.replay.recording import Cover
from tests.support.recordings import FATIGUED, make_track

FOCUSED = (1.0, 0.0, 0.0, 0.0)
BORED = (0.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ("at_s", "x_px"),
    [
        pytest.param(0.0, 100.0, id="beginning"),
        pytest.param(50.0, 500.0, id="middle"),
        pytest.param(100.0, 900.0, id="end"),
        pytest.param(-5.0, 100.0, id="before"),
        pytest.param(101.0, 900.0, id="behind"),
    ],
)
def test_a_time_has_its_place(at_s: float, x_px: float) -> None:
    """The stretch is divided evenly, and what lies outside stands on its edge."""
    assert TimeAxis(duration_s=100.0, left_px=100, width_px=800).x_px(at_s) == x_px


@pytest.mark.parametrize(
    ("duration_s", "step", "last"),
    [
        pytest.param(12.8, 1, 12, id="seconds"),
        pytest.param(13.0, 2, 12, id="next-step"),
        pytest.param(399.8, 60, 360, id="demo"),
        pytest.param(2700.0, 300, 2700, id="lesson"),
        pytest.param(40 * 3600.0, 7200, 40 * 3600, id="longest"),
    ],
)
def test_labels_are_round_and_few(duration_s: float, step: int, last: int) -> None:
    """The smallest readable step that leaves room between the labels."""
    ticks = TimeAxis(duration_s=duration_s, left_px=0, width_px=100).ticks_s()

    assert ticks[0] == 0
    assert ticks[1] == step
    assert ticks[-1] == last


@pytest.mark.parametrize(
    ("at_s", "words"),
    [
        (0.0, "0:00"),
        (59.8, "0:59"),
        (59.99999999, "1:00"),
        (247.4, "4:07"),
        (4500.0, "75:00"),
        (-61.0, "-1:01"),
        (-0.2, "0:00"),
    ],
)
def test_times_are_minutes_and_seconds(at_s: float, words: str) -> None:
    """Whole seconds, cut and not rounded, as on a clock."""
    assert clock(at_s) == words


def test_each_token_gets_its_columns() -> None:
    """Two tokens on six columns: three each."""
    track = make_track((0.2, Cover.UNKNOWN), (0.2, FATIGUED))

    columns = pool_columns(track, columns=6)

    assert columns.cover.tolist() == [Cover.UNKNOWN] * 3 + [Cover.KNOWN] * 3
    assert columns.leading.tolist() == [4, 4, 4, 2, 2, 2]
    assert np.isnan(columns.probabilities[:3]).all()
    assert columns.probabilities[3:].tolist() == [list(FATIGUED)] * 3


def test_a_column_shows_what_most_of_its_tokens_say() -> None:
    """Three unknown tokens against two; then the mean of those that are known."""
    mostly_unknown = make_track((0.4, FATIGUED), (0.6, Cover.UNKNOWN))
    mostly_known = make_track((0.6, FATIGUED), (0.4, Cover.UNKNOWN))

    assert pool_columns(mostly_unknown, columns=1).cover.tolist() == [Cover.UNKNOWN]
    known = pool_columns(mostly_known, columns=1)
    assert known.cover.tolist() == [Cover.KNOWN]
    assert known.probabilities.tolist() == [list(FATIGUED)]


def test_no_token_is_lost_or_counted_twice() -> None:
    """Every column of a long recording is the mean of exactly its own tokens."""
    track = make_track((12.0, FOCUSED), (12.0, BORED))

    columns = pool_columns(track, columns=8)

    # 15 tokens each; the smoothing of 2.4 s reaches over one column's border.
    assert columns.leading.tolist() == [0, 0, 0, 0, 3, 3, 3, 3]
    assert columns.probabilities.sum(axis=1) == pytest.approx(np.ones(8))
    assert columns.probabilities[:, 3].sum() == pytest.approx(4.0)


def test_smoothing_is_a_mean_of_five_seconds() -> None:
    """Twelve tokens on both sides and no more."""
    track = make_track((4.0, FOCUSED), (4.0, BORED))

    smooth = smooth_known(track.probabilities)

    assert smooth[7, 0] == 1.0  # sees tokens up to 19
    assert smooth[8, 3] == np.float32(1 / 21)  # its window begins with the clip
    assert smooth[19, 3] == np.float32(12 / 25)
    assert smooth[20, 0] == np.float32(12 / 25)
    assert smooth[32, 0] == 0.0


def test_smoothing_leaves_gaps_alone() -> None:
    """What is not known stays so and adds nothing to its neighbours."""
    track = make_track((0.4, FOCUSED), (0.2, Cover.UNKNOWN), (0.4, FOCUSED))

    smooth = smooth_known(track.probabilities)

    assert np.isnan(smooth[2]).all()
    assert smooth[[0, 1, 3, 4], 0].tolist() == [1.0] * 4


def test_runs_cover_everything_once() -> None:
    """Value, first, behind."""
    assert runs(np.array([3, 3, 1, 3], dtype=np.uint8)) == [(3, 0, 2), (1, 2, 3), (3, 3, 4)]
