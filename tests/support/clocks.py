"""A clock that stands still until a test moves it."""


class ManualClock:
    """``ports.Clock`` whose two times can be moved together or apart."""

    def __init__(self) -> None:
        """Start somewhere in 2026, monotonic time at 100 s."""
        self.wall = 1_795_000_000.0
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
