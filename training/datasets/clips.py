"""Frames of a clip at an even distance, in memory."""

from pathlib import Path

import cv2
import numpy as np

from appliance.domain.arrays import UInt8Array

FALLBACK_FPS = 30.0  # animated pictures state no rate


def read_frames(file: Path, *, every_s: float, limit: int | None = None) -> list[UInt8Array]:
    """Return (H, W, 3) BGR frames, the first and then one per ``every_s`` of media time.

    Args:
        file: Anything OpenCV reads.
        every_s: Distance, seconds; rounded to whole frames, at least one.
        limit: Most frames to return; None for all.
    """
    capture = cv2.VideoCapture(str(file))
    stride = max(round((capture.get(cv2.CAP_PROP_FPS) or FALLBACK_FPS) * every_s), 1)
    frames: list[UInt8Array] = []
    index = 0
    while limit is None or len(frames) < limit:
        more, frame = capture.read()
        if not more:
            break
        if index % stride == 0:
            frames.append(frame.astype(np.uint8, copy=False))
        index += 1
    capture.release()
    return frames
