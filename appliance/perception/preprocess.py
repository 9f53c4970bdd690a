"""Pixels to tensors: crop, letterbox, warp; normalisation is inside the models."""

from dataclasses import dataclass

import cv2
import numpy as np

from appliance.domain.arrays import Float64Array, UInt8Array

# Averaging more than 4 x 4 samples per pixel costs milliseconds on faces close to the camera and
# is not seen in 64 pixels.
MAX_OVERSAMPLING = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterbox:
    """Where a picture lies inside a square model input: x' = scale x + offset."""

    scale: float
    """Model input pixels per picture pixel."""

    offset_xy: tuple[float, float]
    """Left and top margin, model input pixels."""


def letterbox(image_bgr: UInt8Array, *, input_px: int) -> tuple[UInt8Array, Letterbox]:
    """Fit a whole picture into a square, centred, black around it.

    Args:
        image_bgr: (H, W, 3).
        input_px: Side of the model input.

    Returns:
        (1, input_px, input_px, 3) and the placement.

    Source:
        MediaPipe 0.10.21, mediapipe/calculators/tensor/image_to_tensor_utils.cc, ``PadRoi``, and
        image_to_tensor_converter_opencv.cc: bilinear, corners to corners, BORDER_ZERO.
    """
    height, width = image_bgr.shape[:2]
    scale = input_px / max(height, width)
    offset = ((input_px - width * scale) / 2, (input_px - height * scale) / 2)
    matrix = np.array([[scale, 0, offset[0]], [0, scale, offset[1]]])
    boxed = cv2.warpAffine(
        image_bgr,
        matrix,
        (input_px, input_px),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(0, 0, 0),
    )
    return _as_batch(boxed), Letterbox(scale=scale, offset_xy=offset)


def warp_square(
    image_bgr: UInt8Array, to_picture: Float64Array, *, input_px: int, shrink: bool = False
) -> UInt8Array:
    """Cut a rotated square out of a picture; beyond the edge the last pixel is repeated.

    Args:
        image_bgr: (H, W, 3).
        to_picture: (2, 3) matrix from output pixels to picture pixels.
        input_px: Side of the output.
        shrink: Average first where the square is larger than the output, so that no pixel is
            skipped. MediaPipe does not do so for pose.

    Returns:
        (1, input_px, input_px, 3).

    Source:
        MediaPipe 0.10.21, image_to_tensor_converter_opencv.cc: bilinear, BORDER_REPLICATE.
    """
    matrix = to_picture
    step = min(int(np.hypot(*to_picture[:, 0])), MAX_OVERSAMPLING) if shrink else 1
    side = input_px * max(step, 1)
    if step > 1:
        matrix = to_picture.copy()
        matrix[:, :2] /= step
    warped = cv2.warpAffine(
        image_bgr,
        matrix,
        (side, side),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if step > 1:
        warped = cv2.resize(warped, (input_px, input_px), interpolation=cv2.INTER_AREA)
    return _as_batch(warped)


def _as_batch(image: cv2.typing.MatLike) -> UInt8Array:
    batch: UInt8Array = np.asarray(image, dtype=np.uint8)[None]
    return batch
