"""The rotated square that the landmark model looks at."""

import math
from dataclasses import dataclass

import numpy as np

from appliance.domain.arrays import Float32Array, Float64Array

# MediaPipe 0.10.21, pose_detection_to_roi.pbtxt and pose_landmarks_to_roi.pbtxt: scale_x and
# scale_y of RectTransformationCalculator (1.5 in releases before 0.8.4).
REGION_MARGIN = 1.25


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyRegion:
    """A square of the picture, rotated so that the body stands upright in it."""

    centre_xy: tuple[float, float]
    """Pixels of the picture."""

    side_px: float
    """Side length."""

    rotation_rad: float
    """Clockwise turn of the square's x axis against the picture's, in [-pi, pi)."""

    def to_picture(self, *, input_px: int) -> Float64Array:
        """Return the (2, 3) matrix from model input pixels to picture pixels.

        Corners map to corners, as MediaPipe's ``warpPerspective`` does (no half-pixel shift).
        """
        scale = self.side_px / input_px
        cosine = math.cos(self.rotation_rad) * scale
        sine = math.sin(self.rotation_rad) * scale
        half = input_px / 2
        return np.array(
            [
                [cosine, -sine, self.centre_xy[0] - cosine * half + sine * half],
                [sine, cosine, self.centre_xy[1] - sine * half - cosine * half],
            ]
        )


def region_from_alignment(centre: Float32Array, scale_point: Float32Array) -> BodyRegion:
    """Build the region from the two alignment points of the detector or the landmark model.

    The vector from the hip centre to the scale point is half a side long and points to the head.

    Args:
        centre: (2,) x and y of the middle, pixels of the picture.
        scale_point: (2,) x and y of the point that encodes size and direction.

    Returns:
        BodyRegion with MediaPipe's margin.

    Source:
        MediaPipe 0.10.21, mediapipe/calculators/util/alignment_points_to_rects_calculator.cc
        (size) and detections_to_rects_calculator.cc, ``ComputeRotation`` with target 90 degrees.
    """
    right = float(scale_point[0]) - float(centre[0])
    up = float(centre[1]) - float(scale_point[1])
    return BodyRegion(
        centre_xy=(float(centre[0]), float(centre[1])),
        side_px=2 * math.hypot(right, up) * REGION_MARGIN,
        rotation_rad=_wrapped(math.pi / 2 - math.atan2(up, right)),
    )


def _wrapped(angle_rad: float) -> float:
    return angle_rad - 2 * math.pi * math.floor((angle_rad + math.pi) / (2 * math.pi))
