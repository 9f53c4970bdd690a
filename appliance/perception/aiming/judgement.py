"""What the numbers of a picture mean: the limits are those by which the box reads or masks."""

from dataclasses import dataclass

import cv2
import numpy as np

from appliance.domain.arrays import UInt8Array
from appliance.perception.aiming.view import FaceSight, Light, PersonFault, PictureFault
from appliance.perception.face import MIN_TRUST
from appliance.perception.trust import (
    CONTRAST_RAMP,
    EYES_MAX_GLARE,
    EYES_MIN_SHARPNESS,
    EYES_MIN_SIDE_PX,
    INSIDE_RAMP,
    MIN_SIDE_PX,
    YAW_RAMP_DEG,
    Ramp,
)

# A whole picture has no limit of its own in the box, only faces have. Twenty clips of classrooms,
# webcams and renders have a mean of .32 to .57 and a sharpness of 22 to 5,280, and of 2 to 17 after
# a Gaussian of .003 widths.
MIN_LIGHT = 0.15
MAX_LIGHT = 0.85
MAX_WHITE = 0.25
MIN_SHARPNESS = 20.0

MIN_RATE = 0.8
"""Of the frames asked for. At 15 a second 96 % of the blinks have two samples; at 12 some do not.
"""

BLACK_LEVEL, WHITE_LEVEL = 8, 250
JUDGED_WIDTH_PX = 640


@dataclass(frozen=True, slots=True, kw_only=True)
class AimLimits:
    """The limits that a view is measured against."""

    face_px: float = MIN_SIDE_PX
    """Least side of a face that is read."""

    lids_px: float = EYES_MIN_SIDE_PX
    """Least side of a face whose lids are read."""

    turned_deg: float = sum(YAW_RAMP_DEG) / 2
    """Largest turn of a head whose face is read."""

    face_sharpness: float = EYES_MIN_SHARPNESS
    """Least sharpness of a face whose lids are read."""

    face_contrast: float = sum(CONTRAST_RAMP) / 2
    """Least contrast of a face that is read."""

    sharpness: float = MIN_SHARPNESS
    """Least sharpness of a picture."""

    light: tuple[float, float] = (MIN_LIGHT, MAX_LIGHT)
    """Least and largest mean brightness of a picture."""

    white: float = MAX_WHITE
    """Largest share of white pixels."""


LIMITS = AimLimits()


def measure_light(gray: UInt8Array) -> Light:
    """Return how bright a (H, W) picture is."""
    return Light(
        mean=float(gray.mean()) / 255,
        black=float((gray <= BLACK_LEVEL).mean()),
        white=float((gray >= WHITE_LEVEL).mean()),
    )


def measure_sharpness(gray: UInt8Array) -> float:
    """Return the variance of the Laplacian of a (H, W) picture, made comparable by its width."""
    height, width = gray.shape
    if width > JUDGED_WIDTH_PX:
        size_wh = (JUDGED_WIDTH_PX, max(1, round(height * JUDGED_WIDTH_PX / width)))
        gray = np.asarray(cv2.resize(gray, size_wh, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return float(cv2.Laplacian(gray, cv2.CV_32F).var())


def judge_picture(light: Light, sharpness: float) -> tuple[PictureFault, ...]:
    """Return what is wrong with a whole picture."""
    low, high = LIMITS.light
    found = {
        PictureFault.DARK: light.mean < low,
        PictureFault.BRIGHT: light.mean > high or light.white > LIMITS.white,
        PictureFault.BLURRED: sharpness < LIMITS.sharpness,
    }
    return tuple(fault for fault, holds in found.items() if holds)


def too_slow(fps: float | None, wanted_fps: float) -> bool:
    """Tell whether too few of the frames asked for arrive; False before the rate is known."""
    return fps is not None and fps < MIN_RATE * wanted_fps


def judge_person(
    face: FaceSight | None, *, seated: bool, inside_region: float
) -> tuple[PersonFault, ...]:
    """Return why somebody is not read, or not read well, the most important reason first.

    Args:
        face: What was found; None without a face.
        seated: Whether a seat would get the person.
        inside_region: Share of the face in that seat's region, [0, 1].
    """
    alone = () if seated else (PersonFault.NO_SEAT,)
    if face is None:
        return (*alone, PersonFault.NO_FACE)
    enough = _half(INSIDE_RAMP)
    found = {
        PersonFault.TURNED: abs(face.yaw_deg) > LIMITS.turned_deg,
        PersonFault.OUTSIDE: face.inside < enough,
        PersonFault.CUT: seated and inside_region < enough <= face.inside,
        PersonFault.FACE_SMALL: face.side_px < LIMITS.face_px,
        PersonFault.LIDS_SMALL: LIMITS.face_px <= face.side_px < LIMITS.lids_px,
        PersonFault.BLURRED: face.sharpness < LIMITS.face_sharpness,
        PersonFault.FLAT: face.contrast < LIMITS.face_contrast,
        PersonFault.GLARE: face.glare >= EYES_MAX_GLARE,
    }
    faults = tuple(fault for fault, holds in found.items() if holds)
    if face.trust < MIN_TRUST and not faults:
        faults = (PersonFault.NO_FACE,)
    return alone + faults


def _half(ends: Ramp) -> float:
    """Return where the trust falls below one half."""
    return sum(ends) / 2
