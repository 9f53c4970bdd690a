"""A student's own clock: laptops are closed and opened again in the middle of a lesson."""

import time

from appliance.host.clock import SystemClock


class WakefulClock(SystemClock):
    """``ports.Clock`` whose monotonic time goes on while the machine is suspended."""

    def monotonic_s(self) -> float:
        """Seconds that never go back, those of a suspend among them.

        Source: clock_gettime(2), CLOCK_BOOTTIME; a system without it has only the other.
        """
        return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
