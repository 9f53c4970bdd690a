"""What is said of a picture and its people turns at the very limits by which the box reads."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from appliance.perception.aiming.judgement import (
    judge_person,
    judge_picture,
    measure_light,
    measure_sharpness,
    too_slow,
)
from appliance.perception.aiming.view import FaceSight, Light, PersonFault, PictureFault
from appliance.perception.trust import EYES_MAX_GLARE, EYES_MIN_SIDE_PX, MIN_SIDE_PX

FACE = FaceSight(
    side_px=60.0,
    yaw_deg=0.0,
    trust=1.0,
    eyes_readable=True,
    sharpness=0.8,
    contrast=30.0,
    glare=0.0,
    inside=1.0,
)
LIGHT = Light(mean=0.4, black=0.0, white=0.0)


@pytest.mark.parametrize(
    ("face", "faults"),
    [
        pytest.param(FACE, (), id="good"),
        pytest.param(replace(FACE, side_px=EYES_MIN_SIDE_PX), (), id="lids-just-readable"),
        pytest.param(
            replace(FACE, side_px=EYES_MIN_SIDE_PX - 0.1),
            (PersonFault.LIDS_SMALL,),
            id="lids-too-small",
        ),
        pytest.param(
            replace(FACE, side_px=MIN_SIDE_PX), (PersonFault.LIDS_SMALL,), id="face-just-readable"
        ),
        pytest.param(
            replace(FACE, side_px=MIN_SIDE_PX - 0.1), (PersonFault.FACE_SMALL,), id="face-too-small"
        ),
        pytest.param(replace(FACE, yaw_deg=-50.0), (), id="just-turned-so-far"),
        pytest.param(replace(FACE, yaw_deg=-50.1), (PersonFault.TURNED,), id="turned-too-far"),
        pytest.param(replace(FACE, sharpness=0.35), (), id="just-sharp"),
        pytest.param(replace(FACE, sharpness=0.34), (PersonFault.BLURRED,), id="blurred"),
        pytest.param(replace(FACE, contrast=6.0), (), id="just-enough-contrast"),
        pytest.param(replace(FACE, contrast=5.9), (PersonFault.FLAT,), id="flat"),
        pytest.param(replace(FACE, glare=EYES_MAX_GLARE), (PersonFault.GLARE,), id="glare"),
        pytest.param(replace(FACE, inside=0.85), (), id="just-inside-the-picture"),
        pytest.param(replace(FACE, inside=0.84), (PersonFault.OUTSIDE,), id="cut-by-the-picture"),
        pytest.param(replace(FACE, trust=0.49), (PersonFault.NO_FACE,), id="hidden"),
        pytest.param(None, (PersonFault.NO_FACE,), id="no-face"),
    ],
)
def test_a_person_is_judged_by_the_limits_of_the_box(
    face: FaceSight | None, faults: tuple[PersonFault, ...]
) -> None:
    """At the limit a face is read, beyond it is not."""
    assert judge_person(face, seated=True, inside_region=1.0) == faults


@pytest.mark.parametrize(
    ("inside", "inside_region", "faults"),
    [
        (1.0, 0.85, ()),
        (1.0, 0.84, (PersonFault.CUT,)),
        (0.84, 0.84, (PersonFault.OUTSIDE,)),
    ],
    ids=["just-inside", "cut-by-the-region", "cut-by-the-picture"],
)
def test_a_region_that_cuts_a_face_is_told_from_a_picture_that_does(
    inside: float, inside_region: float, faults: tuple[PersonFault, ...]
) -> None:
    """The one is a number to change, the other a camera to turn."""
    face = replace(FACE, inside=inside)
    assert judge_person(face, seated=True, inside_region=inside_region) == faults


def test_whoever_has_no_seat_is_told_first() -> None:
    """And no region can cut such a face."""
    small = replace(FACE, side_px=20.0)
    assert judge_person(small, seated=False, inside_region=0.0) == (
        PersonFault.NO_SEAT,
        PersonFault.FACE_SMALL,
    )


@pytest.mark.parametrize(
    ("light", "sharpness", "faults"),
    [
        pytest.param(LIGHT, 20.0, (), id="just-sharp"),
        pytest.param(LIGHT, 19.9, (PictureFault.BLURRED,), id="blurred"),
        pytest.param(replace(LIGHT, mean=0.15), 50.0, (), id="just-light"),
        pytest.param(replace(LIGHT, mean=0.149), 50.0, (PictureFault.DARK,), id="dark"),
        pytest.param(replace(LIGHT, mean=0.851), 50.0, (PictureFault.BRIGHT,), id="bright"),
        pytest.param(replace(LIGHT, white=0.25), 50.0, (), id="a-window"),
        pytest.param(replace(LIGHT, white=0.26), 50.0, (PictureFault.BRIGHT,), id="all-window"),
    ],
)
def test_a_picture_is_judged(
    light: Light, sharpness: float, faults: tuple[PictureFault, ...]
) -> None:
    """At the limit it is good, beyond it is not."""
    assert judge_picture(light, sharpness) == faults


@pytest.mark.parametrize(
    ("fps", "slow"), [(None, False), (12.0, False), (11.9, True)], ids=["unknown", "just", "slow"]
)
def test_four_fifths_of_the_frames_are_enough(fps: float | None, slow: bool) -> None:
    """Before the rate is known nothing is said."""
    assert too_slow(fps, 15.0) is slow


def test_light_is_counted() -> None:
    """A quarter black, a quarter white, the rest half-way."""
    gray = np.full((4, 4), 128, dtype=np.uint8)
    gray[0], gray[1] = 8, 250
    light = measure_light(gray)
    assert light.black == light.white == 0.25
    assert light.mean == pytest.approx((8 + 250 + 2 * 128) / 4 / 255)


def test_sharpness_falls_with_blur_and_does_not_depend_on_the_width() -> None:
    """A picture of twice the width says about the same."""
    noise = np.random.default_rng(1).integers(0, 256, (45, 80), dtype=np.uint8)
    sharp, large = (
        np.asarray(cv2.resize(noise, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
        for size in ((640, 360), (1280, 720))
    )
    blurred = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 6), dtype=np.uint8)
    assert measure_sharpness(large) == pytest.approx(measure_sharpness(sharp), rel=0.35)
    assert measure_sharpness(blurred) < measure_sharpness(sharp) / 10
