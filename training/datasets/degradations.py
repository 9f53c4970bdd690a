"""What makes a face hard to read: few pixels, little light, compression, blur.

Face height is one number everywhere: the longer side of the upright box round the teacher's 478
landmarks (forehead to chin), in pixels of the picture that the box gets. A picture that is all
face shows it at ``WHOLE_EXTENT`` of its height; the box's crop is 1.05 face heights wide.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from appliance.domain.arrays import UInt8Array
from training.datasets.face_teacher import WHOLE_EXTENT

FACE_HEIGHTS_PX = (24, 32, 48, 64, 96, 128)

REFERENCE_PX = 64.0  # face height at which lengths of blur are stated; they grow with the face
READ_NOISE = 2.0  # 8-bit levels, standard deviation: a webcam with its gain turned up
SHOT_NOISE = 0.12  # variance per 8-bit level of light
JPEG_QUALITY = 30
MOTION_PX = 6.0  # at the reference height: a head that turns 30 cm/s, 1/15 s of exposure

Degrade = Callable[[UInt8Array, float, np.random.Generator], UInt8Array]
"""Picture, face height in pixels, randomness; returns the picture as the camera gives it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One row of the table: a face height, or something done to the picture at its own size."""

    name: str
    """For people."""

    height_px: float | None = None
    """Face height to bring the picture to; None keeps its size."""

    degrade: Degrade | None = None
    """What else happens; None nothing."""

    def show(self, picture: UInt8Array, *, face_px: float, rng: np.random.Generator) -> UInt8Array:
        """Return what the box would get.

        Args:
            picture: (H, W, 3) BGR.
            face_px: Face height in it.
            rng: Randomness of the sensor.
        """
        if self.height_px is not None:
            return resized(picture, scale=self.height_px / face_px)
        return picture if self.degrade is None else self.degrade(picture, face_px, rng)


def face_height_px(picture: UInt8Array) -> float:
    """Return the face height of a picture that is all face."""
    return WHOLE_EXTENT * picture.shape[0]


def resized(picture: UInt8Array, *, scale: float) -> UInt8Array:
    """Return the whole picture larger or smaller, sides rounded to whole pixels."""
    height, width = (max(round(side * scale), 1) for side in picture.shape[:2])
    if (height, width) == picture.shape[:2]:
        return picture
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (width, height), interpolation=method), dtype=np.uint8)


def dimmed(picture: UInt8Array, *, gain: float, rng: np.random.Generator) -> UInt8Array:
    """Return the picture with less light and the noise of a sensor that sees little.

    Args:
        picture: (H, W, 3) BGR.
        gain: Share of the light, (0, 1].
        rng: Randomness of the sensor.
    """
    light = picture.astype(np.float32) * gain
    spread = np.sqrt(READ_NOISE**2 + SHOT_NOISE * light)
    noise = rng.standard_normal(light.shape, dtype=np.float32) * spread
    return np.clip(np.rint(light + noise), 0, 255).astype(np.uint8)


def compressed(picture: UInt8Array) -> UInt8Array:
    """Return the picture after JPEG of low quality."""
    _, file = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return np.asarray(cv2.imdecode(file, cv2.IMREAD_COLOR), dtype=np.uint8)


def blurred(picture: UInt8Array, *, sigma_px: float) -> UInt8Array:
    """Return the picture out of focus; sigma in its own pixels."""
    soft = cv2.GaussianBlur(picture, (0, 0), sigma_px, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(soft, dtype=np.uint8)


def smeared(picture: UInt8Array, *, length_px: float) -> UInt8Array:
    """Return the picture moved sideways during the exposure, over a length of its own pixels."""
    reach = int(np.ceil((length_px - 1) / 2))
    weights = np.ones(2 * reach + 1)
    if reach > 0:
        weights[[0, -1]] = (length_px - (2 * reach - 1)) / 2
    kernel = (weights / weights.sum())[None]
    moved = cv2.filter2D(picture, -1, kernel, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(moved, dtype=np.uint8)


NATIVE = Condition(name="own size")

CONDITIONS: tuple[Condition, ...] = (
    NATIVE,
    *(Condition(name=f"{height} px", height_px=float(height)) for height in FACE_HEIGHTS_PX),
    Condition(name="light x .25", degrade=lambda p, _, rng: dimmed(p, gain=0.25, rng=rng)),
    Condition(name="light x .12", degrade=lambda p, _, rng: dimmed(p, gain=0.12, rng=rng)),
    Condition(name=f"JPEG {JPEG_QUALITY}", degrade=lambda p, _face, _rng: compressed(p)),
    Condition(
        name="blur 1 px", degrade=lambda p, face, _: blurred(p, sigma_px=1.0 * face / REFERENCE_PX)
    ),
    Condition(
        name="blur 2 px", degrade=lambda p, face, _: blurred(p, sigma_px=2.0 * face / REFERENCE_PX)
    ),
    Condition(
        name=f"motion {MOTION_PX:g} px",
        degrade=lambda p, face, _: smeared(p, length_px=MOTION_PX * face / REFERENCE_PX),
    ),
)
