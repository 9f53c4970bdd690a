"""One frame of one camera now and then, beside the lanes, while somebody points it."""

import threading
from collections import deque
from collections.abc import Callable

from appliance.domain.frames import CameraKey, Frame

RATE_S = 5.0
"""The rate of a camera is counted over this long."""

LEAST_RATE_S = 1.0
"""A rate over less says nothing."""


class FrameTap:
    """Shut until ``open``; a frame is held only from its arrival until it is taken.

    The readers' threads offer, one other thread takes. While nobody takes, nothing is kept and an
    offer costs a comparison.
    """

    def __init__(self, *, monotonic: Callable[[], float]) -> None:
        """Begin shut.

        Args:
            monotonic: Clock for rates and for when the next frame is wanted.
        """
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._arrived = threading.Condition(self._lock)
        self._camera: CameraKey | None = None
        self._from_s: float | None = None
        self._frame: Frame | None = None
        self._arrivals: deque[float] = deque()

    def open(self, camera: CameraKey) -> None:
        """Begin to count and to take frames of a camera."""
        with self._lock:
            self._camera = camera
            self._from_s = self._frame = None
            self._arrivals.clear()

    def close(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._camera = self._from_s = self._frame = None
            self._arrivals.clear()

    def wants(self, camera: CameraKey) -> bool:
        """Tell whether a frame would be taken; asked once for each live frame, which it counts."""
        if camera != self._camera:
            return False
        now_s = self._monotonic()
        with self._lock:
            self._arrivals.append(now_s)
            while now_s - self._arrivals[0] > RATE_S:
                self._arrivals.popleft()
            return self._due(now_s)

    def offer(self, frame: Frame) -> None:
        """Show a frame that somebody else is about to look at; returns at once."""
        if frame.camera != self._camera:
            return
        with self._lock:
            if frame.camera == self._camera and self._due(self._monotonic()):
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
        now_s = self._monotonic()
        with self._lock:
            if not self._arrivals or now_s - self._arrivals[-1] > LEAST_RATE_S:
                return None
            passed_s = self._arrivals[-1] - self._arrivals[0]
            return (len(self._arrivals) - 1) / passed_s if passed_s >= LEAST_RATE_S else None

    def _due(self, now_s: float) -> bool:
        return self._from_s is not None and now_s >= self._from_s
