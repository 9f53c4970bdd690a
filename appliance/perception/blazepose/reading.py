"""One run of the landmark model on one square of a picture."""

from dataclasses import dataclass, field

from appliance.domain.arrays import Float32Array, UInt8Array
from appliance.domain.observations import PoseLandmarks
from appliance.perception.blazepose.landmarks import (
    BODY,
    INPUT_PX,
    USED,
    decode_landmarks,
    project_landmarks,
    refine_landmarks,
)
from appliance.perception.preprocess import warp_square
from appliance.perception.scratch import Scratch
from appliance.perception.squares import Square
from appliance.ports import InferenceSession

# MediaPipe 0.10.21, tensors_to_pose_landmarks_and_segmentation.pbtxt, ThresholdingCalculator;
# the comparison is strict.
MIN_PRESENCE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BodyReading:
    """What the model says of whoever is in its square."""

    points: Float32Array = field(repr=False)
    """(35, 4) body and alignment points: x, y and z in pixels of the picture, visibility."""

    presence: float
    """Confidence that somebody is there, [0, 1]."""

    certainty: float
    """How sure the heat maps are of a head or of shoulders, [0, 1]."""

    head_certainty: float
    """How sure they are of a head, [0, 1]."""

    @property
    def pose(self) -> PoseLandmarks:
        """The body as it was read, not smoothed."""
        return PoseLandmarks(
            points=self.points[BODY].copy(),
            presence=self.presence,
            head_certainty=self.head_certainty,
        )


def read_body(
    session: InferenceSession, image_bgr: UInt8Array, region: Square, *, scratch: Scratch
) -> BodyReading | None:
    """Look for a body's landmarks in one square.

    Args:
        session: Of ``pose_landmark_lite`` or ``pose_landmark_full``.
        image_bgr: (H, W, 3).
        region: Where to look, pixels of the picture.
        scratch: Memory for pictures in between.

    Returns:
        None when nobody is there.
    """
    # Averaged where the region is much larger than the input, unlike MediaPipe: skipped pixels
    # make landmarks tremble (DECISIONS.md).
    matrix = region.to_picture(input_px=INPUT_PX)
    tensor = warp_square(image_bgr, matrix, input_px=INPUT_PX, shrink=True, scratch=scratch)
    outputs = session.infer({"image": tensor})
    presence = float(outputs["presence"][0, 0])
    if not presence > MIN_PRESENCE:
        return None
    refined = refine_landmarks(decode_landmarks(outputs["landmarks"][0]), outputs["heatmap"][0])
    return BodyReading(
        points=project_landmarks(refined.landmarks[USED], region),
        presence=presence,
        certainty=refined.certainty,
        head_certainty=refined.head_certainty,
    )
