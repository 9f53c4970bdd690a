"""Landmark decoding, refinement and projection, on numbers made by hand."""

import math

import numpy as np
import pytest

from appliance.domain.arrays import Float32Array
from appliance.perception.blazepose.landmarks import (
    decode_landmarks,
    project_landmarks,
    refine_landmarks,
)
from appliance.perception.squares import Square

CERTAIN = 20.0
IMPOSSIBLE = -20.0


def at(x: float, y: float) -> Float32Array:
    """Put all landmarks at one place of the input."""
    landmarks = np.zeros((39, 5), dtype=np.float32)
    landmarks[:, :2] = x, y
    return landmarks


def heatmap(*cells: tuple[int, int, float]) -> Float32Array:
    """Build a heat map of landmark 0 with (column, row, logit); impossible elsewhere."""
    logits = np.full((64, 64, 39), IMPOSSIBLE, dtype=np.float32)
    for column, row, logit in cells:
        logits[row, column, 0] = logit
    return logits


def test_decodes_pixels_and_logits() -> None:
    """Coordinates in sides of the input, visibility and presence as probabilities."""
    raw = np.zeros((39, 5), dtype=np.float32)
    raw[1] = [256, 128, -64, 0, math.log(3)]
    decoded = decode_landmarks(raw.ravel())

    np.testing.assert_allclose(decoded[1], [1, 0.5, -0.25, 0.5, 0.75], atol=1e-6)


def test_decoding_leaves_the_model_output_alone() -> None:
    """The array belongs to the caller."""
    raw = np.full(195, 256, dtype=np.float32)
    decode_landmarks(raw)

    assert (raw == 256).all()


def test_refines_to_the_centre_of_gravity() -> None:
    """Two certain cells beside each other: the point goes half-way between them."""
    refined = refine_landmarks(at(0.5, 0.5), heatmap((33, 30, CERTAIN), (34, 30, CERTAIN)))

    np.testing.assert_allclose(refined.landmarks[0, :2], [33.5 / 64, 30 / 64], atol=1e-5)


def test_refinement_needs_one_half() -> None:
    """A best cell of exactly one half moves the point, one just below does not."""
    enough = refine_landmarks(at(0.5, 0.5), heatmap((33, 30, 0.0)))
    short = refine_landmarks(at(0.5, 0.5), heatmap((33, 30, -0.001)))

    np.testing.assert_allclose(enough.landmarks[0, :2], [33 / 64, 30 / 64], atol=1e-5)
    assert short.landmarks[0, :2].tolist() == [0.5, 0.5]


def test_refinement_looks_three_cells_far() -> None:
    """The kernel is seven cells wide: 32 + 3 is seen, 32 + 4 is not."""
    near = refine_landmarks(at(0.5, 0.5), heatmap((35, 32, CERTAIN)))
    far = refine_landmarks(at(0.5, 0.5), heatmap((36, 32, CERTAIN)))

    np.testing.assert_allclose(near.landmarks[0, 0], 35 / 64, atol=1e-5)
    assert far.landmarks[0, 0] == 0.5


def test_refinement_does_not_wrap_around_the_edge() -> None:
    """At the left edge the kernel ends; the right edge's heat is not seen."""
    refined = refine_landmarks(at(0.0, 0.5), heatmap((0, 32, CERTAIN), (63, 32, CERTAIN)))

    np.testing.assert_allclose(refined.landmarks[0, :2], [0, 0.5], atol=1e-5)


def test_points_outside_the_region_stay() -> None:
    """There is no heat map there."""
    landmarks = at(1.5, 0.5)
    refined = refine_landmarks(landmarks, np.full((64, 64, 39), CERTAIN, dtype=np.float32))

    np.testing.assert_array_equal(refined.landmarks, landmarks)
    assert (refined.peaks == 0).all()


def test_certainty_is_the_better_of_head_and_shoulders() -> None:
    """A student who hides the face still has shoulders."""
    logits = np.full((64, 64, 39), IMPOSSIBLE, dtype=np.float32)
    logits[32, 32, 11:13] = np.log(3)
    shoulders = refine_landmarks(at(0.5, 0.5), logits)
    logits[32, 32, :11] = CERTAIN

    assert shoulders.certainty == pytest.approx(0.75)
    assert refine_landmarks(at(0.5, 0.5), logits).certainty == pytest.approx(1)


def test_projects_with_rotation_and_depth() -> None:
    """A quarter turn: the region's right is the picture's down; z is in pixels."""
    region = Square(centre_xy=(100, 200), side_px=80, rotation_rad=math.pi / 2)
    landmarks = np.array([[1.0, 0.5, 0.25, 0.75, 0.9]], dtype=np.float32)

    np.testing.assert_allclose(
        project_landmarks(landmarks, region), [[100, 240, 20, 0.75]], atol=1e-4
    )
