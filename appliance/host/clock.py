"""The real clock, for terminals and for whoever has no other."""

import time


class SystemClock:
    """``ports.Clock`` on the operating system's clocks."""

    def wall_s(self) -> float:
        """Seconds since the Unix epoch; may be stepped by NTP."""
        return time.time()

    def monotonic_s(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()
