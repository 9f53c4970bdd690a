"""The body's region, on geometry made by hand."""

import math

import numpy as np
import pytest

from appliance.perception.blazepose.regions import region_from_alignment
from appliance.perception.squares import Square, wrapped_rad


def points(*xy: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Build one point."""
    return np.array(xy, dtype=np.float32)


def test_an_upright_body_is_not_turned() -> None:
    """The head above the hips: no rotation, twice the distance, a quarter more."""
    region = region_from_alignment(points(100, 200), points(100, 120))

    assert region.centre_xy == (100, 200)
    assert region.side_px == 2 * 80 * 1.25
    assert region.rotation_rad == pytest.approx(0)


@pytest.mark.parametrize(
    ("head", "degrees"),
    [
        pytest.param((180, 200), 90, id="head-to-the-right"),
        pytest.param((20, 200), -90, id="head-to-the-left"),
        pytest.param((180, 120), 45, id="leaning-right"),
        pytest.param((100, 280), -180, id="upside-down"),
    ],
)
def test_the_region_turns_with_the_body(head: tuple[float, float], degrees: float) -> None:
    """Positive is clockwise in the picture."""
    region = region_from_alignment(points(100, 200), points(*head))

    assert math.degrees(region.rotation_rad) == pytest.approx(degrees, abs=1e-4)


def test_corners_follow_the_turn() -> None:
    """Turned by a quarter clockwise, the square's top left is the picture's top right."""
    square = Square(centre_xy=(10, 20), side_px=4, rotation_rad=math.pi / 2)

    np.testing.assert_allclose(square.corners(), [[12, 18], [12, 22], [8, 22], [8, 18]], atol=1e-9)


def test_the_matrix_maps_corners_to_corners() -> None:
    """Input (0, 0) is the square's corner and the input's far corner is the opposite one."""
    square = Square(centre_xy=(10, 20), side_px=4, rotation_rad=0)
    matrix = square.to_picture(input_px=256)

    np.testing.assert_allclose(matrix @ [0, 0, 1], [8, 18])
    np.testing.assert_allclose(matrix @ [256, 256, 1], [12, 22])


def test_a_square_goes_on_as_it_came() -> None:
    """Half a step further: by half the way, by the root of the growth, across the half turn."""
    before = Square(centre_xy=(10, 20), side_px=4, rotation_rad=math.radians(170))
    square = Square(centre_xy=(14, 18), side_px=16, rotation_rad=math.radians(-170))
    further = square.moved_on(before, steps=0.5)

    assert further.centre_xy == (16, 17)
    assert further.side_px == pytest.approx(32)
    assert math.degrees(further.rotation_rad) == pytest.approx(-160)


@pytest.mark.parametrize(
    ("angle", "expected"),
    [
        pytest.param(math.pi, -math.pi, id="the-upper-end-is-open"),
        pytest.param(-math.pi, -math.pi, id="the-lower-end-is-closed"),
        pytest.param(2.5 * math.pi, math.pi / 2, id="more-than-a-turn"),
    ],
)
def test_angles_wrap(angle: float, expected: float) -> None:
    """[-pi, pi)."""
    assert wrapped_rad(angle) == pytest.approx(expected)
