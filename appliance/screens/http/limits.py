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


class BackOff:
    """Longer and longer waits for whoever fails again and again; any thread may call."""

    def __init__(
        self,
        *,
        free: int = 3,
        longest_s: float = 300.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with nothing counted.

        Args:
            free: Failures before the first wait, of one second.
            longest_s: A wait at most.
            monotonic: Clock.
        """
        self._free = free
        self._longest_s = longest_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait_s(self, key: str) -> float:
        """Return after how many seconds it may be tried again; 0 is now."""
        with self._lock:
            _, free_s = self._failures.get(key, (0, 0.0))
            return max(free_s - self._monotonic(), 0.0)

    def failed(self, key: str) -> None:
        """Count a failure."""
        with self._lock:
            count = self._failures.pop(key, (0, 0.0))[0] + 1
            doublings = min(count - self._free, 16)  # 2^16 s is beyond any ``longest_s``
            pause_s = 0.0 if doublings < 0 else min(2.0**doublings, self._longest_s)
            self._failures[key] = (count, self._monotonic() + pause_s)
            while len(self._failures) > MOST_KEYS:
                self._failures.popitem(last=False)

    def succeeded(self, key: str) -> None:
        """Forget the failures of a key."""
        with self._lock:
            self._failures.pop(key, None)
