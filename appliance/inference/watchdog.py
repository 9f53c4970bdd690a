"""One thread that looks at running requests, instead of a timer thread for each of them."""

import threading
import time
import weakref
from typing import Protocol

LOOKS_PER_LIMIT = 5
"""Periods in a time limit: a request is found overdue after 1.2 limits at the latest."""


class Watched(Protocol):
    """Something that may overrun while its own thread is busy."""

    def look(self, now_s: float) -> None:
        """Act if a request has been running too long at a monotonic time; never blocks."""
        ...


class Watchdog:
    """Looks at everything it was given, a few times per time limit.

    A request costs nothing here: it notes when it began, and only this thread compares. What is
    watched is held weakly, and the thread ends when the watchdog itself is gone.
    """

    def __init__(self, *, period_s: float) -> None:
        """Prepare; the thread starts with the first thing to watch."""
        self._period_s = period_s
        self._watched: weakref.WeakSet[Watched] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._started = False

    def watch(self, watched: Watched) -> None:
        """Look at it from now on, for as long as somebody else holds it."""
        with self._lock:
            self._watched.add(watched)
            if not self._started:
                self._started = True
                threading.Thread(
                    target=_patrol,
                    args=(weakref.ref(self), self._period_s),
                    name="inference.watchdog",
                    daemon=True,
                ).start()

    def look(self) -> None:
        """Look at everything once."""
        with self._lock:
            watched = list(self._watched)
        now_s = time.monotonic()
        for one in watched:
            one.look(now_s)


def _patrol(reference: "weakref.ref[Watchdog]", period_s: float) -> None:
    while True:
        time.sleep(period_s)
        watchdog = reference()
        if watchdog is None:
            return
        watchdog.look()
        del watchdog  # while asleep, nothing here keeps it alive
