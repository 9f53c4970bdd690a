"""The rotated square that the landmark model looks at."""

import math
from collections.abc import Sequence

from appliance.domain.arrays import Float32Array
from appliance.perception.squares import Square, wrapped_rad

# MediaPipe 0.10.21, pose_detection_to_roi.pbtxt and pose_landmarks_to_roi.pbtxt: scale_x and
# scale_y of RectTransformationCalculator (1.5 in its first releases).
REGION_MARGIN = 1.25


def region_from_alignment(
    centre: Float32Array | Sequence[float], scale_point: Float32Array | Sequence[float]
) -> Square:
    """Build the region from the two alignment points of the detector or the landmark model.

    The vector from the hip centre to the scale point is half a side long and points to the head.

    Args:
        centre: (2,) x and y of the middle, pixels of the picture.
        scale_point: (2,) x and y of the point that encodes size and direction.

    Returns:
        Region with MediaPipe's margin.

    Source:
        MediaPipe 0.10.21, mediapipe/calculators/util/alignment_points_to_rects_calculator.cc
        (size) and detections_to_rects_calculator.cc, ``ComputeRotation`` with target 90 degrees.
    """
    right = float(scale_point[0]) - float(centre[0])
    up = float(centre[1]) - float(scale_point[1])
    return Square(
        centre_xy=(float(centre[0]), float(centre[1])),
        side_px=2 * math.hypot(right, up) * REGION_MARGIN,
        rotation_rad=wrapped_rad(math.pi / 2 - math.atan2(up, right)),
    )
