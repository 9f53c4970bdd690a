"""How far a face can be believed: size, angle, presence, and what its crop is worth.

Everything here masks; nothing here gives a value. The limits were set on 200 frames of
``talking_face`` (80 with closed eyes, by the teacher) that were spoilt step by step, with the
encoder 2.0: r is the correlation of its blink score with the teacher's, .98 on the clean
frames. "Clean faces" are 1,500 of FER+ and 800 of muxspace.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from appliance.domain.arrays import Float32Array, UInt8Array

# The smallest usable face (`python -m training.evaluate conditions`): at 32 pixels of height FER+
# loses a point and the blink's r .06, at 24 four points and .19; below 48 pixels r falls under .92.
# Sides of the crop, which is 1.05 times the face's height from chin to forehead; below the first
# the face is masked, below the second its eyes are. Both a little lower than the measured height,
# so that a face of just that size does not flicker.
MIN_SIDE_PX = 33.0
EYES_MIN_SIDE_PX = 48.0

Ramp = tuple[float, float]
"""No trust at the first end, full trust at the second; half of it in the middle."""

SIDE_RAMP_PX: Ramp = (0.8 * MIN_SIDE_PX, 1.2 * MIN_SIDE_PX)
YAW_RAMP_DEG: Ramp = (65.0, 35.0)
EYES_MAX_YAW_DEG = 40.0
# Distance from eyes to mouth over what the widths of the face promise: the cosine of a nod, and
# negative where the pose guesses a face at the back of a head. .87-1.13 on eight real clips.
UPRIGHT_RAMP: Ramp = (0.40, 0.65)
# Least visibility of eyes, nose and mouth, and the heat maps' certainty of the head: .86 and more
# on faces at webcams and in renders, .02 to .13 on a wall between three people.
SEEN_RAMP: Ramp = (0.3, 0.7)
INSIDE_RAMP: Ramp = (0.75, 0.95)  # share of the square inside the picture

# The crop is judged at one size, whatever the encoder's input and the face's own size.
JUDGED_PX = 48
_ROWS, _COLUMNS = slice(10, 42), slice(8, 40)  # brows to chin, without hair and background

# Spread of the Laplacian over the spread of gray: .84 on clean frames (.67-1.03), .45 after a
# Gaussian of .02 sides (r .91), .35 of .03 (r .86, and closed eyes read .40 instead of .80), .29
# of .04 (r .81), .24 of .06 (r .74). Of clean faces 1 in 200 lies below .35.
SHARPNESS_RAMP: Ramp = (0.20, 0.32)
EYES_MIN_SHARPNESS = 0.35
# Spread of gray, levels of 255: 32 on clean frames, 8 at a quarter of the light with noise of 1.5
# levels (r .96) or a quarter of the contrast (r .91), 3.9 at an eighth (r .81, .67). No clean face
# has less than 14.
CONTRAST_RAMP: Ramp = (4.0, 8.0)

# Glare on glasses: the share of one eye's box whose darkest channel (sunlit skin is less blue) is
# above this level and above the face's mean gray by this many spreads. Masks the eyes of 83 % of
# muxspace faces with painted glare (training/datasets/overlays.py) and of .3 % without, of 1.3 %
# of FER+ (overexposed scans), of one frame in eleven of a pale face in the sun (asl_learn) and of
# 4 % of talking_face frames at one and a half times the light. Blobs below .05 sides escape; they
# hardly move the score.
GLARE_LEVEL, GLARE_SPREADS = 215.0, 1.75
EYES_MAX_GLARE = 0.15
EYE_BOX_WH = (0.22, 0.12)  # shares of the tight crop's side: lids with a little skin


@dataclass(frozen=True, slots=True, kw_only=True)
class CropQuality:
    """What the pixels of a face crop are worth."""

    sharpness: float
    """Spread of the Laplacian over the spread of gray at 48 pixels, brows to chin."""

    contrast: float
    """Spread of gray there, levels of 255."""

    glare: float
    """Share of the worse eye's box that shines, [0, 1]."""

    @property
    def trust(self) -> float:
        """[0, 1] factor of the face's trust."""
        return ramp(self.sharpness, SHARPNESS_RAMP) * ramp(self.contrast, CONTRAST_RAMP)

    @property
    def eyes_readable(self) -> bool:
        """Whether blur and glare leave the eyes to be judged."""
        return self.sharpness >= EYES_MIN_SHARPNESS and self.glare < EYES_MAX_GLARE


def judge_place(
    *, side_px: float, yaw_deg: float, upright: float, seen: float, inside: float
) -> float:
    """Return the trust in a face by where it lies.

    Args:
        side_px: Side of the tight crop, pixels of the picture.
        yaw_deg: Turn of the head.
        upright: Distance from eyes to mouth over the promised one.
        seen: Least confidence of eyes, nose and mouth, [0, 1].
        inside: Share of the crop inside the picture.
    """
    return (
        ramp(side_px, SIDE_RAMP_PX)
        * ramp(abs(yaw_deg), YAW_RAMP_DEG)
        * ramp(upright, UPRIGHT_RAMP)
        * ramp(seen, SEEN_RAMP)
        * ramp(inside, INSIDE_RAMP)
    )


def judge_crop(
    crop_bgr: UInt8Array, *, eyes_xy: tuple[tuple[float, float], ...], margin: float
) -> CropQuality:
    """Measure blur, contrast and glare of what the encoder is about to see.

    Args:
        crop_bgr: (S, S, 3) upright face crop.
        eyes_xy: Where the eyes lie, shares of the crop's side.
        margin: Side of this crop over the side of the tight one.
    """
    gray = cv2.cvtColor(crop_bgr, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(gray, (JUDGED_PX, JUDGED_PX), interpolation=cv2.INTER_AREA)
    face: Float32Array = small[_ROWS, _COLUMNS].astype(np.float32)
    mean, spread = (float(value[0, 0]) for value in cv2.meanStdDev(face))
    laplacian = cv2.meanStdDev(cv2.Laplacian(face, cv2.CV_32F))[1]
    shining = max(GLARE_LEVEL, mean + GLARE_SPREADS * spread)
    return CropQuality(
        sharpness=float(laplacian[0, 0]) / max(spread, 1.0),
        contrast=spread,
        glare=max(
            _shining_share(_box(crop_bgr, centre, margin=margin), level=shining)
            for centre in eyes_xy
        ),
    )


def ramp(value: float, ends: Ramp) -> float:
    """Return 0 at the first end, 1 at the second, linear between."""
    return min(1.0, max(0.0, (value - ends[0]) / (ends[1] - ends[0])))


def _shining_share(box_bgr: UInt8Array, *, level: float) -> float:
    """Return the share of pixels whose darkest channel reaches a level."""
    least = math.ceil(level)
    shining = cv2.inRange(box_bgr, (least, least, least), (255, 255, 255))
    return cv2.countNonZero(shining) / shining.size


def _box(crop_bgr: UInt8Array, centre_xy: tuple[float, float], *, margin: float) -> UInt8Array:
    """Cut one eye out of the crop."""
    side = len(crop_bgr)
    (x, y), (half_x, half_y) = centre_xy, (length / (2 * margin) for length in EYE_BOX_WH)
    return crop_bgr[
        int((y - half_y) * side) : int((y + half_y) * side),
        int((x - half_x) * side) : int((x + half_x) * side),
    ]
