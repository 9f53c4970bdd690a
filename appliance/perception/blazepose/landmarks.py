"""Raw landmark outputs to points of the picture."""

import math
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from appliance.domain.arrays import BoolArray, Float32Array
from appliance.perception.squares import Square

# MediaPipe 0.10.21, tensors_to_pose_landmarks_and_segmentation.pbtxt
INPUT_PX = 256
LANDMARKS = 39  # num_landmarks: 33 of the body, 2 alignment points, 4 unused
BODY = slice(0, 33)
ALIGNMENT = slice(33, 35)
USED = slice(0, 35)
REFINE_KERNEL = 7  # kernel_size
REFINE_MIN_CONFIDENCE = 0.5  # min_confidence_to_refine, default of the calculator

HEAD = slice(0, 11)
SHOULDERS = slice(11, 13)

_SCALES = np.array([1 / INPUT_PX] * 3 + [1, 1], dtype=np.float32)
_REACH = REFINE_KERNEL // 2
_DOWN, _ACROSS = (axis.ravel() - _REACH for axis in np.indices((REFINE_KERNEL, REFINE_KERNEL)))
_MOMENTS = np.stack([np.ones_like(_DOWN), _ACROSS, _DOWN], axis=1).astype(np.float32)
"""(49, 3) one, columns and rows of the window about its middle, row by row."""


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
        return max(self.head_certainty, _mean(self.peaks[SHOULDERS]))

    @property
    def head_certainty(self) -> float:
        """How sure the heat maps are of a head, [0, 1]; visibility is sure of heads on walls."""
        return _mean(self.peaks[HEAD])


def decode_landmarks(raw: Float32Array) -> Float32Array:
    """Decode the landmark tensor.

    Args:
        raw: (195,) 39 x (x, y, z in pixels of the model input, visibility and presence logits).

    Returns:
        (39, 5) x, y, z in sides of the model input, visibility, presence as probabilities.

    Source:
        MediaPipe 0.10.21, mediapipe/calculators/tensor/tensors_to_landmarks_calculator.cc.
    """
    landmarks: Float32Array = raw.reshape(LANDMARKS, 5) * _SCALES
    landmarks[:, 3:] = _sigmoid(landmarks[:, 3:])
    return landmarks


def refine_landmarks(landmarks: Float32Array, heatmap: Float32Array) -> RefinedLandmarks:
    """Move each landmark to the centre of gravity of its heat map close by.

    Only where the heat map reaches the minimum confidence (inclusive) within the kernel.

    Args:
        landmarks: (39, 5) from ``decode_landmarks``.
        heatmap: (S, S, 39) logits over the model input.

    Returns:
        New landmarks and how sure the heat map is of each; the argument is left alone.

    Source:
        MediaPipe 0.10.21, mediapipe/calculators/util/refine_landmarks_from_heatmap_calculator.cc.
        The original compares the column with the height; the map is square, so nothing changes.
    """
    side, _, count = heatmap.shape
    cells = (landmarks[:, :2] * np.float32(side)).astype(np.intp)
    strides, channels, offsets = _layout(side, count)
    index = (cells @ strides + channels)[:, None] + offsets
    weights = _sigmoid(heatmap.reshape(-1).take(index, mode="clip"))
    if not _inside(cells - _REACH, side - 2 * _REACH).all():
        columns, rows = cells[:, :1], cells[:, 1:]
        weights *= _inside(columns + _ACROSS, side) & _inside(rows + _DOWN, side)
        weights *= np.all(_inside(cells, side), axis=1, keepdims=True)
    peaks = weights.max(axis=1)
    # The centre of gravity about the middle cell; what is confident weighs at least its peak.
    moments = weights @ _MOMENTS
    moves = moments[:, 1:] / np.maximum(moments[:, :1], REFINE_MIN_CONFIDENCE)
    moves += cells
    moves /= side
    refined = landmarks.copy()
    np.copyto(refined[:, :2], moves, where=(peaks >= REFINE_MIN_CONFIDENCE)[:, None])
    return RefinedLandmarks(landmarks=refined, peaks=peaks)


@cache
def _layout(side: int, count: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return how a heat map lies in memory: of x and y, of the landmarks, of the kernel's cells."""
    strides = np.array([count, side * count])
    return strides, np.arange(count), _ACROSS * strides[0] + _DOWN * strides[1]


def _inside(cells: NDArray[np.intp], size: int) -> BoolArray:
    # As unsigned numbers, cells before the first are beyond the last.
    inside: BoolArray = cells.view(np.uintp) < size
    return inside


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
    (xx, xy, x0), (yx, yy, y0) = region.to_picture(input_px=1).tolist()
    matrix = np.array(
        [[xx, yx, 0, 0], [xy, yy, 0, 0], [0, 0, region.side_px, 0], [0, 0, 0, 1]], dtype=np.float32
    )
    projected: Float32Array = landmarks[:, :4] @ matrix
    projected += np.array([x0, y0, 0, 0], dtype=np.float32)
    return projected


def _mean(values: Float32Array) -> float:
    # Faster than NumPy's for a handful.
    return math.fsum(values.tolist()) / len(values)


def _sigmoid(logits: Float32Array) -> Float32Array:
    # By the hyperbolic tangent, which cannot overflow.
    result: Float32Array = logits * np.float32(0.5)
    np.tanh(result, out=result)
    result *= 0.5
    result += 0.5
    return result
