"""Frames into a video file that OpenCV's wheel can read."""

import contextlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2

from appliance.domain.arrays import UInt8Array

KEY_FRAME_INTERVAL_S = 4.0
"""A clip that is cut short or looped starts again at a key frame."""


@contextlib.contextmanager
def video_writer(
    path: Path, *, size_wh: tuple[int, int], fps: float, crf: int, preset: str = "medium"
) -> Iterator[Callable[[UInt8Array], None]]:
    """Open a video file and hand out a function that appends one BGR frame.

    H.264 through ffmpeg with one thread, so that equal frames give an equal file; MPEG-4 through
    OpenCV, several times as large, where ffmpeg is not installed.

    Args:
        path: File to write; MP4.
        size_wh: Width and height, pixels, both even.
        fps: Frames per second.
        crf: Quality of H.264, 0 best to 51.
        preset: Effort of the encoder.

    Raises:
        RuntimeError: The file could not be written.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        yield from _opencv_writer(path, size_wh=size_wh, fps=fps)
        return
    width, height = size_wh
    command = [program, "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "bgr24"]
    command += ["-s", f"{width}x{height}", "-r", f"{fps:g}", "-i", "-", "-an"]
    command += ["-c:v", "libx264", "-threads", "1", "-preset", preset, "-crf", str(crf)]
    command += ["-pix_fmt", "yuv420p", "-g", str(round(KEY_FRAME_INTERVAL_S * fps))]
    command += ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1"]
    command += ["-movflags", "+faststart", str(path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE)
    pipe = process.stdin
    if pipe is None:  # cannot happen: asked for above
        msg = "ffmpeg has no standard input"
        raise RuntimeError(msg)

    def write(picture: UInt8Array) -> None:
        pipe.write(picture.tobytes())

    try:
        yield write
    finally:
        pipe.close()
        if process.wait() != 0:
            msg = f"ffmpeg could not write {path}"
            raise RuntimeError(msg)


def _opencv_writer(
    path: Path, *, size_wh: tuple[int, int], fps: float
) -> Iterator[Callable[[UInt8Array], None]]:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, size_wh)
    if not writer.isOpened():
        msg = f"OpenCV could not write {path}"
        raise RuntimeError(msg)

    def write(picture: UInt8Array) -> None:
        writer.write(picture)

    try:
        yield write
    finally:
        writer.release()
