"""Landmarks become posture by the formulas in the docstrings, by hand."""

import numpy as np
import pytest

from appliance.domain.arrays import Float32Array
from appliance.domain.observations import Landmark
from appliance.windows.pose.posture import (
    HAND_OFF_FACE,
    HAND_ON_FACE,
    MIN_SHOULDER_WIDTH_PX,
    VISIBLE,
    measure_hand_to_face,
    measure_posture,
)
from tests.support.people import upright


def turned(points: Float32Array, degrees: float) -> Float32Array:
    """Turn the whole picture clockwise about the shoulders' middle."""
    turned_points = points.copy()
    angle = np.radians(degrees)
    x, y = points[:, 0] - 300, points[:, 1] - 200
    turned_points[:, 0] = 300 + x * np.cos(angle) - y * np.sin(angle)
    turned_points[:, 1] = 200 + x * np.sin(angle) + y * np.cos(angle)
    return turned_points


def test_coordinates_start_at_the_shoulders_and_are_in_their_width() -> None:
    """Origin half-way between the shoulders, unit their distance, y downwards."""
    coordinates = measure_posture(upright()).coordinates.reshape(33, 2)

    np.testing.assert_array_equal(coordinates[Landmark.LEFT_SHOULDER], [0.5, 0])
    np.testing.assert_array_equal(coordinates[Landmark.RIGHT_SHOULDER], [-0.5, 0])
    np.testing.assert_allclose(coordinates[Landmark.NOSE], [0, -0.64], atol=1e-6)


def test_place_and_distance_of_the_camera_do_not_matter() -> None:
    """The same body elsewhere and twice as large gives the same numbers."""
    moved = upright()
    moved[:, :2] = moved[:, :2] * 2 + (17, -40)

    here, there = measure_posture(upright()), measure_posture(moved)

    np.testing.assert_allclose(there.coordinates, here.coordinates, atol=1e-6)
    np.testing.assert_allclose(there.head_pitch, here.head_pitch, atol=1e-6)
    np.testing.assert_allclose(there.hand_to_face, here.hand_to_face, atol=1e-6)
    assert there.shoulder_width_px == 2 * here.shoulder_width_px


def test_an_invisible_landmark_is_gated() -> None:
    """Visibility exactly at the threshold counts as seen, just below does not."""
    points = upright()
    points[Landmark.LEFT_WRIST, 3] = VISIBLE
    points[Landmark.RIGHT_WRIST, 3] = np.nextafter(np.float32(VISIBLE), np.float32(0))

    posture = measure_posture(points)
    coordinates = posture.coordinates.reshape(33, 2)

    np.testing.assert_allclose(coordinates[Landmark.LEFT_WRIST], [0.2, 1.0], atol=1e-6)
    np.testing.assert_array_equal(coordinates[Landmark.RIGHT_WRIST], [0, 0])
    np.testing.assert_array_equal(posture.wrists_visible, [True, False])


@pytest.mark.parametrize(
    ("width_px", "visible"),
    [
        pytest.param(MIN_SHOULDER_WIDTH_PX, True, id="at-the-limit"),
        pytest.param(MIN_SHOULDER_WIDTH_PX - 0.5, False, id="below"),
    ],
)
def test_shoulders_that_coincide_are_no_scale(width_px: float, visible: bool) -> None:
    """A profile masks everything measured in shoulder widths."""
    points = upright()
    points[Landmark.LEFT_SHOULDER, 0] = 300 + width_px / 2
    points[Landmark.RIGHT_SHOULDER, 0] = 300 - width_px / 2

    posture = measure_posture(points)

    assert bool(posture.shoulders_visible) is visible
    assert bool(posture.coordinates.any()) is visible
    assert np.isfinite(posture.coordinates).all()


def test_head_height_and_pitch_of_the_upright_person() -> None:
    """The nose is .64 shoulder widths up and .4 ear distances below the ears."""
    posture = measure_posture(upright())

    assert posture.nose_height == pytest.approx(0.64, abs=1e-6)
    assert posture.head_pitch == pytest.approx(0.4, abs=1e-6)
    assert posture.head_yaw == pytest.approx(0.0, abs=1e-6)
    assert posture.head_roll == pytest.approx(0.0, abs=1e-6)


def test_a_nod_raises_pitch_and_a_turn_to_the_left_raises_yaw() -> None:
    """Moving the nose by 10 px, a quarter ear distance, moves the proxy by a quarter."""
    nod, turn = upright(), upright()
    nod[Landmark.NOSE, 1] += 10
    turn[Landmark.NOSE, 0] += 10

    assert measure_posture(nod).head_pitch == pytest.approx(0.65, abs=1e-6)
    assert measure_posture(turn).head_yaw == pytest.approx(0.25, abs=1e-6)


def test_a_tilt_is_roll_and_nothing_else() -> None:
    """Tipping to the student's left (right in the picture) is positive; pitch and yaw stay."""
    posture = measure_posture(turned(upright(), 30))

    assert posture.head_roll == pytest.approx(np.radians(30), abs=1e-6)
    assert posture.head_pitch == pytest.approx(0.4, abs=1e-5)
    assert posture.head_yaw == pytest.approx(0.0, abs=1e-5)


@pytest.mark.parametrize(
    ("distance", "expected"),
    [
        pytest.param(0.25, 1.0, id="on-the-face"),
        pytest.param(HAND_ON_FACE, 1.0, id="at-the-inner-limit"),
        pytest.param((HAND_ON_FACE + HAND_OFF_FACE) / 2, 0.5, id="half-way"),
        pytest.param(HAND_OFF_FACE, 0.0, id="at-the-outer-limit"),
        pytest.param(2.0, 0.0, id="far"),
    ],
)
def test_hand_to_face_falls_with_distance(distance: float, expected: float) -> None:
    """Only the nearest visible hand counts."""
    relative = np.full((33, 2), 9.0, dtype=np.float32)
    relative[[Landmark.NOSE, Landmark.MOUTH_LEFT, Landmark.MOUTH_RIGHT]] = 0
    relative[Landmark.RIGHT_INDEX] = (0, distance)
    visible = np.ones(33, dtype=np.bool_)

    assert measure_hand_to_face(relative, visible) == pytest.approx(expected, abs=1e-6)
    visible[Landmark.RIGHT_INDEX] = False
    assert measure_hand_to_face(relative, visible) == 0


def test_leading_axes_are_kept() -> None:
    """A batch of postures equals the postures one by one."""
    batch = np.stack([upright(), turned(upright(), 10), turned(upright(), -20)])

    together = measure_posture(batch[None])

    assert together.coordinates.shape == (1, 3, 66)
    assert together.wrists.shape == (1, 3, 2, 2)
    for row in range(3):
        alone = measure_posture(batch[row])
        np.testing.assert_array_equal(together.coordinates[0, row], alone.coordinates)
        np.testing.assert_array_equal(together.head_roll[0, row], alone.head_roll)
