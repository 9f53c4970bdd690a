"""The real clocks of the operating system."""

import time
from functools import cache
from pathlib import Path

from appliance.domain.boot import BootTime
from appliance.ports import Clock

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class SystemClock:
    """``ports.Clock`` on the operating system's clocks."""

    def wall_s(self) -> float:
        """Seconds since the Unix epoch; may be stepped by NTP."""
        return time.time()

    def monotonic_s(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()


class SleeplessClock:
    """``ports.Clock`` whose monotonic time goes on while the machine is suspended.

    For lifetimes: a command that was asleep for a minute is a minute older.
    """

    def __init__(self, clock: Clock) -> None:
        """Add to another clock what it sleeps through."""
        self._clock = clock

    def wall_s(self) -> float:
        """Seconds since the Unix epoch."""
        return self._clock.wall_s()

    def monotonic_s(self) -> float:
        """Seconds that never go back and never stand still.

        Source: clock_gettime(2), CLOCK_BOOTTIME.
        """
        asleep_s = time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(
            time.CLOCK_MONOTONIC
        )
        return self._clock.monotonic_s() + asleep_s


def boot_time() -> BootTime:
    """Return how long the machine has been running, suspends included."""
    return BootTime(boot=_boot_id(), s=time.clock_gettime(time.CLOCK_BOOTTIME))


@cache
def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""
