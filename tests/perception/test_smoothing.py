"""The temporal filters, against values worked out from their formulas."""

import math

import numpy as np
import pytest

from appliance.perception.blazepose.smoothing import ExponentialFilter, OneEuroFilter


def values(*numbers: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Build a sample."""
    return np.array(numbers, dtype=np.float64)


def test_the_first_sample_passes() -> None:
    """There is nothing to smooth with."""
    smooth = OneEuroFilter(min_cutoff_hz=0.05, beta=80)

    assert smooth.smooth(values(3, 4), at_s=1.0, object_scale=100).tolist() == [3, 4]


def test_the_second_sample_follows_the_formula() -> None:
    """Worked out by hand for one step of 10 px in 0.1 s on a body of 100 px."""
    smooth = OneEuroFilter(min_cutoff_hz=0.05, beta=80)
    smooth.smooth(values(0), at_s=0.0, object_scale=100)
    found = smooth.smooth(values(10), at_s=0.1, object_scale=100)

    speed = (10 / 100 / 0.1) / (1 + 10 / (2 * math.pi * 1.0))
    alpha = 1 / (1 + 10 / (2 * math.pi * (0.05 + 80 * speed)))
    assert found[0] == pytest.approx(10 * alpha)


def test_speed_is_relative_to_the_body() -> None:
    """The same step on a body twice as large is smoothed more."""
    steps = {}
    for scale in (100.0, 200.0):
        smooth = OneEuroFilter(min_cutoff_hz=0.05, beta=80)
        smooth.smooth(values(0), at_s=0.0, object_scale=scale)
        steps[scale] = smooth.smooth(values(10), at_s=0.1, object_scale=scale)[0]

    assert 0 < steps[200.0] < steps[100.0] < 10


def test_coordinates_do_not_influence_each_other() -> None:
    """One that rests stays at rest while another runs."""
    smooth = OneEuroFilter(min_cutoff_hz=0.05, beta=80)
    for step in range(5):
        found = smooth.smooth(values(7, 50 * step), at_s=step / 10, object_scale=100)

    assert found[0] == pytest.approx(7, abs=1e-12)


@pytest.mark.parametrize(
    ("at_s", "scale"),
    [
        pytest.param(1.0, 100.0, id="time-stands-still"),
        pytest.param(0.5, 100.0, id="time-goes-back"),
        pytest.param(1.1, 0.0, id="no-body-size"),
    ],
)
def test_a_sample_that_cannot_be_filtered_passes(at_s: float, scale: float) -> None:
    """As in MediaPipe; no division by zero."""
    smooth = OneEuroFilter(min_cutoff_hz=0.05, beta=80)
    smooth.smooth(values(0), at_s=1.0, object_scale=100)

    assert smooth.smooth(values(10), at_s=at_s, object_scale=scale).tolist() == [10]


def test_reset_forgets() -> None:
    """The next sample passes, and time may start again."""
    smooth = OneEuroFilter(min_cutoff_hz=0.05, beta=80)
    smooth.smooth(values(0), at_s=5.0, object_scale=100)
    smooth.reset()

    assert smooth.smooth(values(10), at_s=0.0, object_scale=100).tolist() == [10]


def test_exponential_filter_blends_with_its_own_past() -> None:
    """1, then 0.25 of 3 and 0.75 of 1, then a quarter of 0."""
    smooth = ExponentialFilter(alpha=0.25)

    assert [smooth.smooth(values(x))[0] for x in (1, 3, 0)] == [1, 1.5, 1.125]


def test_exponential_filter_forgets() -> None:
    """After a reset the next sample passes."""
    smooth = ExponentialFilter(alpha=0.25)
    smooth.smooth(values(1))
    smooth.reset()

    assert smooth.smooth(values(3)).tolist() == [3]
