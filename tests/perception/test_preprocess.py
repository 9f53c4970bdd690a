"""What the models get to see."""

import math

import numpy as np
import pytest

from appliance.perception.preprocess import letterbox, warp_square
from appliance.perception.squares import Square


def test_letterbox_centres_a_wide_picture() -> None:
    """Black above and below, and the placement says where."""
    boxed, placement = letterbox(np.full((100, 200, 3), 200, dtype=np.uint8), input_px=100)

    assert boxed.shape == (1, 100, 100, 3)
    assert placement.scale == 0.5
    assert placement.offset_xy == (0, 25)
    assert (boxed[0, :24] == 0).all()
    assert (boxed[0, 26:74] == 200).all()
    assert (boxed[0, 76:] == 0).all()


def test_warp_cuts_out_the_square() -> None:
    """An unturned square of the output's size is a plain crop."""
    image = np.arange(40 * 40 * 3, dtype=np.uint64).reshape(40, 40, 3).astype(np.uint8)
    square = Square(centre_xy=(20, 12), side_px=16, rotation_rad=0)
    crop = warp_square(image, square.to_picture(input_px=16), input_px=16)

    np.testing.assert_array_equal(crop[0], image[4:20, 12:28])


def test_warp_turns_what_leans_upright() -> None:
    """A quarter turn to the right brings what was on the right side to the top."""
    image = np.zeros((64, 64, 3), dtype=np.uint8)
    image[:, 40:] = 255
    square = Square(centre_xy=(32, 32), side_px=64, rotation_rad=math.pi / 2)
    crop = warp_square(image, square.to_picture(input_px=64), input_px=64)

    assert (crop[0, :20] == 255).all()
    assert (crop[0, 30:] == 0).all()


def test_warp_repeats_the_edge() -> None:
    """Beyond the picture there is no black."""
    image = np.full((32, 32, 3), 90, dtype=np.uint8)
    square = Square(centre_xy=(0, 0), side_px=64, rotation_rad=0)

    assert (warp_square(image, square.to_picture(input_px=32), input_px=32) == 90).all()


def test_shrinking_averages_instead_of_skipping() -> None:
    """Stripes one pixel wide become even grey; without averaging they alias."""
    image = np.zeros((256, 256, 3), dtype=np.uint8)
    image[:, ::2] = 255
    square = Square(centre_xy=(128, 128), side_px=244, rotation_rad=0)
    to_picture = square.to_picture(input_px=50)
    averaged = warp_square(image, to_picture, input_px=50, shrink=True)
    skipped = warp_square(image, to_picture, input_px=50)

    assert averaged.shape == skipped.shape == (1, 50, 50, 3)
    assert averaged.std() < 40
    assert skipped.std() > 60


@pytest.mark.parametrize("rotation_deg", [0.0, 30.0])
@pytest.mark.parametrize("side_px", [130.0, 247.0, 380.0])
def test_shrinking_does_not_move_anything(side_px: float, rotation_deg: float) -> None:
    """On a smooth picture the crop is the same with and without averaging."""
    across = np.linspace(0, 255, 640, dtype=np.float32)
    image = np.stack(
        [
            np.tile(across, (480, 1)),
            np.tile(across[:480, None], (1, 640)),
            np.full((480, 640), 90, dtype=np.float32),
        ],
        axis=-1,
    ).astype(np.uint8)
    square = Square(centre_xy=(330, 230), side_px=side_px, rotation_rad=math.radians(rotation_deg))
    to_picture = square.to_picture(input_px=64)
    averaged = warp_square(image, to_picture, input_px=64, shrink=True).astype(int)
    plain = warp_square(image, to_picture, input_px=64).astype(int)

    assert np.abs(averaged - plain).max() <= 2
    assert abs((averaged - plain).mean()) < 0.5


def test_shrinking_works_at_the_edge() -> None:
    """Half of the square is outside: the edge is repeated, nothing is black."""
    image = np.full((300, 300, 3), 90, dtype=np.uint8)
    square = Square(centre_xy=(0, 300), side_px=260, rotation_rad=0.3)

    assert (
        warp_square(image, square.to_picture(input_px=64), input_px=64, shrink=True) == 90
    ).all()


def test_the_edge_is_repeated_pixel_by_pixel() -> None:
    """Left of the picture every row goes on with its first pixel."""
    image = np.tile(np.arange(64, dtype=np.uint8)[:, None, None], (1, 64, 3))
    square = Square(centre_xy=(0, 32), side_px=64, rotation_rad=0)
    crop = warp_square(image, square.to_picture(input_px=64), input_px=64)

    np.testing.assert_array_equal(crop[0], np.tile(image[:, :1], (1, 64, 1)))
