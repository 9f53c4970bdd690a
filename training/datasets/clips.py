"""Frames of a clip at an even distance, in memory."""

from pathlib import Path

import cv2
import numpy as np

from appliance.domain.arrays import UInt8Array

FALLBACK_FPS = 30.0  # animated pictures state no rate


def read_frames(
    file: Path, *, every_s: float, limit: int | None = None, start_s: float = 0.0
) -> list[UInt8Array]:
    """Return (H, W, 3) BGR frames, the first and then one per ``every_s`` of media time.

    Args:
        file: Anything OpenCV reads.
        every_s: Distance, seconds; rounded to whole frames, at least one.
        limit: Most frames to return; None for all.
        start_s: Media time of the first one, rounded to whole frames.
    """
    capture = cv2.VideoCapture(str(file))
    fps = capture.get(cv2.CAP_PROP_FPS) or FALLBACK_FPS
    stride, first = max(round(fps * every_s), 1), round(fps * start_s)
    frames: list[UInt8Array] = []
    index = 0
    while limit is None or len(frames) < limit:
        more, frame = capture.read()
        if not more:
            break
        if index >= first and (index - first) % stride == 0:
            frames.append(frame.astype(np.uint8, copy=False))
        index += 1
    capture.release()
    return frames
