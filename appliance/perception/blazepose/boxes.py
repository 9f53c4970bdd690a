"""Raw detector outputs to boxes with points, and weighted non-maximum suppression."""

import math
from dataclasses import dataclass, field

import numpy as np

from appliance.domain.arrays import Float32Array, bind_shapes

# MediaPipe 0.10.21, pose_detection_cpu.pbtxt and face_detection.pbtxt
SCORE_CLIP = 100.0  # score_clipping_thresh
MIN_SCORE = 0.5  # min_score_thresh
SUPPRESSION_IOU = 0.3  # min_suppression_threshold


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Detections:
    """Boxes of one picture, best first after suppression.

    N = boxes, K = points per box.
    """

    boxes_xyxy: Float32Array = field(repr=False)
    """(N, 4) left, top, right, bottom; unit as the picture they belong to."""

    points: Float32Array = field(repr=False)
    """(N, K, 2) x and y in the same unit."""

    scores: Float32Array
    """(N,) probability."""

    def __post_init__(self) -> None:
        """Reject arrays that do not belong together."""
        bind_shapes(
            "Detections",
            {
                "boxes_xyxy": (self.boxes_xyxy, "N 4"),
                "points": (self.points, "N K 2"),
                "scores": (self.scores, "N"),
            },
        )

    def __len__(self) -> int:
        """Count the boxes."""
        return len(self.scores)

    def placed(self, *, scale: float, offset_xy: tuple[float, float]) -> "Detections":
        """Return the same boxes in another picture's coordinates, x' = scale x + offset."""
        offset = np.array(offset_xy, dtype=np.float32)
        factor = np.float32(scale)
        return Detections(
            boxes_xyxy=self.boxes_xyxy * factor + np.tile(offset, 2),
            points=self.points * factor + offset,
            scores=self.scores,
        )


def decode_boxes(
    raw_boxes: Float32Array,
    raw_scores: Float32Array,
    anchors: Float32Array,
    *,
    input_px: int,
    min_score: float = MIN_SCORE,
) -> Detections:
    """Turn raw outputs into the boxes that reach the score.

    Args:
        raw_boxes: (N, 4 + 2 K) x centre, y centre, width, height, then points; pixels of the
            model input, relative to the anchor's centre.
        raw_scores: (N,) logits.
        anchors: (N, 2) centres in [0, 1].
        input_px: Side of the model input.
        min_score: Boxes below are dropped; equality is kept.

    Returns:
        Boxes and points in [0, 1] of the model input, in anchor order.

    Source:
        MediaPipe 0.10.21, mediapipe/calculators/tensor/tensors_to_detections_calculator.cc,
        ``DecodeBoxes`` with reverse_output_order.
    """
    logits = np.clip(raw_scores, -SCORE_CLIP, SCORE_CLIP)
    # Compared as logits: the sigmoid of two thousand boxes is not needed to drop them.
    kept = np.flatnonzero(logits >= math.log(min_score / (1 - min_score)))
    raw = raw_boxes[kept] / np.float32(input_px)
    centres = anchors[kept]
    middle = raw[:, :2] + centres
    half = raw[:, 2:4] / 2
    sized = (half >= 0).all(axis=1)
    points = raw[:, 4:].reshape(len(raw), (raw.shape[1] - 4) // 2, 2) + centres[:, None]
    scores = 1 / (1 + np.exp(-logits[kept]))
    return Detections(
        boxes_xyxy=np.concatenate([middle - half, middle + half], axis=1)[sized],
        points=points[sized],
        scores=scores[sized].astype(np.float32),
    )


def suppress_overlaps(detections: Detections, *, iou: float = SUPPRESSION_IOU) -> Detections:
    """Merge boxes that overlap the best one more than ``iou`` into their weighted mean.

    Every box votes with its score, points included; the merged box keeps the best score.

    Args:
        detections: Boxes in any order.
        iou: Intersection over union, compared strictly.

    Returns:
        Merged boxes, best first.

    Source:
        MediaPipe 0.10.21, mediapipe/calculators/util/non_max_suppression_calculator.cc,
        ``WeightedNonMaxSuppression`` with INTERSECTION_OVER_UNION.
    """
    order = np.argsort(-detections.scores, kind="stable")
    boxes, points, scores = [], [], []
    while len(order):
        best = order[0]
        merged = overlap(detections.boxes_xyxy[best], detections.boxes_xyxy[order]) > iou
        merged[0] = True  # an empty box does not overlap itself and would stay for ever
        voters = order[merged]
        weights = detections.scores[voters] / detections.scores[voters].sum()
        boxes.append(weights @ detections.boxes_xyxy[voters])
        points.append(np.tensordot(weights, detections.points[voters], axes=1))
        scores.append(detections.scores[best])
        order = order[~merged]
    if not boxes:
        return detections
    return Detections(
        boxes_xyxy=np.stack(boxes).astype(np.float32),
        points=np.stack(points).astype(np.float32),
        scores=np.array(scores, dtype=np.float32),
    )


def overlap(box_xyxy: Float32Array, others_xyxy: Float32Array) -> Float32Array:
    """Intersection over union of one box (4,) with others (N, 4); 0 for empty boxes."""
    low = np.maximum(box_xyxy[:2], others_xyxy[:, :2])
    high = np.minimum(box_xyxy[2:], others_xyxy[:, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    union = (
        np.prod(box_xyxy[2:] - box_xyxy[:2])
        + np.prod(others_xyxy[:, 2:] - others_xyxy[:, :2], axis=1)
        - shared
    )
    result: Float32Array = np.divide(
        shared, union, out=np.zeros_like(shared), where=union > 0
    ).astype(np.float32)
    return result
