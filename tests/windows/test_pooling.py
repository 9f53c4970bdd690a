"""Pooling counts the used slots and nothing else."""

import numpy as np
import pytest

from appliance.domain.tokens import PROJECTION_SIZE
from appliance.errors import ShapeError
from appliance.windows.pooling import FrameCue, TokenFrames, pool_max, pool_mean

VALUES = np.array([[1.0, 4.0, np.nan], [2.0, 8.0, 32.0], [5.0, 5.0, 5.0]], dtype=np.float32)
USED = np.array([[True, True, False], [False, True, True], [False, False, False]])


def test_mean_and_max_ignore_unused_slots() -> None:
    """Also when an unused slot holds a NaN; a row without any frame is 0."""
    np.testing.assert_array_equal(pool_mean(VALUES, USED), [2.5, 20, 0])
    np.testing.assert_array_equal(pool_max(VALUES, USED), [4, 32, 0])


def test_the_mean_keeps_the_trailing_axes() -> None:
    """Landmarks are pooled point by point."""
    values = np.arange(12, dtype=np.float32).reshape(1, 2, 3, 2)

    pooled = pool_mean(values, np.array([[True, True]]))

    np.testing.assert_array_equal(pooled, values.mean(axis=1))


def test_frames_of_different_counts_are_refused() -> None:
    """The message names the field that disagrees."""
    flags = np.zeros((1, 3), dtype=np.bool_)
    with pytest.raises(ShapeError, match=r"TokenFrames.cues: expected shape \(R, K, 8\)"):
        TokenFrames(
            times_s=np.zeros((1, 3)),
            pose_ran=flags,
            pose_seen=flags,
            points=np.zeros((1, 3, 33, 4), dtype=np.float32),
            expression_ran=flags,
            face_seen=flags,
            eyes_readable=flags,
            projection=np.zeros((1, 3, PROJECTION_SIZE), dtype=np.float32),
            cues=np.zeros((1, 2, len(FrameCue)), dtype=np.float32),
        )
