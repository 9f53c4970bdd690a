"""Anchors follow the order of the detectors' outputs."""

import numpy as np
import pytest

from appliance.perception.blazepose.anchors import (
    FACE_INPUT_PX,
    FACE_STRIDES,
    POSE_INPUT_PX,
    POSE_STRIDES,
    anchor_centres,
)


@pytest.mark.parametrize(
    ("input_px", "strides", "count"),
    [
        pytest.param(POSE_INPUT_PX, POSE_STRIDES, 2254, id="pose"),
        pytest.param(FACE_INPUT_PX, FACE_STRIDES, 896, id="face"),
    ],
)
def test_there_is_one_anchor_per_output(
    input_px: int, strides: tuple[int, ...], count: int
) -> None:
    """The models' second axis fixes the number."""
    assert anchor_centres(input_px=input_px, strides=strides).shape == (count, 2)


def test_cells_run_along_rows_with_two_anchors_each() -> None:
    """One layer of two by two cells, x fastest."""
    centres = anchor_centres(input_px=16, strides=(8,))

    assert centres.tolist() == [
        [0.25, 0.25],
        [0.25, 0.25],
        [0.75, 0.25],
        [0.75, 0.25],
        [0.25, 0.75],
        [0.25, 0.75],
        [0.75, 0.75],
        [0.75, 0.75],
    ]


def test_layers_of_one_stride_share_their_cells() -> None:
    """Two layers of stride 8 give four anchors per cell before the next cell begins."""
    centres = anchor_centres(input_px=16, strides=(8, 8))

    np.testing.assert_array_equal(centres[:4], [[0.25, 0.25]] * 4)
    assert centres[4].tolist() == [0.75, 0.25]
    assert len(centres) == 16


def test_a_cell_that_sticks_out_counts() -> None:
    """A side that the stride does not divide is rounded up."""
    assert len(anchor_centres(input_px=17, strides=(8,))) == 2 * 9
