"""Which frames of a faster feed are looked at."""

EARLY = 0.25
"""Part of a period that a frame may come early; live frames jitter by some milliseconds."""


class RateCap:
    """Picks frames on a grid of capture times, so that the mean rate is the wanted one."""

    def __init__(self, fps: float | None) -> None:
        """Take the wanted rate in frames per second; None lets every frame through."""
        self._period_s = 1 / fps if fps else 0.0
        self._next_s = float("-inf")

    def due(self, at_s: float) -> bool:
        """Tell whether the frame of this capture time is wanted, and step on if so.

        Args:
            at_s: Capture time, seconds; never less than at the call before.
        """
        if at_s < self._next_s - EARLY * self._period_s:
            return False
        # A feed slower than the grid starts a new one; else it would get a burst later.
        behind = at_s - self._next_s >= self._period_s
        self._next_s = (at_s if behind else self._next_s) + self._period_s
        return True

    def restart(self) -> None:
        """Forget the grid, for example after a reconnect."""
        self._next_s = float("-inf")
