"""Pictures that can be recognised in whatever form they leak.

People of the packaged clip, so that every model has something to look at, behind bands of bars of
random colours. A band is the same in each of its rows, and flat over whole blocks of JPEG: so
whatever cuts, scales, mirrors or normalises the picture, the order of the colours along a row
stays, up to a factor and an offset.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from appliance.cameras.clip import play_clip
from appliance.commands.demo.packaged import packaged_clip
from appliance.domain.arrays import UInt8Array

SEED = 20261130
STEP_FRAMES = 15
"""One picture a second of the clip, so that people move."""

WIDE_PX, NARROW_PX = 32, 8
"""Widths of a bar: for whole pictures made small, and for faces cut out of them."""

WIDE_ROWS = ((0, 48), (296, 344))
NARROW_ROWS = ((80, 96), (216, 232))
"""Above the heads and over the chests; across the foreheads and the necks."""

BARS = 80
"""Of the narrow ones in 640 pixels; the wide ones are the first 20 of them."""

JPEG_QUALITY = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """One picture."""

    pixels: UInt8Array
    """(360, 640, 3) BGR, as it comes out of the JPEG."""

    jpeg: bytes
    """As a camera sends it."""


def bar_colours() -> UInt8Array:
    """Return the colours of the bars, (80, 3) BGR."""
    rng = np.random.default_rng(SEED)
    return rng.integers(16, 240, size=(BARS, 3), dtype=np.uint8)


def make_canaries(count: int) -> list[Canary]:
    """Return so many different pictures, the same ones each time."""
    made = []
    for frame in play_clip(packaged_clip()):
        if frame.index % STEP_FRAMES == 0:
            made.append(_mark(frame.pixels))
        if len(made) == count:
            break
    return made


def _mark(picture: UInt8Array) -> Canary:
    marked = picture.copy()
    for rows, width_px in ((WIDE_ROWS, WIDE_PX), (NARROW_ROWS, NARROW_PX)):
        row = np.repeat(bar_colours(), width_px, axis=0)[: marked.shape[1]]
        for first, last in rows:
            marked[first:last] = row
    # Colours at full resolution, else the narrow bars would run into each other.
    options = [
        cv2.IMWRITE_JPEG_QUALITY,
        JPEG_QUALITY,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    ]
    encoded = cv2.imencode(".jpg", marked, options)[1]
    decoded = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), dtype=np.uint8)
    return Canary(pixels=decoded, jpeg=encoded.tobytes())
