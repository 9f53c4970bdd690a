"""How often something may be done."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

MOST_KEYS = 4096
"""Addresses, names or sessions that are counted; the ones seen longest ago are dropped."""


class RateLimit:
    """At most ``most`` times within ``within_s`` for each key; any thread may call."""

    def __init__(
        self, most: int, within_s: float, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin with nothing counted.

        Args:
            most: Times.
            within_s: Seconds.
            monotonic: Clock.
        """
        self._most = most
        self._within_s = within_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, key: str) -> float:
        """Count one, unless that is too often.

        Returns:
            0 when it was counted, else after how many seconds it may be tried again.
        """
        with self._lock:
            now_s = self._monotonic()
            times = self._times.setdefault(key, deque())
            self._times.move_to_end(key)
            while len(self._times) > MOST_KEYS:
                self._times.popitem(last=False)
            while times and times[0] <= now_s - self._within_s:
                times.popleft()
            if len(times) >= self._most:
                return times[0] + self._within_s - now_s
            times.append(now_s)
            return 0.0

    def give_back(self, key: str) -> None:
        """Forget the newest of a key: only what fails is counted."""
        with self._lock:
            if times := self._times.get(key):
                times.pop()
