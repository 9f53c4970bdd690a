"""Network or USB camera as a FrameSource."""

import time
import zlib
from collections.abc import Callable
from typing import NoReturn
from urllib.parse import urlsplit

from appliance.cameras.device import DeviceFeed
from appliance.cameras.feed import Feed, FeedError
from appliance.cameras.network.motion_jpeg import MotionJpegFeed
from appliance.cameras.network.rtsp import RtspFeed
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
    """A live camera: V4L2 device, or RTSP or HTTP(S) URL.

    Capture time is ``monotonic`` at the moment a picture arrives. Every frame of the feed is
    taken off the wire, so that no queue builds up, but only wanted frames are converted: for JPEG
    this skips their decoding, for a film only the conversion to BGR, because later pictures are
    built on earlier ones.

    A source that is stalled ends in ``CameraError`` within its time-outs, however slowly it sends;
    OpenCV's wait for a V4L2 device is fixed at 10 s. No camera waits for another. Messages do not
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
        max_pixels: int = 4096 * 2304,
        plan: Callable[[float], Due] = everything,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Remember where the camera is; nothing is opened yet.

        Args:
            camera: Key of the camera in the configuration.
            source: ``/dev/video0``, a device number, or a URL, possibly with credentials.
            fps: Frames per second to hand out; None means all.
            open_timeout_s: Longest time to connect, seconds.
            read_timeout_s: Longest wait for one frame, seconds; twice that for the first.
            frozen_after_s: A picture that stays the same to the bit for longer is an error.
            max_pixels: A camera that announces larger pictures is an error; none is decoded.
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
        self._max_pixels = max_pixels
        self._monotonic = monotonic
        self._cap = RateCap(fps)
        self._plan = plan
        self._feed: Feed | None = None
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
        try:
            self._feed = self._connect()
        except FeedError as error:
            self._fail(f"cannot open {self._shown}: {error}")
        self._seam = True
        self._fingerprint = -1
        self._cap.restart()

    def read(self) -> Frame:
        """Wait for the next frame that is wanted; see ``FrameSource.read``."""
        if self._feed is None:
            self._fail(f"{self._shown} is not open")
        try:
            pixels, at_s, due = self._take(self._feed)
        except FeedError as error:
            self._fail(f"{self._shown} {error}")
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
        if self._feed is not None:
            self._feed.close()
            self._feed = None

    def _connect(self) -> Feed:
        if "://" not in self._source:
            return DeviceFeed(self._source, fps=self._fps, max_pixels=self._max_pixels)
        url = urlsplit(self._source)
        return (MotionJpegFeed if url.scheme.startswith("http") else RtspFeed)(
            url,
            open_timeout_s=self._open_timeout_s,
            read_timeout_s=self._read_timeout_s,
            max_pixels=self._max_pixels,
        )

    def _take(self, feed: Feed) -> tuple[UInt8Array, float, Due]:
        """Wait for the next picture that is wanted, its capture time and what is due on it."""
        failed = 0
        while True:
            feed.grab()
            # Two pictures of one burst may arrive within the clock's resolution.
            self._last_s = max(self._monotonic(), self._last_s)
            due = self._due(self._last_s)
            if not due:
                continue
            pixels = feed.retrieve()
            if pixels is not None:
                return pixels, self._last_s, due
            failed += 1
            if failed == GAP_ATTEMPTS:
                msg = "sends pictures that cannot be decoded"
                raise FeedError(msg)

    def _due(self, at_s: float) -> Due:
        """Return what to do with the picture; everything with the first after a seam."""
        if not self._cap.due(at_s):
            return NOTHING
        due = self._plan(at_s)
        return EVERYTHING if self._seam else due

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
