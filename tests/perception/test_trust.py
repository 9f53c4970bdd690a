"""A face is masked where its place or its pixels say too little."""

import math

import cv2
import numpy as np
import pytest

from appliance.domain.arrays import UInt8Array
from appliance.perception.face import MIN_TRUST
from appliance.perception.trust import (
    CONTRAST_RAMP,
    EYES_MAX_GLARE,
    EYES_MIN_SHARPNESS,
    MIN_SIDE_PX,
    SHARPNESS_RAMP,
    CropQuality,
    judge_crop,
    judge_place,
    ramp,
)
from tests.support.sessions import picture

SIDE = 96
EYES_XY = ((0.315, 0.40), (0.685, 0.40))


def judge(crop: UInt8Array, *, margin: float = 1.0) -> CropQuality:
    """Judge a crop with the eyes where the box's crop has them."""
    return judge_crop(crop, eyes_xy=EYES_XY, margin=margin)


def rendered_face() -> UInt8Array:
    """Return the (96, 96, 3) crop of the left student."""
    crop = cv2.resize(picture()[95:230, 105:240], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(crop, dtype=np.uint8)


def spoilt(*, blur: float = 0.0, light: float = 1.0, contrast: float = 1.0) -> UInt8Array:
    """Return the face blurred by shares of its side, darkened, or flattened around its mean."""
    crop = rendered_face()
    if blur > 0:
        crop = np.asarray(cv2.GaussianBlur(crop, (0, 0), blur * SIDE), dtype=np.uint8)
    pixels = crop.astype(np.float32)
    pixels = ((pixels - pixels.mean()) * contrast + pixels.mean()) * light
    return np.asarray(pixels, dtype=np.uint8)


def place(
    *,
    side_px: float = 200.0,
    yaw_deg: float = 0.0,
    upright: float = 1.0,
    seen: float = 1.0,
    inside: float = 1.0,
) -> float:
    """Judge a perfect place with one thing changed."""
    return judge_place(side_px=side_px, yaw_deg=yaw_deg, upright=upright, seen=seen, inside=inside)


@pytest.mark.parametrize(
    ("trust", "expected"),
    [
        pytest.param(place(), 1.0, id="perfect"),
        pytest.param(place(side_px=MIN_SIDE_PX), MIN_TRUST, id="smallest-usable-face"),
        pytest.param(place(yaw_deg=50), MIN_TRUST, id="turned-left"),
        pytest.param(place(yaw_deg=-50), MIN_TRUST, id="turned-right"),
        pytest.param(place(upright=math.cos(math.radians(30))), 1.0, id="nods-30-degrees"),
        pytest.param(place(upright=0.525), MIN_TRUST, id="nods-58-degrees"),
        pytest.param(place(upright=-1.0), 0.0, id="mouth-above-the-eyes"),
        pytest.param(place(seen=0.5), MIN_TRUST, id="half-seen"),
        pytest.param(place(inside=0.85), MIN_TRUST, id="cut-off"),
        pytest.param(place(side_px=MIN_SIDE_PX, yaw_deg=50), 0.25, id="doubts-multiply"),
    ],
)
def test_trust_by_place(trust: float, expected: float) -> None:
    """Half the trust is the limit, and it lies in the middle of each ramp."""
    assert trust == pytest.approx(expected)


def test_a_ramp_may_fall() -> None:
    """Its first end is where trust ends, on whichever side."""
    assert [ramp(value, (10, 20)) for value in (10, 15, 20)] == [0, 0.5, 1]
    assert [ramp(value, (20, 10)) for value in (20, 15, 10)] == [0, 0.5, 1]


def test_a_clear_face_is_believed() -> None:
    """The rendered student."""
    quality = judge(rendered_face())

    assert quality.trust == 1
    assert quality.eyes_readable


@pytest.mark.parametrize(
    ("crop", "trusted", "readable"),
    [
        pytest.param(spoilt(blur=0.01), True, True, id="soft"),
        pytest.param(spoilt(blur=0.10), False, False, id="blurred"),
        pytest.param(spoilt(light=0.5), True, True, id="dim"),
        pytest.param(spoilt(light=0.05), False, True, id="dark"),
        pytest.param(spoilt(contrast=0.5), True, True, id="hazy"),
        pytest.param(spoilt(contrast=0.1), False, True, id="flat"),
    ],
)
def test_spoilt_pixels_are_masked(crop: UInt8Array, trusted: bool, readable: bool) -> None:
    """Blur takes the eyes first; darkness and haze take the whole face."""
    quality = judge(crop)

    assert (quality.trust >= MIN_TRUST) is trusted
    assert quality.eyes_readable is readable


@pytest.mark.parametrize("side", [48, 64, 128])
def test_the_measure_hardly_depends_on_the_encoders_input(side: int) -> None:
    """The same face at another size: the limits need not follow the model."""
    other = cv2.resize(spoilt(blur=0.02), (side, side), interpolation=cv2.INTER_AREA)
    measured = judge(np.asarray(other, dtype=np.uint8))

    assert measured.sharpness == pytest.approx(judge(spoilt(blur=0.02)).sharpness, rel=0.25)


@pytest.mark.parametrize("eye_x", [EYES_XY[0][0], EYES_XY[1][0]])
@pytest.mark.parametrize("margin", [1.0, 1.25])
def test_glare_over_one_eye_hides_both(eye_x: float, margin: float) -> None:
    """The blink score is the mean of both eyes, so one is enough to spoil it."""
    crop = rendered_face()
    x, y = int(eye_x * SIDE), int(EYES_XY[0][1] * SIDE)
    crop[y - 3 : y + 3, x - 6 : x + 6] = 255
    quality = judge(crop, margin=margin)

    assert quality.glare >= EYES_MAX_GLARE
    assert not quality.eyes_readable


def test_a_highlight_beside_the_eyes_is_no_glare() -> None:
    """On the nose, the forehead and in the background."""
    crop = rendered_face()
    for left, top in ((46, 40), (40, 12), (0, 30)):
        crop[top : top + 10, left : left + 4] = 255

    assert judge(crop).glare < 0.05


def test_an_overexposed_face_has_no_glare() -> None:
    """What is as bright as the face around it hides nothing."""
    bright = np.clip(rendered_face().astype(np.float32) * 0.2 + 200, 0, 255).astype(np.uint8)

    assert judge(bright).glare < EYES_MAX_GLARE


@pytest.mark.parametrize(
    ("sharpness", "contrast", "glare", "trust", "readable"),
    [
        pytest.param(sum(SHARPNESS_RAMP) / 2, 20.0, 0.0, 0.5, False, id="half-sharp"),
        pytest.param(1.0, sum(CONTRAST_RAMP) / 2, 0.0, 0.5, True, id="half-contrast"),
        pytest.param(EYES_MIN_SHARPNESS, 20.0, 0.0, 1.0, True, id="at-the-eyes-limit"),
        pytest.param(EYES_MIN_SHARPNESS - 1e-6, 20.0, 0.0, 1.0, False, id="below-it"),
        pytest.param(1.0, 20.0, EYES_MAX_GLARE, 1.0, False, id="at-the-glare-limit"),
        pytest.param(1.0, 20.0, EYES_MAX_GLARE - 1e-6, 1.0, True, id="under-it"),
    ],
)
def test_limits_of_a_crop(
    sharpness: float, contrast: float, glare: float, trust: float, readable: bool
) -> None:
    """Each measure exactly at its limit."""
    quality = CropQuality(sharpness=sharpness, contrast=contrast, glare=glare)

    assert quality.trust == pytest.approx(trust)
    assert quality.eyes_readable is readable


def test_a_black_crop_is_worth_nothing() -> None:
    """No division by a spread of zero."""
    quality = judge(np.zeros((SIDE, SIDE, 3), dtype=np.uint8))

    assert quality.trust == 0
    assert np.isfinite(quality.sharpness)
