"""How many lines one cause may write: a flood must not fill the journal, or hide the rest."""

import threading
import time
from collections.abc import Callable

LINES = 20
"""Lines of one cause in a minute; docs/SECURITY.md promises no more."""

WINDOW_S = 60.0

CAUSES = 256
"""Causes that are counted at a time; ours are names in the code, a library's could be anything."""


class LineLimit:
    """Counts the lines of each cause by the minute; any thread may call."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing written."""
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._windows: dict[str, _Window] = {}

    def take(self, cause: str) -> bool:
        """Tell whether one more line of a cause may be written now; count it otherwise."""
        now_s = self._monotonic()
        with self._lock:
            window = self._windows.get(cause)
            if window is None or now_s - window.began_s >= WINDOW_S:
                left_out = 0 if window is None else window.left_out
                window = self._windows[cause] = _Window(now_s, left_out)
                if len(self._windows) > CAUSES:
                    del self._windows[min(self._windows, key=self._age)]
            if window.written < LINES:
                window.written += 1
                return True
            window.left_out += 1
            return False

    def over(self) -> dict[str, int]:
        """Return, once, how many lines of each cause were left out in minutes that have ended."""
        now_s = self._monotonic()
        with self._lock:
            told = {
                cause: window.left_out
                for cause, window in self._windows.items()
                if window.left_out and now_s - window.began_s >= WINDOW_S
            }
            for cause in told:
                self._windows[cause].left_out = 0
        return told

    def _age(self, cause: str) -> float:
        return self._windows[cause].began_s


class _Window:
    """A minute of one cause."""

    def __init__(self, began_s: float, left_out: int) -> None:
        self.began_s = began_s
        self.written = 0
        self.left_out = left_out  # also of the minute before, until somebody has been told
