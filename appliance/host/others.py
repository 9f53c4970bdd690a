"""How much of the machine other programs need, from ``/proc/stat``."""

import os
from collections import deque
from collections.abc import Callable
from pathlib import Path

SPAN_S = 30.0
"""A program that starts, or a page that loads, is no reason to rest."""

BUSY_SHARE = 0.75
"""Of all cores, taken by others: what a sensor takes then is missed by somebody."""

CALM_SHARE = 0.5
"""Below it there is room again."""

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def read_busy_s() -> float:
    """Return for how long the cores have worked since the machine began, all together, seconds.

    Source: proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal.
    """
    first = Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0].split()
    user, nice, system, _, _, irq, softirq = (int(each) for each in first[1:8])
    return (user + nice + system + irq + softirq) / _TICKS_A_SECOND


def read_own_s() -> float:
    """Return how much of that was this process."""
    times = os.times()
    return times.user + times.system


class OthersWatch:
    """Tells when others need the machine, and when they have done; for one thread."""

    def __init__(
        self,
        *,
        monotonic: Callable[[], float],
        busy_s: Callable[[], float] = read_busy_s,
        own_s: Callable[[], float] = read_own_s,
        cores: int | None = None,
    ) -> None:
        """Begin calm.

        Args:
            monotonic: Clock, seconds.
            busy_s: Processor time of the machine.
            own_s: Processor time of this process.
            cores: Of the machine; None asks it.
        """
        self._monotonic = monotonic
        self._busy_s = busy_s
        self._own_s = own_s
        self._cores = cores or os.cpu_count() or 1
        self._looks: deque[tuple[float, float]] = deque()
        self.busy = False
        """Others need it."""

    def look(self) -> bool:
        """Take in what has been done since the last look; tell whether others need the machine."""
        now_s, others_s = self._monotonic(), self._busy_s() - self._own_s()
        self._looks.append((now_s, others_s))
        while len(self._looks) > 1 and now_s - self._looks[1][0] >= SPAN_S:
            self._looks.popleft()
        from_s, before_s = self._looks[0]
        if now_s - from_s >= SPAN_S:
            share = (others_s - before_s) / (now_s - from_s) / self._cores
            self.busy = share > (CALM_SHARE if self.busy else BUSY_SHARE)
        return self.busy
