"""How OpenCV and FFmpeg behave in this process: they write nothing, and read nothing but files.

Both write to standard error on their own, past the box's log: FFmpeg names hosts and, for some
protocols, whole URLs. Errors reach the operator through ``CameraError``, without credentials.

A file may say that its pictures are elsewhere: FFmpeg follows playlists, scripts and descriptions
to whatever host or file they name. Only containers of films are opened, and only files: what a
network camera sends, the box takes off the wire itself (``network``).
"""

import os
from functools import cache

import cv2

FFMPEG_QUIET = "-8"  # AV_LOG_QUIET, libavutil/log.h
CONTAINERS = (
    "matroska", "webm", "mov", "mp4", "m4a", "3gp", "3g2", "mj2", "avi", "mpegts", "mpeg", "flv",
    "asf", "ogg", "wtv", "mxf", "ivf", "nut", "h264", "hevc", "m4v", "mjpeg",
)  # fmt: skip
"""Names of FFmpeg's own (libavformat); none of them opens anything else."""

OPTIONS = f"protocol_whitelist;file|format_whitelist;{','.join(CONTAINERS)}"


@cache
def prepare_ffmpeg() -> None:
    """Set both libraries up for this process; the second call does nothing.

    Must run before the first capture: OpenCV reads the level when it first starts FFmpeg
    (cap_ffmpeg_impl.hpp, InternalFFMpegRegister), the options at each opening.
    """
    os.environ["OPENCV_FFMPEG_LOGLEVEL"] = FFMPEG_QUIET
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = OPTIONS
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
