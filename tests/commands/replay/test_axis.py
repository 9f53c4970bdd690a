"""Times are told as on a clock, and what is drawn is smoothed but not made up."""

import numpy as np
import pytest

from appliance.commands.replay.axis import clock, runs, smooth_known, ticks_s
from appliance.commands.replay.recording import Cover
from tests.support.recordings import make_track

FOCUSED = (1.0, 0.0, 0.0, 0.0)
BORED = (0.0, 0.0, 0.0, 1.0)


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
    ticks = ticks_s(duration_s)

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


def test_smoothing_is_a_mean_of_five_seconds() -> None:
    """Twelve tokens on both sides and no more."""
    track = make_track((4.0, FOCUSED), (4.0, BORED))

    smooth = smooth_known(track.probabilities)

    assert smooth[7, 0] == 1.0  # sees tokens up to 19
    assert smooth[8, 3] == pytest.approx(1 / 21)  # its window begins with the clip
    assert smooth[19, 3] == pytest.approx(12 / 25)
    assert smooth[20, 0] == pytest.approx(12 / 25)
    assert smooth[32, 0] == 0.0


def test_smoothing_leaves_gaps_alone() -> None:
    """What is not known stays so and adds nothing to its neighbours."""
    track = make_track((0.4, FOCUSED), (0.2, Cover.UNKNOWN), (0.4, FOCUSED))

    smooth = smooth_known(track.probabilities)

    assert np.isnan(smooth[2]).all()
    assert smooth[[0, 1, 3, 4], 0].tolist() == [1.0] * 4


def test_a_short_recording_is_smoothed_over_all_of_it() -> None:
    """Fewer tokens than the mean reaches over."""
    smooth = smooth_known(make_track((0.2, FOCUSED), (0.2, BORED)).probabilities)

    assert smooth.tolist() == [[0.5, 0.0, 0.0, 0.5]] * 2


def test_runs_cover_everything_once() -> None:
    """Value, first, behind."""
    assert runs(np.array([3, 3, 1, 3], dtype=np.uint8)) == [(3, 0, 2), (1, 2, 3), (3, 3, 4)]
