"""What tells the bodies of one camera apart: where their shoulders, hips and noses are."""

from dataclasses import dataclass, field

import numpy as np

from appliance.domain.arrays import Float64Array, FloatArray, bind_shapes
from appliance.domain.observations import Landmark, PoseLandmarks

# Lengths in shoulder widths of people who sit upright and face the camera, as BlazePose lite sees
# four renders (.51 to .54 and 1.39 to 1.46); they stay when the body turns sideways.
NOSE_WIDTHS = 0.53  # middle of the shoulders to the nose tip
TRUNK_WIDTHS = 1.42  # middle of the shoulders to that of the hips


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Torso:
    """A body in one frame."""

    shoulders: Float64Array = field(repr=False)
    """(2,) middle of the shoulders, pixels of the frame."""

    hips: Float64Array = field(repr=False)
    """(2,) middle of the hips; a guess of the model where a desk hides them."""

    nose: Float64Array | None = field(repr=False)
    """(2,) nose tip; None for a detection, which has none."""

    width_px: float
    """Width of the shoulders as if frontal."""

    def __post_init__(self) -> None:
        """Reject wrong shapes at the border."""
        bind_shapes("Torso", {"shoulders": (self.shoulders, "2"), "hips": (self.hips, "2")})


def torso_of_pose(pose: PoseLandmarks) -> Torso:
    """Take the torso from landmarks in pixels of the frame."""
    points = pose.points[:, :2].astype(np.float64)
    left, right = points[Landmark.LEFT_SHOULDER], points[Landmark.RIGHT_SHOULDER]
    middle, nose = (left + right) / 2, points[Landmark.NOSE]
    across = float(np.linalg.norm(left - right))
    return Torso(
        shoulders=middle,
        hips=(points[Landmark.LEFT_HIP] + points[Landmark.RIGHT_HIP]) / 2,
        nose=nose,
        width_px=max(across, float(np.linalg.norm(nose - middle)) / NOSE_WIDTHS, 1.0),
    )


def torso_of_detection(points: FloatArray) -> Torso:
    """Take the torso from the (4, 2) points of the pose detector, pixels of the frame."""
    hips, shoulders = points[0].astype(np.float64), points[2].astype(np.float64)
    return Torso(
        shoulders=shoulders,
        hips=hips,
        nose=None,
        width_px=max(float(np.linalg.norm(hips - shoulders)) / TRUNK_WIDTHS, 1.0),
    )
