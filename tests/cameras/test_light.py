"""A camera that shows nothing is noticed, and one that shows little is left alone."""

import numpy as np
import pytest

from appliance.cameras.light import BLACK_LOOKS, LightMeter
from appliance.domain.arrays import UInt8Array


def grey(level: int, *, lamp: int | None = None) -> UInt8Array:
    """Return a picture of one level, with a lamp in its corner if wanted."""
    pixels = np.full((480, 640, 3), level, dtype=np.uint8)
    if lamp is not None:
        pixels[:120, :160] = lamp
    return pixels


def look(meter: LightMeter, pixels: UInt8Array, *, seconds: int, since_s: float = 0.0) -> None:
    """Show the same picture 15 times a second."""
    for number in range(15 * seconds):
        meter.see(pixels, at_s=since_s + number / 15)


@pytest.mark.parametrize(
    ("pixels", "black"),
    [
        pytest.param(grey(0), True, id="cap"),
        pytest.param(grey(15), True, id="video-black"),
        pytest.param(grey(16), False, id="just-light-enough"),
        pytest.param(grey(2, lamp=90), False, id="dusk-with-a-lamp"),
        pytest.param(grey(128), False, id="day"),
    ],
)
def test_black_is_dark_all_over(pixels: UInt8Array, black: bool) -> None:
    """A dark room has something in it."""
    meter = LightMeter()
    look(meter, pixels, seconds=BLACK_LOOKS + 1)

    assert meter.black is black
    assert meter.level == pytest.approx(float(pixels.mean()), abs=1.0)


def test_a_moment_of_black_is_none() -> None:
    """Some cameras begin with it, and one light picture ends it."""
    meter = LightMeter()
    look(meter, grey(0), seconds=BLACK_LOOKS - 1)
    assert not meter.black
    look(meter, grey(0), seconds=1, since_s=float(BLACK_LOOKS))
    assert meter.black
    look(meter, grey(100), seconds=1, since_s=BLACK_LOOKS + 2.0)

    assert not meter.black
