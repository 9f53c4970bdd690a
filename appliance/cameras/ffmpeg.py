"""How OpenCV and FFmpeg behave in this process: they write nothing, and take RTSP over TCP.

Both write to standard error on their own, past the box's log: FFmpeg names hosts and, for some
protocols, whole URLs. Errors reach the operator through ``CameraError``, without credentials.

OpenCV only prefers TCP and falls back to UDP, where lost packets make grey smears that the models
would take for faces, and where a firewall lets a stream open that never brings a picture.
"""

import os
from functools import cache

import cv2

FFMPEG_QUIET = "-8"  # AV_LOG_QUIET, libavutil/log.h
TCP_ALONE = "rtsp_transport;tcp"


@cache
def prepare_ffmpeg() -> None:
    """Set both libraries up for this process; the second call does nothing.

    Must run before the first capture: OpenCV reads the level when it first starts FFmpeg
    (cap_ffmpeg_impl.hpp, InternalFFMpegRegister), the options at each opening.
    """
    os.environ["OPENCV_FFMPEG_LOGLEVEL"] = FFMPEG_QUIET
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = TCP_ALONE
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
