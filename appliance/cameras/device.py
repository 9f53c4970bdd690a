"""A camera on USB, through V4L2."""

import errno
import os
import time

import cv2
import numpy as np

from appliance.cameras.feed import FeedError
from appliance.cameras.ffmpeg import prepare_ffmpeg
from appliance.cameras.pictures.jpeg import END, JpegCutter, decode_jpeg
from appliance.cameras.pictures.sizes import require_size
from appliance.domain.arrays import UInt8Array

MOTION_JPEG = cv2.VideoWriter.fourcc(*"MJPG")

SILENT_S = 10.0
"""OpenCV's own wait for a picture of a device (``OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT``)."""

REASONS = {
    errno.ENOENT: "no such device; plug the camera in, and look for its name in /dev/v4l/by-id",
    errno.ENODEV: "the device is gone; plug the camera in again",
    errno.EACCES: "not allowed; the user of the box belongs into the group video",
    errno.EBUSY: "another program uses it; end that",
}


class DeviceFeed:
    """Takes pictures of a device; only those that are wanted are decoded."""

    def __init__(self, device: str, *, fps: float | None, max_pixels: int) -> None:
        """Open it.

        Args:
            device: Its path or its number.
            fps: Rate to ask for; None takes the camera's own.
            max_pixels: Largest picture that is taken.

        Raises:
            FeedError: It is no camera, cannot be opened, or sends larger pictures.
        """
        prepare_ffmpeg()
        self._max_pixels = max_pixels
        path = f"/dev/video{device}" if device.isdigit() else device
        name = int(device) if device.isdigit() else device
        self._capture = cv2.VideoCapture(name, cv2.CAP_V4L2)
        if not self._capture.isOpened():
            self._capture.release()
            raise FeedError(_explain(path))
        # Raw video fills USB 2.0 at 640 x 480 and 30 fps; a camera without JPEG ignores this.
        self._capture.set(cv2.CAP_PROP_FOURCC, MOTION_JPEG)
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 2)  # one being filled, one being read
        if fps is not None:
            self._capture.set(cv2.CAP_PROP_FPS, fps)
        try:
            require_size(
                int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
                int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
                max_pixels=max_pixels,
            )
        except FeedError:
            self.close()
            raise
        # A JPEG may announce another size than was agreed on: it is measured before it is decoded.
        self._coded = int(self._capture.get(cv2.CAP_PROP_FOURCC)) == MOTION_JPEG and bool(
            self._capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)
        )

    def grab(self) -> None:
        """Take the next picture; see ``Feed.grab``."""
        asked_s = time.monotonic()
        if not self._capture.grab():
            silent = time.monotonic() - asked_s >= SILENT_S
            raise FeedError(f"sent no picture for {SILENT_S:g} s" if silent else "ended the stream")

    def retrieve(self) -> UInt8Array | None:
        """Return it; see ``Feed.retrieve``."""
        ok, picture = self._capture.retrieve()
        if not ok or not self._coded:
            return np.asarray(picture, dtype=np.uint8) if ok else None
        cutter = JpegCutter(max_pixels=self._max_pixels)
        cutter.add(picture.tobytes() + END)
        whole = cutter.cut()
        return None if whole is None else decode_jpeg(whole)

    def close(self) -> None:
        """Release it; a second call does nothing."""
        self._capture.release()


def _explain(path: str) -> str:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))
    except OSError as error:
        reason = os.strerror(error.errno or errno.EIO)
        return REASONS.get(error.errno or errno.EIO, f"{reason}; plug the camera in again")
    return "it is no camera, or another program uses it; look with v4l2-ctl --list-devices"
