"""One-slot buffer: the newest frame wins, the overwritten ones are counted."""

import threading
from dataclasses import replace

from appliance.domain.frames import Frame


class LatestFrame:
    """Hands the newest frame from one reader to one or more workers.

    A full slot is overwritten (live) or waited for (replay, ``block=True``: nothing is lost).
    A seam is never lost: if the overwritten frame did not continue, its successor does not either.
    """

    def __init__(self) -> None:
        """Start empty and open."""
        self._changed = threading.Condition()
        self._waiting: Frame | None = None
        self._closed = False
        self._overwritten = 0

    @property
    def overwritten(self) -> int:
        """Frames that nobody took before the next one came."""
        with self._changed:
            return self._overwritten

    def put(self, frame: Frame, *, block: bool = False, timeout_s: float | None = None) -> bool:
        """Offer a frame.

        Args:
            frame: The newest frame.
            block: Wait until the slot is free instead of overwriting.
            timeout_s: Longest wait in seconds; None means until the slot is free or closed.

        Returns:
            False when the frame was not taken in: closed, or still full after the time-out.
        """
        with self._changed:
            if block:
                self._changed.wait_for(lambda: self._closed or self._waiting is None, timeout_s)
                if self._waiting is not None:
                    return False
            if self._closed:
                return False
            if self._waiting is not None:
                self._overwritten += 1
                if not self._waiting.continues and frame.continues:
                    frame = replace(frame, continues=False)
            self._waiting = frame
            self._changed.notify_all()
            return True

    def take(self, *, timeout_s: float | None = None) -> Frame | None:
        """Wait for a frame and empty the slot.

        Args:
            timeout_s: Longest wait in seconds; None means until there is one or it is closed.

        Returns:
            The newest frame; None after the time-out, or when closed and empty.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting is not None, timeout_s)
            frame, self._waiting = self._waiting, None
            self._changed.notify_all()
            return frame

    def close(self) -> None:
        """Refuse further frames and wake everybody; a frame still waiting can be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
