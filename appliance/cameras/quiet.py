"""Keeps OpenCV and FFmpeg from writing to standard error.

Both write there on their own, past the box's log: FFmpeg names hosts and, for some protocols,
whole URLs. Errors reach the operator through ``CameraError``, without credentials.
"""

import os
from functools import cache

import cv2

FFMPEG_QUIET = "-8"  # AV_LOG_QUIET, libavutil/log.h


@cache
def silence_opencv() -> None:
    """Silence both libraries for this process; the second call does nothing.

    Must run before the first capture: OpenCV reads the level when it first starts FFmpeg
    (cap_ffmpeg_impl.hpp, InternalFFMpegRegister).
    """
    os.environ["OPENCV_FFMPEG_LOGLEVEL"] = FFMPEG_QUIET
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
