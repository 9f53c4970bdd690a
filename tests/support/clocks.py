"""Clocks that stand still until a test moves them, and one that leaps."""

import time

NOON_S = 1_795_000_000.0
"""Some day in November 2026, wall time."""


class HeldClock:
    """``ports.Clock`` of one time: seconds since noon, which are the monotonic time too."""

    def __init__(self) -> None:
        """Start at noon."""
        self.now_s = 0.0

    def wall_s(self) -> float:
        """Return the wall time."""
        return NOON_S + self.now_s

    def monotonic_s(self) -> float:
        """Return the monotonic time."""
        return self.now_s


class ManualClock:
    """``ports.Clock`` whose two times can be moved together or, as a reboot does, apart."""

    def __init__(self) -> None:
        """Start at noon, monotonic time at 100 s."""
        self.wall = NOON_S
        self.monotonic = 100.0

    def wall_s(self) -> float:
        """Wall time."""
        return self.wall

    def monotonic_s(self) -> float:
        """Monotonic time."""
        return self.monotonic

    def advance(self, seconds: float) -> None:
        """Let time pass for both."""
        self.wall += seconds
        self.monotonic += seconds


class LeapingClock:
    """``ports.Clock`` that runs, and leaps over a suspend of the machine when a test says so."""

    def __init__(self) -> None:
        """Run."""
        self._asleep_s = 0.0

    def wall_s(self) -> float:
        """Wall time."""
        return time.time() + self._asleep_s

    def monotonic_s(self) -> float:
        """Monotonic time, a suspend included."""
        return time.monotonic() + self._asleep_s

    def suspend(self, seconds: float) -> None:
        """Let a suspend be over."""
        self._asleep_s += seconds
