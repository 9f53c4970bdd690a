"""What the models get to see."""

import math

import numpy as np
import pytest

from appliance.domain.arrays import Float64Array, UInt8Array
from appliance.perception.preprocess import letterbox, warp_square
from appliance.perception.scratch import Scratch
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


def reference_square(image: UInt8Array, to_picture: Float64Array, *, side: int) -> Float64Array:
    """Cut a square out pixel by pixel: bilinear, where pixels that are missing are the nearest."""
    height, width = image.shape[:2]
    rows, columns = np.indices((side, side))
    x, y = (row[0] * columns + row[1] * rows + row[2] for row in (to_picture[0], to_picture[1]))
    pixels = image.astype(np.float64)
    nearest = pixels[
        np.floor(np.clip(y + 0.5, 0, height - 1)).astype(int),
        np.floor(np.clip(x + 0.5, 0, width - 1)).astype(int),
    ]
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    square = np.zeros((side, side, 3))
    for column, row in ((left, top), (left + 1, top), (left, top + 1), (left + 1, top + 1)):
        there = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        pixel = pixels[np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)]
        weight = (1 - np.abs(x - column)) * (1 - np.abs(y - row))
        square += weight[..., None] * np.where(there[..., None], pixel, nearest)
    return square


@pytest.mark.parametrize("rotation_rad", [0.0, 0.41, -2.3])
@pytest.mark.parametrize(
    ("centre_xy", "side_px"),
    [
        pytest.param((40.3, 30.7), 30.1, id="inside"),
        pytest.param((3.2, 41.3), 44.3, id="left-edge"),
        pytest.param((78.6, 2.7), 33.7, id="top-right-corner"),
        pytest.param((40.3, 58.7), 61.3, id="bottom-edge"),
        pytest.param((40.3, 30.7), 170.3, id="all-around"),
        pytest.param((-90.7, 30.3), 41.3, id="left-of-it"),
        pytest.param((130.3, 140.7), 41.3, id="below-on-the-right"),
        pytest.param((4000.3, -9000.7), 41.3, id="far-away"),
        pytest.param((40.3, 30.7), 4000.3, id="huge"),
    ],
)
def test_a_square_is_exact_wherever_it_lies(
    centre_xy: tuple[float, float], side_px: float, rotation_rad: float
) -> None:
    """Against the definition, pixel by pixel."""
    image = np.random.default_rng(8).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    square = Square(centre_xy=centre_xy, side_px=side_px, rotation_rad=rotation_rad)
    to_picture = square.to_picture(input_px=32)
    expected = reference_square(image, to_picture, side=32)

    # One level: OpenCV reckons in float32.
    assert np.abs(warp_square(image, to_picture, input_px=32)[0] - expected).max() <= 1


@pytest.mark.parametrize("rotation_rad", [0.0, 0.41])
@pytest.mark.parametrize("centre_xy", [(80.3, 60.7), (0.2, 119.3), (190.3, 60.7)])
def test_an_averaged_square_is_exact_at_the_edge(
    centre_xy: tuple[float, float], rotation_rad: float
) -> None:
    """Blocks of three, then the same as without: each block stands for its middle."""
    image = np.random.default_rng(8).integers(0, 256, (120, 180, 3), dtype=np.uint8)
    square = Square(centre_xy=centre_xy, side_px=107.3, rotation_rad=rotation_rad)
    to_picture = square.to_picture(input_px=32)
    # Whatever part of the picture is averaged begins at a whole block here.
    low = np.array([[0, 0, 1], [32, 0, 1], [0, 32, 1], [32, 32, 1]]) @ to_picture.T
    left, top = np.clip(low.min(axis=0).astype(int) - 3, 0, None)
    needed = image[top : top + (120 - top) // 3 * 3, left : left + (180 - left) // 3 * 3]
    means = needed.reshape(len(needed) // 3, 3, -1, 3, 3).mean(axis=(1, 3))
    moved = to_picture.copy()
    moved[:, 2] -= (left + 1, top + 1)
    expected = reference_square(np.rint(means).astype(np.uint8), moved / 3, side=32)

    crop = warp_square(image, to_picture, input_px=32, shrink=True)
    assert np.abs(crop[0] - expected).max() <= 1


def test_kept_memory_changes_nothing() -> None:
    """What lay in it before does not show; without it every result is one's own."""
    image = np.random.default_rng(8).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    bright = np.full_like(image, 255)
    scratch = Scratch()
    for centre_xy, side_px in (((40, 30), 30.0), ((2, 50), 50.0), ((40, 30), 200.0)):
        square = Square(centre_xy=centre_xy, side_px=side_px, rotation_rad=0.3)
        to_picture = square.to_picture(input_px=32)
        alone = warp_square(image, to_picture, input_px=32, shrink=True)
        before = warp_square(bright, to_picture, input_px=32, shrink=True, scratch=scratch)
        kept = warp_square(image, to_picture, input_px=32, shrink=True, scratch=scratch)

        np.testing.assert_array_equal(kept, alone)
        assert np.shares_memory(before, kept)
        assert not np.shares_memory(alone, warp_square(image, to_picture, input_px=32))
