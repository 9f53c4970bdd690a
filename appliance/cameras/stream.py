"""Network or USB camera through OpenCV as a FrameSource."""

import time
import zlib
from collections.abc import Callable
from typing import NoReturn

import cv2
import numpy as np

from appliance.cameras.ffmpeg import prepare_ffmpeg
from appliance.cameras.inquiry import explain_failure
from appliance.cameras.rate import RateCap
from appliance.cameras.redaction import redact_url
from appliance.domain.arrays import UInt8Array
from appliance.domain.frames import EVERYTHING, NOTHING, CameraKey, Due, Frame, everything
from appliance.errors import CameraError

FINGERPRINT_STEP = 8
"""Every eighth row and column: 14 kB of a 640 x 480 picture, 20 us; sensor noise of a live
picture changes some of them every frame."""

GAP_ATTEMPTS = 3
"""Pictures that may fail to convert in a row before the feed counts as unreadable."""


class StreamSource:
    """A live camera: V4L2 device, or RTSP or HTTP(S) URL through FFmpeg.

    Capture time is ``monotonic`` at the moment a picture arrives. Every frame of the feed is
    taken off the wire, so that no queue builds up, but only wanted frames are converted: for a
    V4L2 camera this skips their JPEG decoding, for FFmpeg only the conversion to BGR, because
    later pictures are built on earlier ones.

    A source that is stalled ends in ``CameraError`` within its time-outs. FFmpeg's are exact;
    OpenCV's wait for a V4L2 device is fixed at 10 s, so a hung device takes that long. One that
    does not open is asked why, which takes at most the open time-out once more. Messages do not
    change while the fault stays the same: each change of one is told to the whole school.
    """

    def __init__(
        self,
        *,
        camera: CameraKey,
        source: str,
        fps: float | None = None,
        open_timeout_s: float = 5.0,
        read_timeout_s: float = 5.0,
        frozen_after_s: float = 20.0,
        plan: Callable[[float], Due] = everything,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Remember where the camera is; nothing is opened yet.

        Args:
            camera: Key of the camera in the configuration.
            source: ``/dev/video0``, a device number, or a URL, possibly with credentials.
            fps: Frames per second to hand out; None means all.
            open_timeout_s: Longest time to connect, seconds.
            read_timeout_s: Longest wait for one frame, seconds.
            frozen_after_s: A picture that stays the same to the bit for longer is an error.
            plan: Returns what is due on the frame of a capture time, asked in order; where nothing
                is, it is neither converted nor handed out.
            monotonic: Clock for capture times, seconds.
        """
        self.camera = camera
        """Key of the camera in the configuration."""
        self._source = source
        self._shown = redact_url(source)
        self._fps = fps
        self._open_timeout_s = open_timeout_s
        self._read_timeout_s = read_timeout_s
        self._frozen_after_s = frozen_after_s
        self._monotonic = monotonic
        self._cap = RateCap(fps)
        self._plan = plan
        self._capture: cv2.VideoCapture | None = None
        self._index = 0
        self._seam = True
        self._last_s = float("-inf")
        self._shape: tuple[int, ...] = ()
        self._fingerprint = -1
        self._changed_s = 0.0

    def __repr__(self) -> str:
        """Name the camera without its credentials."""
        return f"StreamSource({self.camera}, {self._shown})"

    def open(self) -> None:
        """Connect to the camera; see ``FrameSource.open``."""
        self.close()
        prepare_ffmpeg()
        capture = self._connect()
        if not capture.isOpened():
            capture.release()
            reason = explain_failure(self._source, timeout_s=self._open_timeout_s)
            self._fail(f"cannot open {self._shown}: {reason}")
        self._capture = capture
        self._seam = True
        self._fingerprint = -1
        self._cap.restart()

    def read(self) -> Frame:
        """Wait for the next frame that is wanted; see ``FrameSource.read``."""
        if self._capture is None:
            self._fail(f"{self._shown} is not open")
        failed = 0
        while True:
            at_s = self._grab(self._capture)
            due = self._due(at_s)
            if not due:
                continue
            ok, picture = self._capture.retrieve()
            if ok:
                break
            failed += 1
            if failed == GAP_ATTEMPTS:
                self._fail(f"{self._shown} sends pictures that cannot be decoded")
        pixels = np.asarray(picture, dtype=np.uint8)
        self._check_alive(pixels, at_s)
        if pixels.shape != self._shape:
            # Positions in the picture before mean nothing in this one.
            self._shape, self._seam, due = pixels.shape, True, EVERYTHING
        frame = Frame(
            camera=self.camera,
            index=self._index,
            captured_at_s=at_s,
            pixels=pixels,
            continues=not self._seam,
            due=due,
            taken_s=at_s,
        )
        self._index += 1
        self._seam = False
        return frame

    def close(self) -> None:
        """Release the device; a second call does nothing."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def _connect(self) -> cv2.VideoCapture:
        if "://" in self._source:
            return cv2.VideoCapture(
                self._source,
                cv2.CAP_FFMPEG,
                [
                    cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
                    round(self._open_timeout_s * 1000),
                    cv2.CAP_PROP_READ_TIMEOUT_MSEC,
                    round(self._read_timeout_s * 1000),
                    cv2.CAP_PROP_N_THREADS,
                    1,  # the lanes need the cores
                ],
            )
        device = int(self._source) if self._source.isdigit() else self._source
        capture = cv2.VideoCapture(device, cv2.CAP_V4L2)
        if capture.isOpened():
            # Raw video fills USB 2.0 at 640 x 480 and 30 fps; a camera without JPEG ignores this.
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
            capture.set(cv2.CAP_PROP_BUFFERSIZE, 2)  # one being filled, one being read
            if self._fps is not None:
                capture.set(cv2.CAP_PROP_FPS, self._fps)
        return capture

    def _due(self, at_s: float) -> Due:
        """Return what to do with the picture; everything with the first after a seam."""
        if not self._cap.due(at_s):
            return NOTHING
        due = self._plan(at_s)
        return EVERYTHING if self._seam else due

    def _grab(self, capture: cv2.VideoCapture) -> float:
        """Take one picture off the wire and return its capture time."""
        asked_s = self._monotonic()
        arrived = capture.grab()
        at_s = self._monotonic()
        if not arrived:
            waited_s = at_s - asked_s
            silent = waited_s >= self._read_timeout_s
            reason = (
                f"sent nothing for {self._read_timeout_s:g} s" if silent else "ended the stream"
            )
            self._fail(f"{self._shown} {reason}")
        # Two pictures of one burst may arrive within the clock's resolution.
        self._last_s = max(at_s, self._last_s)
        return self._last_s

    def _check_alive(self, pixels: UInt8Array, at_s: float) -> None:
        """Raise when the picture has been the same to the bit for too long."""
        sample = pixels[::FINGERPRINT_STEP, ::FINGERPRINT_STEP]
        fingerprint = zlib.crc32(sample.tobytes())
        if fingerprint != self._fingerprint:
            self._fingerprint, self._changed_s = fingerprint, at_s
        elif at_s - self._changed_s > self._frozen_after_s:
            self._fail(f"{self._shown} is frozen: one picture for {self._frozen_after_s:g} s")

    def _fail(self, reason: str) -> NoReturn:
        self.close()
        msg = f"{self.camera}: {reason}"
        raise CameraError(msg)
