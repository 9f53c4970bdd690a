"""Clocks that stand still until a test moves them."""

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
