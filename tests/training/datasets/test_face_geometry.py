"""Where a face is cut out, and how its lids are drawn down."""

import math

import cv2
import numpy as np
import pytest

from appliance.domain.arrays import Float32Array, UInt8Array
from training.datasets.eyelids import LOWER_LIDS, UPPER_LIDS, WORK_SIDE, close_eyes
from training.datasets.face_teacher import (
    LEFT_EYE_OUTER,
    RAISED,
    RIGHT_EYE_OUTER,
    FaceRegion,
    region_of,
)

SKIN, EYE = 200, 40
IDENTITY = np.array([[1, 0, 0], [0, 1, 0]], dtype=np.float32)


def turned(points: Float32Array, roll: float) -> Float32Array:
    """Turn points clockwise about the origin."""
    cosine, sine = math.cos(roll), math.sin(roll)
    result: Float32Array = (points @ np.array([[cosine, sine], [-sine, cosine]])).astype(np.float32)
    return result


@pytest.mark.parametrize("roll", [0.0, 0.5, -0.5])
def test_the_crop_stands_upright(roll: float) -> None:
    """Whatever the head's roll, both eyes come out on one line, right eye first."""
    points = np.zeros((478, 2), dtype=np.float32)
    points[RIGHT_EYE_OUTER], points[LEFT_EYE_OUTER] = (-10, -5), (10, -5)
    points[0], points[1] = (0, 20), (0, -20)
    seen = turned(points, roll) + 50

    region = region_of(seen)
    to_crop = region.affine(scale=1.0, side=40)
    eyes = seen[[RIGHT_EYE_OUTER, LEFT_EYE_OUTER]] @ to_crop[:, :2].T + to_crop[:, 2]

    assert region.extent_px == pytest.approx(40, abs=1e-3)
    np.testing.assert_allclose(eyes, [[10, 15], [30, 15]], atol=1e-3)


def test_the_boxs_crop_lies_higher_than_the_mesh() -> None:
    """It keeps the brows and gives up the lowest of the chin."""
    region = FaceRegion(centre_xy=(50, 60), roll_rad=0.0, extent_px=100)

    assert region.as_boxed().centre_xy == (50, 60 - 100 * RAISED)


def test_a_tilted_face_is_raised_along_itself() -> None:
    """Up is where the brows are, not where the picture's top is."""
    region = FaceRegion(centre_xy=(50, 60), roll_rad=math.pi / 2, extent_px=100)

    assert region.as_boxed().centre_xy == pytest.approx((50 + 100 * RAISED, 60))


class TestCloseEyes:
    """Lids on a drawn face: bright skin, two dark eyes."""

    def test_an_open_eye_stays_as_it_is(self) -> None:
        """Closure 0 changes no pixel."""
        picture, points = drawn_face()

        same = close_eyes(picture, points, closure=0.0, to_crop=IDENTITY)
        np.testing.assert_array_equal(same, picture)

    def test_closure_covers_the_eye(self) -> None:
        """The dark area shrinks with the closure and is gone, but for a line, at 1."""
        picture, points = drawn_face()
        dark = [
            int((close_eyes(picture, points, closure=closure, to_crop=IDENTITY) < 120).sum())
            for closure in (0.0, 0.5, 1.0)
        ]

        assert dark[0] > 1.5 * dark[1]
        assert dark[1] > 1.5 * dark[2]

    def test_the_rest_of_the_face_is_untouched(self) -> None:
        """Nothing below the lower lids moves."""
        picture, points = drawn_face()
        picture[100:, :, 0] = np.arange(WORK_SIDE, dtype=np.uint8)

        closed = close_eyes(picture, points, closure=1.0, to_crop=IDENTITY)
        np.testing.assert_array_equal(closed[100:], picture[100:])


def drawn_face() -> tuple[UInt8Array, Float32Array]:
    """Return a picture and landmarks of eyes 24 wide and 12 high, brows 20 above."""
    picture = np.full((WORK_SIDE, WORK_SIDE, 3), SKIN, dtype=np.uint8)
    points = np.full((478, 2), 40.0, dtype=np.float32)
    for centre_x, upper, lower in zip((50, 110), UPPER_LIDS, LOWER_LIDS, strict=True):
        cv2.ellipse(picture, (centre_x, 70), (12, 6), 0, 0, 360, (EYE, EYE, EYE), -1)
        angles = np.linspace(math.pi, 0, len(upper))
        points[list(upper), 0] = points[list(lower), 0] = centre_x + 12 * np.cos(angles)
        points[list(upper), 1] = 70 - 7 * np.sin(angles)
        points[list(lower), 1] = 70 + 7 * np.sin(angles)
    return picture, points
