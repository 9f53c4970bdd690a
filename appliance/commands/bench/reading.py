"""What the process has used so far; two readings give what a span has cost."""

import os
import resource
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from appliance.domain.seats import SeatKey
from appliance.metering.meter import StageCost
from appliance.scheduling.load import SeatLoad

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
TICKS_PER_S = os.sysconf("SC_CLK_TCK")

KINDS = {"storage": "storage", "mqtt": "mqtt"}
"""How a thread's name begins, and what its time is counted as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Counts since the start of the process."""

    at_s: float
    """Monotonic time."""

    cpu_s: float
    """CPU time of all threads, those of native libraries included."""

    machine_s: float
    """CPU time of everything on this machine."""

    threads_s: Mapping[str, float]
    """CPU time of our own threads by kind; only kinds of ``KINDS``."""

    stages: Mapping[str, StageCost]
    """CPU time and calls by stage."""

    seats: Mapping[SeatKey, SeatLoad]
    """Frames and ages of each seat."""

    rss_mb: float
    """Memory of the process, MB of 10^6 bytes."""


def thread_times() -> dict[str, float]:
    """Return the CPU time of our own threads by kind, seconds.

    A thread that ends meanwhile is left out.
    """
    times = dict.fromkeys(KINDS.values(), 0.0)
    for thread in threading.enumerate():
        kind = next((KINDS[word] for word in KINDS if thread.name.startswith(word)), None)
        if kind is not None:
            try:
                text = Path(f"/proc/self/task/{thread.native_id}/schedstat").read_text("ascii")
            except OSError:
                continue
            times[kind] += int(text.split()[0]) / 1e9  # nanoseconds, proc(5)
    return times


def machine_time() -> float:
    """Return the CPU time of everything on this machine, seconds."""
    line = Path("/proc/stat").read_text("ascii").partition("\n")[0]
    # proc(5): user, nice, system, idle, iowait, irq, softirq, steal; guests are part of user.
    user, nice, system, _, _, irq, softirq, steal = map(int, line.split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICKS_PER_S


def memory_mb() -> float:
    """Return the resident memory of the process, MB of 10^6 bytes."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * PAGE_BYTES / 1e6


def peak_memory_mb() -> float:
    """Return the largest resident memory the process has had, MB of 10^6 bytes."""
    # Linux counts ru_maxrss in KiB (getrusage(2)).
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
