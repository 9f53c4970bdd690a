"""One frame of one camera now and then, beside the lanes, while somebody points it."""

import threading
from collections import deque
from collections.abc import Callable

from appliance.cameras.rate import RateCap
from appliance.domain.frames import CameraKey, Frame

WANTED_HZ = 5.0
"""Frames to choose from where nothing else is to be done with them."""

RATE_S = 5.0
"""The rate of a camera is counted over this long."""

LEAST_RATE_S = 1.0
"""A rate over less says nothing, and one that was so long ago does not hold any more."""


class FrameTap:
    """Shut until ``open``; a frame is held only from its arrival until it is taken.

    The readers' threads ask and offer, one other thread takes. While nobody takes, nothing is kept
    and an offer costs a comparison.
    """

    def __init__(self, *, monotonic: Callable[[], float]) -> None:
        """Begin shut.

        Args:
            monotonic: Clock for when the next frame is wanted.
        """
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._arrived = threading.Condition(self._lock)
        self._camera: CameraKey | None = None
        self._wanted = RateCap(WANTED_HZ)
        self._from_s: float | None = None
        self._frame: Frame | None = None
        self._captured: deque[float] = deque()
        self._counted_s = 0.0

    def open(self, camera: CameraKey) -> None:
        """Begin to count and to take frames of a camera."""
        with self._lock:
            self._camera = camera
            self._forget()

    def close(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._camera = None
            self._forget()

    def wants(self, camera: CameraKey, at_s: float) -> bool:
        """Tell whether a frame is to be converted for this tap alone.

        Args:
            camera: Of the frame.
            at_s: Its capture time; asked once for each frame of a live camera, which counts them.
        """
        if camera != self._camera:
            return False
        with self._lock:
            if self._captured and at_s < self._captured[-1]:
                self._captured.clear()
            self._captured.append(at_s)
            self._counted_s = self._monotonic()
            while at_s - self._captured[0] > RATE_S:
                self._captured.popleft()
            return self._wanted.due(at_s)

    def offer(self, frame: Frame) -> None:
        """Show a frame that somebody else may be about to look at; returns at once."""
        if frame.camera != self._camera:
            return
        with self._lock:
            waited_for = self._from_s is not None and self._monotonic() >= self._from_s
            if frame.camera == self._camera and waited_for:
                self._from_s, self._frame = None, frame
                self._arrived.notify()

    def take(self, *, from_s: float, timeout_s: float) -> Frame | None:
        """Wait for the next frame, and keep none.

        Args:
            from_s: Monotonic time before which no frame is wanted.
            timeout_s: Longest wait.
        """
        with self._lock:
            self._from_s = from_s
            self._arrived.wait_for(lambda: self._frame is not None, timeout_s)
            frame, self._frame, self._from_s = self._frame, None, None
            return frame

    def rate_hz(self) -> float | None:
        """Return how many frames a second arrive; None while that is not known."""
        with self._lock:
            if not self._captured or self._monotonic() - self._counted_s > LEAST_RATE_S:
                return None
            passed_s = self._captured[-1] - self._captured[0]
            return (len(self._captured) - 1) / passed_s if passed_s >= LEAST_RATE_S else None

    def _forget(self) -> None:
        self._from_s = self._frame = None
        self._captured.clear()
        self._wanted.restart()
