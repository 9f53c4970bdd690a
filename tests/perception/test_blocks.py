"""Averaging blocks of pixels."""

import numpy as np
import pytest

from appliance.perception.blocks import BAND_BYTES, average_blocks, block_side
from appliance.perception.scratch import Scratch


@pytest.mark.parametrize(
    ("step", "side"),
    [
        *[(0.5, 1), (1.99, 1), (2, 2), (2.99, 2), (3, 3), (3.99, 3), (4, 4), (5.99, 4)],
        *[(6, 6), (7.99, 6), (8, 8), (11.99, 8), (12, 12), (15.99, 12), (16, 16), (24, 24)],
    ],
)
def test_blocks_are_halves_and_thirds_of_most_of_the_step(step: float, side: int) -> None:
    """What is left of the step is less than two, where nothing is skipped."""
    assert block_side(step) == side
    assert step / side < 2


@pytest.mark.parametrize("side", [1, 2, 3, 4, 6, 8, 12, 16])
def test_every_pixel_of_a_block_counts_the_same(side: int) -> None:
    """The mean of each block; every halving rounds half a level up."""
    wide = np.random.default_rng(3).integers(0, 256, (5 * side, 9 * side, 3), dtype=np.uint8)
    picture = wide[:, side : 8 * side]  # a view, as a seat's region is
    averaged = average_blocks(picture, side=side, scratch=Scratch())
    means = picture.reshape(5, side, 7, side, 3).mean(axis=(1, 3))

    assert averaged.shape == (5, 7, 3)
    assert np.abs(averaged - means).max() <= (0.5 if side <= 3 else 1.5)


def test_large_pictures_are_averaged_in_bands() -> None:
    """The last band is shorter; none shows through in another."""
    picture = np.random.default_rng(3).integers(0, 256, (300, 1200, 3), dtype=np.uint8)
    averaged = average_blocks(picture, side=3, scratch=Scratch())

    assert picture.nbytes > 4 * BAND_BYTES
    assert np.abs(averaged - picture.reshape(100, 3, 400, 3, 3).mean(axis=(1, 3))).max() <= 0.5


def test_blocks_of_an_earlier_picture_do_not_show() -> None:
    """Kept memory is written anew, also when the next picture is smaller."""
    scratch = Scratch()
    average_blocks(np.full((60, 60, 3), 255, dtype=np.uint8), side=6, scratch=scratch)

    assert not average_blocks(np.zeros((12, 24, 3), dtype=np.uint8), side=6, scratch=scratch).any()
