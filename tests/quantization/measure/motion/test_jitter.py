"""Lag and jitter of tracks whose lag and jitter are known."""

import numpy as np
import pytest

from appliance.domain.arrays import Float64Array
from quantization.measure.motion.jitter import Motion, jitter, jitter_at_equal_lag, lag_frames

FRAMES = np.arange(400, dtype=np.float64)


def swaying(behind: float = 0.0) -> Float64Array:
    """Return (400, 1, 2) a slow sway, as it was ``behind`` frames ago."""
    time = FRAMES - behind
    return np.stack([np.sin(time / 30), np.cos(time / 45)], axis=1)[:, None]


def motion(*, behind: float = 0.0, noise: float = 0.0, offset: float = 0.0) -> Motion:
    """Return a track with the given faults."""
    trembling = np.random.default_rng(7).normal(0, 1, (len(FRAMES), 1, 2))
    return Motion(track=swaying(behind) + offset + noise * trembling, truth=swaying())


@pytest.mark.parametrize("behind", [0.0, 0.5, 3.0])
def test_the_lag_is_found(behind: float) -> None:
    """Whatever the constant offset of the joint."""
    assert lag_frames([motion(behind=behind, offset=0.3)]) == pytest.approx(behind, abs=0.051)


def test_jitter_is_the_noise_and_not_the_motion() -> None:
    """The second difference of white noise is its deviation times the root of 1 + 4 + 1."""
    smooth, rough = motion(behind=2.0), motion(behind=2.0, noise=0.01)

    assert jitter([smooth], lag_frames=2.0) < 1e-5
    assert jitter([rough], lag_frames=2.0) == pytest.approx(0.01 * 6**0.5, rel=0.1)


@pytest.mark.parametrize("frames", [0.5, 1.0, 2.5])
def test_a_delay_is_as_long_as_asked_and_steadier(frames: float) -> None:
    """Slow motion comes later by the mean delay of the filter."""
    rough = motion(noise=0.01)
    late = rough.delayed(frames)

    assert lag_frames([motion().delayed(frames)]) == pytest.approx(frames, abs=0.051)
    assert jitter([late], lag_frames=frames) < jitter([rough], lag_frames=0.0)


def test_no_delay_changes_nothing() -> None:
    """The filter with weight one."""
    rough = motion(noise=0.01)

    np.testing.assert_array_equal(rough.delayed(0.0).track, rough.track)


def test_who_bought_steadiness_with_lag_is_not_better_at_equal_lag() -> None:
    """The same estimate, filtered by 2 frames, ties with the raw one; a rougher one loses."""
    raw = motion(noise=0.01)
    filtered = raw.delayed(2.0)
    rougher = motion(noise=0.02)

    assert jitter([filtered], lag_frames=2.0) < 0.5 * jitter([raw], lag_frames=0.0)
    one, other = jitter_at_equal_lag([raw], [filtered])
    assert 0.5 < one / other < 2
    one, other = jitter_at_equal_lag([rougher], [raw])
    assert one / other == pytest.approx(2, rel=0.1)


def test_seats_are_pooled() -> None:
    """One steady and one trembling seat: the mean of the squares."""
    rough, steady = motion(noise=0.02), motion()

    assert jitter([rough, steady], lag_frames=0.0) == pytest.approx(
        jitter([rough], lag_frames=0.0) / 2**0.5, rel=0.01
    )
