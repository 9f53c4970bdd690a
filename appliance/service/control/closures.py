"""Why the cameras are closed: they are open only while nothing says no."""

import threading
from collections.abc import Callable, Mapping
from enum import StrEnum


class Closure(StrEnum):
    """What can close the cameras of a box; each is taken back by itself alone."""

    PAUSE = "pause"
    """Somebody asked for it: a teacher, or ``classbox pause``."""

    SWITCH = "switch"
    """The switch at the box."""

    TIMETABLE = "timetable"
    """There is no lesson."""


class Closures:
    """Holds the reasons for which the cameras are closed; any thread may call."""

    def __init__(self, *, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        """Begin with open cameras.

        Args:
            pause: Closes all cameras, also those that have not been opened yet.
            resume: Opens them again.
        """
        self._pause = pause
        self._resume = resume
        self._reasons: dict[Closure, str] = {}
        self._lock = threading.Lock()

    def close(self, closure: Closure, *, why: str) -> None:
        """Close the cameras, or say anew why they are closed.

        Args:
            closure: What closes them.
            why: For people, such as ``opens Monday 08:00``.
        """
        # Inside the lock: a pause and a resume at one moment must not pass each other.
        with self._lock:
            self._reasons[closure] = why
            self._pause()

    def open(self, closure: Closure) -> None:
        """Take one reason back; the cameras open when it was the last."""
        with self._lock:
            if self._reasons.pop(closure, None) is not None and not self._reasons:
                self._resume()

    @property
    def any(self) -> bool:
        """True while something keeps the cameras closed."""
        with self._lock:
            return bool(self._reasons)

    def reasons(self) -> Mapping[Closure, str]:
        """Return what keeps the cameras closed, and why; empty while they are open."""
        with self._lock:
            return dict(sorted(self._reasons.items()))
