"""Face heights are exact, and what spoils a picture spoils it as stated."""

import numpy as np
import pytest

from appliance.domain.arrays import UInt8Array
from appliance.perception.squares import Square
from training.datasets.degradations import (
    CONDITIONS,
    NATIVE,
    Condition,
    blurred,
    compressed,
    dimmed,
    face_height_px,
    resized,
    smeared,
)
from training.datasets.face_teacher import region_of
from training.evaluate.conditions import carried
from training.evaluate.usable_heights import Row, usable_heights


def plain(height: int, width: int, level: int = 200) -> UInt8Array:
    """Return an even picture."""
    return np.full((height, width, 3), level, dtype=np.uint8)


def test_a_picture_that_is_all_face_shows_it_at_95_hundredths() -> None:
    """FER+: 48 pixels hold a face of 45.6."""
    assert face_height_px(plain(48, 48)) == pytest.approx(45.6)


def test_face_height_is_the_longer_side_of_the_upright_box() -> None:
    """A mesh 40 wide and 60 high has a height of 60, however the head is tilted."""
    mesh = np.zeros((478, 2), dtype=np.float32)
    mesh[0], mesh[1] = (20, -30), (20, 30)
    mesh[33], mesh[263] = (0, 0), (40, 0)
    turn = np.array([[0.8, 0.6], [-0.6, 0.8]], dtype=np.float32)

    assert region_of(mesh).extent_px == pytest.approx(60)
    assert region_of(mesh @ turn).extent_px == pytest.approx(60, abs=1e-3)


@pytest.mark.parametrize(("height", "width"), [(24, 80), (48, 160), (96, 320)])
def test_the_whole_picture_is_scaled_with_its_face(height: int, width: int) -> None:
    """A face of 64 pixels in 64 x 213 is brought to 24, 48 and 96 with the rest beside it."""
    condition = Condition(name="", height_px=float(height))
    shown = condition.show(plain(64, 213), face_px=64.0, rng=np.random.default_rng(0))

    assert shown.shape[0] == height
    assert shown.shape[1] == pytest.approx(width, abs=0.5)


def test_own_size_changes_nothing() -> None:
    """The first row is the picture itself."""
    picture = plain(20, 30)

    assert CONDITIONS[0] is NATIVE
    assert NATIVE.show(picture, face_px=12.0, rng=np.random.default_rng(0)) is picture


def test_a_square_is_carried_to_the_resized_picture() -> None:
    """Half the picture, half the square."""
    square = Square(centre_xy=(40.0, 20.0), side_px=30.0, rotation_rad=0.25)
    moved = carried(square, picture=plain(60, 80), shown=plain(30, 40))

    assert moved == Square(centre_xy=(20.0, 10.0), side_px=15.0, rotation_rad=0.25)


def test_little_light_is_dark_and_noisy() -> None:
    """A quarter of 200 is 50; variance 2 squared plus .12 of the light: 10."""
    dark = dimmed(plain(100, 100), gain=0.25, rng=np.random.default_rng(1)).astype(float)

    assert dark.mean() == pytest.approx(50, abs=0.2)
    assert dark.var() == pytest.approx(10, rel=0.05)


def test_compression_moves_pixels_and_keeps_the_shape() -> None:
    """JPEG 30 loses fine grain."""
    grain = np.random.default_rng(2).integers(0, 255, (32, 32, 3)).astype(np.uint8)
    packed = compressed(grain)

    assert packed.shape == grain.shape
    assert packed.astype(float).std() < grain.astype(float).std()


def test_blur_grows_with_the_face() -> None:
    """Two pixels at a face of 64 are four at one of 128: equally blurred faces."""
    blur = next(condition for condition in CONDITIONS if condition.name == "blur 2 px")
    edge = np.repeat(np.repeat([[[0] * 3, [255] * 3]], 64, axis=1), 128, axis=0).astype(np.uint8)
    shown = blur.show(edge, face_px=128.0, rng=np.random.default_rng(0))

    np.testing.assert_array_equal(shown, blurred(edge, sigma_px=4.0))


@pytest.mark.parametrize(("length_px", "height"), [(1.0, 240), (3.0, 80), (6.0, 40)])
def test_motion_spreads_a_line_over_its_length(length_px: float, height: int) -> None:
    """A line of 240 becomes so many columns of an equal share, sideways only."""
    line = np.zeros((9, 21, 3), dtype=np.uint8)
    line[:, 10] = 240
    row = smeared(line, length_px=length_px)[4, :, 0]

    assert row[10] == pytest.approx(height, abs=1)
    assert row.sum(dtype=int) == pytest.approx(240, abs=4)


def test_enlarging_keeps_an_even_picture_even() -> None:
    """No ringing at the border."""
    assert (resized(plain(10, 10), scale=2.5) == 200).all()


def table(accuracies: dict[str, float]) -> list[Row]:
    """Return rows that differ in the accuracy of FER+ only; .80 where nothing else is said."""
    return [
        {
            "condition": condition.name,
            "ferplus_majority6": accuracies.get(condition.name, 0.80),
            "diffusionfer_accuracy": 0.5,
            "blink_f1": 0.75,
            "press_blink_r": 0.9,
            "jaw_error": None,
            "press_jaw_error": 0.05,
        }
        for condition in CONDITIONS
    ]


def test_the_smallest_usable_height_is_above_the_first_loss() -> None:
    """A loss of 6 points at 32 rules 32 out, and 24 with it although that one holds."""
    assert usable_heights(table({"32 px": 0.74}))["expression_px"] == 48
    assert usable_heights(table({"24 px": 0.74}))["expression_px"] == 32


def test_a_loss_within_the_limit_is_usable() -> None:
    """Four points are allowed."""
    assert usable_heights(table({"24 px": 0.76, "32 px": 0.76}))["expression_px"] == 24


def test_no_height_is_usable_without_a_measurement() -> None:
    """No clip, so no jaw error: nothing is promised."""
    assert usable_heights(table({}))["jaw_px"] is None
