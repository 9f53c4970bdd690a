"""Raw landmark outputs to points of the picture."""

from dataclasses import dataclass, field

import numpy as np

from appliance.domain.arrays import Float32Array
from appliance.perception.squares import Square

# MediaPipe 0.10.21, tensors_to_pose_landmarks_and_segmentation.pbtxt
INPUT_PX = 256
LANDMARKS = 39  # num_landmarks: 33 of the body, 2 alignment points, 4 unused
BODY = slice(0, 33)
ALIGNMENT = slice(33, 35)
REFINE_KERNEL = 7  # kernel_size
REFINE_MIN_CONFIDENCE = 0.5  # min_confidence_to_refine, default of the calculator

HEAD = slice(0, 11)
SHOULDERS = slice(11, 13)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RefinedLandmarks:
    """Landmarks after a look at the heat map."""

    landmarks: Float32Array = field(repr=False)
    """(39, 5) as from ``decode_landmarks``, x and y refined."""

    peaks: Float32Array = field(repr=False)
    """(39,) highest confidence of each landmark's heat map close to it, [0, 1]."""

    @property
    def certainty(self) -> float:
        """How sure the heat maps are of a head or of shoulders, [0, 1].

        Presence and visibility stay near 1 on cartoons that the detector took for a person; the
        heat maps do not.
        """
        return float(max(self.head_certainty, self.peaks[SHOULDERS].mean()))

    @property
    def head_certainty(self) -> float:
        """How sure the heat maps are of a head, [0, 1]; visibility is sure of heads on walls."""
        return float(self.peaks[HEAD].mean())


def decode_landmarks(raw: Float32Array) -> Float32Array:
    """Decode the landmark tensor.

    Args:
        raw: (195,) 39 x (x, y, z in pixels of the model input, visibility and presence logits).

    Returns:
        (39, 5) x, y, z in sides of the model input, visibility, presence as probabilities.

    Source:
        MediaPipe 0.10.21, mediapipe/calculators/tensor/tensors_to_landmarks_calculator.cc.
    """
    landmarks = raw.reshape(LANDMARKS, 5).copy()
    landmarks[:, :3] /= INPUT_PX
    landmarks[:, 3:] = _sigmoid(landmarks[:, 3:])
    return landmarks


def refine_landmarks(landmarks: Float32Array, heatmap: Float32Array) -> RefinedLandmarks:
    """Move each landmark to the centre of gravity of its heat map close by.

    Only where the heat map reaches the minimum confidence (inclusive) within the kernel.

    Args:
        landmarks: (39, 5) from ``decode_landmarks``.
        heatmap: (H, W, 39) logits over the model input.

    Returns:
        New landmarks and how sure the heat map is of each; the argument is left alone.

    Source:
        MediaPipe 0.10.21, mediapipe/calculators/util/refine_landmarks_from_heatmap_calculator.cc.
        The original compares the column with the height; the map is square, so nothing changes.
    """
    height, width, _ = heatmap.shape
    reach = REFINE_KERNEL // 2
    refined = landmarks.copy()
    centres = landmarks[:, :2] * np.array([width, height], dtype=np.float32)
    cells = np.trunc(centres).astype(np.intp)
    inside = ((cells >= 0) & (cells < (width, height))).all(axis=1)
    window = np.arange(-reach, reach + 1)
    columns = cells[:, 0, None] + window
    rows = cells[:, 1, None] + window
    valid = ((rows >= 0) & (rows < height))[:, :, None] & ((columns >= 0) & (columns < width))[
        :, None, :
    ]
    logits = heatmap[
        np.clip(rows, 0, height - 1)[:, :, None],
        np.clip(columns, 0, width - 1)[:, None, :],
        np.arange(len(landmarks))[:, None, None],
    ]
    weights = _sigmoid(logits) * valid
    peaks = weights.max(axis=(1, 2)) * inside
    confident = peaks >= REFINE_MIN_CONFIDENCE
    total = np.where(confident, weights.sum(axis=(1, 2)), 1)
    x = (weights.sum(axis=1) * columns).sum(axis=1) / (total * width)
    y = (weights.sum(axis=2) * rows).sum(axis=1) / (total * height)
    refined[confident, 0] = x[confident]
    refined[confident, 1] = y[confident]
    return RefinedLandmarks(landmarks=refined, peaks=peaks)


def project_landmarks(landmarks: Float32Array, region: Square) -> Float32Array:
    """Carry landmarks from the region back to the picture.

    Args:
        landmarks: (N, 5) in sides of the region.
        region: Where the model looked.

    Returns:
        (N, 4) x and y in pixels of the picture, z in the same scale, visibility.

    Source:
        MediaPipe 0.10.21, mediapipe/calculators/util/landmark_projection_calculator.cc.
    """
    matrix = region.to_picture(input_px=1).astype(np.float32)
    projected = np.empty((len(landmarks), 4), dtype=np.float32)
    projected[:, :2] = landmarks[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    projected[:, 2] = landmarks[:, 2] * np.float32(region.side_px)
    projected[:, 3] = landmarks[:, 3]
    return projected


def _sigmoid(logits: Float32Array) -> Float32Array:
    # Clipped so that exp cannot overflow; beyond 80 the sigmoid is 0 or 1 in float32 anyway.
    result: Float32Array = np.reciprocal(1 + np.exp(-np.clip(logits, -80, 80)))
    return result
