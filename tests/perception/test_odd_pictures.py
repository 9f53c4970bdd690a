"""Whatever a camera delivers, perception answers and does not fall over."""

import numpy as np
import pytest

from appliance.perception.blazepose.tracker import PoseTracker
from tests.support.shipped_perception import shipped_tracker


@pytest.fixture(scope="module")
def tracker() -> PoseTracker:
    """Return a tracker on the shipped models."""
    return shipped_tracker()


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param((1, 1, 3), id="one-pixel"),
        pytest.param((2, 900, 3), id="a-line"),
        pytest.param((900, 3, 3), id="a-column"),
        pytest.param((1081, 1919, 3), id="odd-sides"),
    ],
)
@pytest.mark.parametrize("level", [0, 128, 255])
def test_empty_pictures_of_any_shape_have_nobody(
    tracker: PoseTracker, shape: tuple[int, int, int], level: int
) -> None:
    """Black when the lens is covered, white when it is blinded."""
    tracker.reset()

    assert tracker.track(np.full(shape, level, dtype=np.uint8), 0.0) is None


def test_a_view_into_a_larger_picture_works(tracker: PoseTracker) -> None:
    """A seat's region is a view, not a copy: rows are not contiguous."""
    tracker.reset()
    noise = np.random.default_rng(5).integers(0, 256, (480, 640, 3), dtype=np.uint8)

    assert tracker.track(noise[100:400, 50:350], 0.0) is None
