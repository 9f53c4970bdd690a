"""Pixels to tensors: crop, letterbox, warp; normalisation is inside the models."""

from dataclasses import dataclass

import cv2
import numpy as np

from appliance.domain.arrays import Float64Array, UInt8Array


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
        shrink: Average whole blocks of pixels first where the square is at least twice as large
            as the output, so that none is skipped.

    Returns:
        (1, input_px, input_px, 3).

    Source:
        MediaPipe 0.10.21, image_to_tensor_converter_opencv.cc: bilinear, BORDER_REPLICATE.
        Deviations: MediaPipe never averages. Beyond the edge the nearest pixel is taken: a
        webcam's square lies mostly outside the picture (the hips are below the desk), where
        OpenCV's own replication costs 1.2 ms of a 5 ms frame and this 0.5 ms.
    """
    step = int(np.hypot(*to_picture[:, 0])) if shrink else 1
    if step > 1:
        image_bgr, to_picture = _shrunk(image_bgr, to_picture, side=input_px, step=step)
    picture_wh = (image_bgr.shape[1], image_bgr.shape[0])
    inside = _lies_inside(to_picture, side=input_px, picture_wh=picture_wh)
    warped = cv2.warpAffine(
        image_bgr,
        to_picture,
        (input_px, input_px),
        dst=None if inside else _surroundings(image_bgr, to_picture, side=input_px),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_TRANSPARENT,
    )
    return _as_batch(warped)


def _shrunk(
    image_bgr: UInt8Array, to_picture: Float64Array, *, side: int, step: int
) -> tuple[UInt8Array, Float64Array]:
    """Average blocks of step x step pixels of the part that the square needs."""
    corners = _corners(to_picture, side=side)
    low = np.clip(corners.min(axis=0).astype(int) - step, 0, None)
    high = np.clip(corners.max(axis=0).astype(int) + step + 1, 0, image_bgr.shape[1::-1])
    blocks = (high - low) // step
    if (blocks < 1).any():
        return image_bgr, to_picture
    right, bottom = low + blocks * step
    needed = image_bgr[low[1] : bottom, low[0] : right]
    averaged = cv2.resize(needed, (int(blocks[0]), int(blocks[1])), interpolation=cv2.INTER_AREA)
    moved = to_picture.copy()
    # The middle of the first block is (step - 1) / 2 pixels into the part.
    moved[:, 2] -= low + (step - 1) / 2
    return np.asarray(averaged, dtype=np.uint8), moved / step


def _surroundings(image_bgr: UInt8Array, to_picture: Float64Array, *, side: int) -> UInt8Array:
    """Return (side, side, 3) with the picture's nearest pixel everywhere."""
    height, width = image_bgr.shape[:2]
    matrix = to_picture.astype(np.float32)
    pixels = np.arange(side, dtype=np.float32)
    x = np.add.outer(matrix[0, 1] * pixels + (matrix[0, 2] + 0.5), matrix[0, 0] * pixels)
    y = np.add.outer(matrix[1, 1] * pixels + (matrix[1, 2] + 0.5), matrix[1, 0] * pixels)
    nearest = np.empty((side, side, 2), dtype=np.int16)
    nearest[..., 0] = np.clip(x, 0, width - 1, out=x)
    nearest[..., 1] = np.clip(y, 0, height - 1, out=y)
    no_fractions = np.empty(0, dtype=np.uint16)
    return np.asarray(
        cv2.remap(image_bgr, nearest, no_fractions, cv2.INTER_NEAREST), dtype=np.uint8
    )


def _lies_inside(to_picture: Float64Array, *, side: int, picture_wh: tuple[int, int]) -> bool:
    """Tell whether no output pixel needs anything beyond the picture's edge."""
    corners = _corners(to_picture, side=side)
    return bool((corners >= 0).all() and (corners <= np.subtract(picture_wh, 1)).all())


def _corners(to_picture: Float64Array, *, side: int) -> Float64Array:
    """Return the (4, 2) corners of the output in the picture."""
    units = np.array([[0, 0, 1], [side, 0, 1], [side, side, 1], [0, side, 1]], dtype=np.float64)
    corners: Float64Array = units @ to_picture.T
    return corners


def _as_batch(image: cv2.typing.MatLike) -> UInt8Array:
    batch: UInt8Array = np.asarray(image, dtype=np.uint8)[None]
    return batch
