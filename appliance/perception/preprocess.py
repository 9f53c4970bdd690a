"""Pixels to tensors: crop, letterbox, warp; normalisation is inside the models."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from appliance.domain.arrays import Float64Array, UInt8Array
from appliance.perception.blocks import average_blocks, block_side
from appliance.perception.scratch import Scratch

MAX_PADDED_SIDES = 4
"""A part of the picture with what is repeated around it is at most this many outputs wide: twice
the output where blocks are averaged, by the square root of two where it is turned. Not so where
the square is far outside, or far larger and not to be averaged."""

ROUNDING_PX = 1e-3


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
    batch: UInt8Array = np.asarray(boxed, dtype=np.uint8)[None]
    return batch, Letterbox(scale=scale, offset_xy=offset)


def warp_square(
    image_bgr: UInt8Array,
    to_picture: Float64Array,
    *,
    input_px: int,
    shrink: bool = False,
    scratch: Scratch | None = None,
) -> UInt8Array:
    """Cut a rotated square out of a picture; beyond the edge the last pixel is repeated.

    Args:
        image_bgr: (H, W, 3).
        to_picture: (2, 3) matrix from output pixels to picture pixels.
        input_px: Side of the output.
        shrink: Average whole blocks of pixels first where the square is at least twice as large
            as the output, so that none is skipped.
        scratch: Kept memory, where the result lies until the next square of this size is asked
            for; None gives the result memory of its own.

    Returns:
        (1, input_px, input_px, 3).

    Source:
        MediaPipe 0.10.21, image_to_tensor_converter_opencv.cc: bilinear, BORDER_REPLICATE.
        Deviations: MediaPipe never averages. Beyond the edge the nearest pixel is taken: a
        webcam's square lies mostly outside the picture (the hips are below the desk). On five
        clips the landmarks are as close to MediaPipe's as with interpolation there (medians of
        .006 to .011 shoulder widths against .008 to .011).
    """
    scratch = Scratch() if scratch is None else scratch
    rows = _Rows(*to_picture.tolist())
    step = block_side(math.hypot(rows.x[0], rows.y[0])) if shrink else 1
    if step > 1:
        image_bgr, rows = _shrunk(image_bgr, rows, side=input_px, step=step, scratch=scratch)
    columns = _span(rows.x, side=input_px, size=image_bgr.shape[1])
    lines = _span(rows.y, side=input_px, size=image_bgr.shape[0])
    # OpenCV warps four channels twice as fast as three.
    part = cv2.cvtColor(
        image_bgr[lines.start : lines.stop, columns.start : columns.stop],
        cv2.COLOR_BGR2BGRA,
        dst=scratch.picture(
            "part", height=lines.stop - lines.start, width=columns.stop - columns.start, channels=4
        ),
    )
    warped = scratch.picture("warped", height=input_px, width=input_px, channels=4)
    missing = (lines.before, lines.after, columns.before, columns.after)
    if any(missing):
        whole, x0, y0 = part, columns.start, lines.start
        if lines.extent * columns.extent <= (MAX_PADDED_SIDES * input_px) ** 2:
            # Repeated here, the edge costs 0.02 ms of a square of 256 pixels; by the warp, 0.07.
            whole = scratch.picture("whole", height=lines.extent, width=columns.extent, channels=4)
            cv2.copyMakeBorder(part, *missing, cv2.BORDER_REPLICATE, dst=whole)
            x0, y0 = x0 - columns.before, y0 - lines.before
        _warp(whole, rows.since(x0, y0), cv2.INTER_NEAREST, cv2.BORDER_REPLICATE, warped)
    # Leaves alone what lies beyond the edge.
    inside = rows.since(columns.start, lines.start)
    _warp(part, inside, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT, warped)
    square = scratch.picture(f"square {input_px}", height=input_px, width=input_px, channels=3)
    cv2.cvtColor(warped, cv2.COLOR_BGRA2BGR, dst=square)
    return square[None]


class _Rows(NamedTuple):
    """The (2, 3) matrix from output pixels to picture pixels."""

    x: tuple[float, float, float]
    y: tuple[float, float, float]

    def since(self, x0: int, y0: int) -> Float64Array:
        """Return the matrix to the pixels of a part that begins there."""
        (xx, xy, x), (yx, yy, y) = self
        return np.array([[xx, xy, x - x0], [yx, yy, y - y0]])


class _Span(NamedTuple):
    """What a square needs of one axis of the picture, in whole pixels."""

    start: int
    stop: int
    before: int
    """Pixels that are missing before the start."""
    after: int
    """Pixels that are missing after the stop."""

    @property
    def extent(self) -> int:
        """Pixels with those that are missing."""
        return self.before + self.stop - self.start + self.after


def _span(row: tuple[float, float, float], *, side: int, size: int) -> _Span:
    """Find out what one axis needs, of which the picture has at least one pixel."""
    low, high = _ends(row, side - 1)
    # A pixel more than needed does no harm: the warp reckons in float32.
    first, last = math.floor(low - ROUNDING_PX), math.floor(high + ROUNDING_PX) + 1
    start, stop = min(max(first, 0), size - 1), min(max(last + 1, 1), size)
    return _Span(
        start=start, stop=stop, before=max(start - first, 0), after=max(last + 1 - stop, 0)
    )


def _warp(
    picture: cv2.typing.MatLike,
    matrix: Float64Array,
    interpolation: int,
    border: int,
    warped: UInt8Array,
) -> None:
    size_wh = (warped.shape[1], warped.shape[0])
    flags = interpolation | cv2.WARP_INVERSE_MAP
    cv2.warpAffine(picture, matrix, size_wh, dst=warped, flags=flags, borderMode=border)


def _shrunk(
    image_bgr: UInt8Array, rows: _Rows, *, side: int, step: int, scratch: Scratch
) -> tuple[UInt8Array, _Rows]:
    """Average blocks of step x step pixels of the part that the square needs."""
    left, columns = _blocks(rows.x, side=side, step=step, size=image_bgr.shape[1])
    top, lines = _blocks(rows.y, side=side, step=step, size=image_bgr.shape[0])
    if columns < 1 or lines < 1:
        return image_bgr, rows
    needed = image_bgr[top : top + lines * step, left : left + columns * step]
    averaged = average_blocks(needed, side=step, scratch=scratch)
    (xx, xy, x0), (yx, yy, y0) = rows
    # The middle of the first block is (step - 1) / 2 pixels into the part.
    middle = (step - 1) / 2
    return averaged, _Rows(
        x=(xx / step, xy / step, (x0 - left - middle) / step),
        y=(yx / step, yy / step, (y0 - top - middle) / step),
    )


def _blocks(row: tuple[float, float, float], *, side: int, step: int, size: int) -> tuple[int, int]:
    """Return where the blocks that the square needs begin on one axis, and their number."""
    low, high = _ends(row, side)
    start = min(max(int(low) - step, 0), size)
    stop = min(max(int(high) + step + 1, 0), size)
    return start, (stop - start) // step


def _ends(row: tuple[float, float, float], side: int) -> tuple[float, float]:
    """Return the least and the greatest picture coordinate of a square from 0 to ``side``."""
    across, along, first = row[0] * side, row[1] * side, row[2]
    return first + min(across, 0) + min(along, 0), first + max(across, 0) + max(along, 0)
