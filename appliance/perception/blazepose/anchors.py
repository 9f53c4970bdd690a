"""Anchor centres of MediaPipe's single-shot detectors."""

import numpy as np

from appliance.domain.arrays import Float32Array

# MediaPipe 0.10.21, mediapipe/modules/pose_detection/pose_detection_cpu.pbtxt
POSE_INPUT_PX = 224
POSE_STRIDES = (8, 16, 32, 32, 32)

# MediaPipe 0.10.21, mediapipe/modules/face_detection/face_detection_short_range.pbtxt
FACE_INPUT_PX = 128
FACE_STRIDES = (8, 16, 16, 16)

ANCHORS_PER_LAYER = 2  # aspect ratio 1.0 and interpolated_scale_aspect_ratio 1.0


def anchor_centres(*, input_px: int, strides: tuple[int, ...]) -> Float32Array:
    """List the anchor centres in the order of the detector's outputs.

    All anchors are squares of size one (``fixed_anchor_size``), so only centres matter.
    Neighbouring layers of equal stride share one grid and interleave their anchors per cell.

    Args:
        input_px: Side of the square model input.
        strides: Pixels per cell of each layer.

    Returns:
        (N, 2) x and y in [0, 1] of the model input.

    Source:
        MediaPipe 0.10.21, mediapipe/calculators/tflite/ssd_anchors_calculator.cc,
        ``GenerateAnchors``.
    """
    grids = []
    layer = 0
    while layer < len(strides):
        stride = strides[layer]
        same = 1
        while layer + same < len(strides) and strides[layer + same] == stride:
            same += 1
        cells = -(-input_px // stride)
        axis = (np.arange(cells, dtype=np.float32) + np.float32(0.5)) / np.float32(cells)
        grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
        grids.append(np.repeat(grid, same * ANCHORS_PER_LAYER, axis=0))
        layer += same
    return np.concatenate(grids)
