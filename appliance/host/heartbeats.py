"""Signs of life of the threads."""

import threading
from collections.abc import Callable


class Heartbeats:
    """Last sign of life per thread; a thread that stays silent stops the watchdog."""

    def __init__(self, *, monotonic: Callable[[], float]) -> None:
        """Take the clock; a thread is known from its first beat on."""
        self._monotonic = monotonic
        self._last: dict[str, float] = {}
        self._lock = threading.Lock()

    def beat(self, name: str) -> None:
        """Note that a thread is alive."""
        with self._lock:
            self._last[name] = self._monotonic()

    def forget(self, name: str) -> None:
        """Stop expecting a thread that has ended on purpose."""
        with self._lock:
            self._last.pop(name, None)

    def silent_for(self, limit_s: float) -> list[str]:
        """Return the threads whose last beat is more than ``limit_s`` ago."""
        now = self._monotonic()
        with self._lock:
            return sorted(name for name, last in self._last.items() if now - last > limit_s)
