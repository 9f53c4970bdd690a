"""Is the machine needed for something heavier? A sensor rests until it is not."""

import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

WINDOW_S = 30.0
"""A program that starts, or a page that loads, is over before."""

REST_ABOVE = 0.75
"""Share of all processors that others use."""

LOOK_BELOW = 0.50
"""Looking costs a share itself: between the two nothing changes, or it would swing for ever."""

_STAT = Path("/proc/stat")
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessorTimes:
    """Of the whole machine since it started, seconds of one processor."""

    total_s: float
    """All processors together, idle or not."""

    others_s: float
    """What other processes have used."""


def read_processor_times() -> ProcessorTimes | None:
    """Read the system's account; None where there is none, as on Windows.

    Source: proc_stat(5); guest time is in user time already.
    """
    try:
        first = _STAT.read_text(encoding="ascii").partition("\n")[0]
        ticks = [int(word) for word in first.split()[1:9]]
    except (OSError, ValueError):
        return None
    user, nice, system, idle, waiting, *rest = ticks
    own = os.times()
    busy_s = (user + nice + system + sum(rest)) / _TICKS_PER_S
    return ProcessorTimes(
        total_s=busy_s + (idle + waiting) / _TICKS_PER_S,
        others_s=busy_s - own.user - own.system,
    )


class BusyWatch:
    """Decides to rest or to look, about once a second."""

    def __init__(self, *, read: Callable[[], ProcessorTimes | None] = read_processor_times) -> None:
        """Begin to look; ``read`` is the system's account."""
        self._read = read
        self._seen: deque[tuple[float, ProcessorTimes]] = deque()
        self.reason = ""
        """Why we rest, for people; empty while we look."""

    def follow(self, now_s: float) -> str:
        """Take in how the machine is; return ``reason``.

        Args:
            now_s: Monotonic time, seconds.
        """
        times = self._read()
        if times is None:
            return self.reason
        self._seen.append((now_s, times))
        # The oldest that is kept is just beyond the window: shorter ones say nothing.
        while len(self._seen) > 1 and now_s - self._seen[1][0] >= WINDOW_S:
            self._seen.popleft()
        from_s, before = self._seen[0]
        if now_s - from_s < WINDOW_S:
            return self.reason
        share = (times.others_s - before.others_s) / max(times.total_s - before.total_s, 1e-9)
        if share > REST_ABOVE:
            self.reason = "rests: other programs need this machine"
        elif share < LOOK_BELOW:
            self.reason = ""
        return self.reason
