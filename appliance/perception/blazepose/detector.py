"""Finds people in a whole picture."""

from appliance.domain.arrays import UInt8Array
from appliance.perception.blazepose.anchors import POSE_INPUT_PX, POSE_STRIDES, anchor_centres
from appliance.perception.blazepose.boxes import Detections, decode_boxes, suppress_overlaps
from appliance.perception.preprocess import letterbox
from appliance.ports import InferenceSession


class PoseDetector:
    """The BlazePose detector with its anchors and suppression."""

    def __init__(self, session: InferenceSession) -> None:
        """Take a session of the model ``pose_detector``."""
        self._session = session
        self._anchors = anchor_centres(input_px=POSE_INPUT_PX, strides=POSE_STRIDES)

    def detect(self, image_bgr: UInt8Array) -> Detections:
        """Find people, best first.

        Args:
            image_bgr: (H, W, 3).

        Returns:
            Face boxes in pixels of the picture; points are hip centre, full-body scale point,
            shoulder centre, upper-body scale point.
        """
        tensor, placement = letterbox(image_bgr, input_px=POSE_INPUT_PX)
        outputs = self._session.infer({"image": tensor})
        found = decode_boxes(
            outputs["boxes"][0], outputs["scores"][0, :, 0], self._anchors, input_px=POSE_INPUT_PX
        )
        merged = suppress_overlaps(found)
        offset_x, offset_y = placement.offset_xy
        return merged.placed(
            scale=POSE_INPUT_PX / placement.scale,
            offset_xy=(-offset_x / placement.scale, -offset_y / placement.scale),
        )
