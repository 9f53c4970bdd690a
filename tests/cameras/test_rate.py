"""The mean rate is the wanted one, whatever the feed does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.cameras.rate import EARLY, RateCap


def kept(cap: RateCap, times: list[float]) -> list[float]:
    """Return the times that are due."""
    return [at_s for at_s in times if cap.due(at_s)]


def test_frame_at_the_early_limit_is_due() -> None:
    """A quarter of a period early is still on time; any earlier is not."""
    limit = 1.0 - EARLY

    assert kept(RateCap(1.0), [0.0, limit]) == [0.0, limit]
    assert kept(RateCap(1.0), [0.0, limit - 2**-20]) == [0.0]


def test_jitter_costs_no_frame() -> None:
    """A feed at the wanted rate with late and early frames is kept whole."""
    times = [index + jitter for index, jitter in enumerate([0.0, 0.2, -0.2, 0.1, -0.1] * 4)]

    assert kept(RateCap(1.0), times) == times


def test_gap_is_followed_by_no_burst() -> None:
    """What was missed is not made up for."""
    times = [0.0, 1.0, 9.0, 9.25, 9.5, 10.0]

    assert kept(RateCap(1.0), times) == [0.0, 1.0, 9.0, 10.0]


def test_restart_makes_the_next_frame_due() -> None:
    """After a reconnect the first frame is wanted at once."""
    cap = RateCap(1.0)
    cap.due(0.0)
    cap.restart()

    assert cap.due(0.125)


def test_no_limit_keeps_everything() -> None:
    """Without a rate all frames pass."""
    assert kept(RateCap(None), [0.0, 0.001, 0.002]) == [0.0, 0.001, 0.002]


@given(
    fps=st.floats(min_value=1, max_value=30),
    feed_hz=st.floats(min_value=1, max_value=120),
)
def test_mean_rate_is_the_smaller_of_both(fps: float, feed_hz: float) -> None:
    """Over 200 frames the kept number is that of the slower rate, give or take the ends."""
    times = [index / feed_hz for index in range(200)]

    expected = 200 * min(1.0, fps / feed_hz)

    # A feed up to a quarter of a period faster than the grid is slowed down frame by frame.
    assert len(kept(RateCap(fps), times)) == pytest.approx(expected, abs=2)
