"""What was shown to one simulated student, and when."""

HOUR_S = 3600.0


class ShownActions:
    """All times are capture times in seconds."""

    def __init__(self) -> None:
        """Begin with nothing shown."""
        self._times_s: list[float] = []

    @property
    def latest_s(self) -> float | None:
        """When the last one was shown; None before the first."""
        return self._times_s[-1] if self._times_s else None

    def recent(self, at_s: float, *, within_s: float) -> int:
        """Count what was shown less than ``within_s`` before ``at_s``."""
        return sum(at_s - time_s < within_s for time_s in self._times_s)

    def show(self, at_s: float) -> None:
        """Note that something is shown."""
        self._times_s.append(at_s)
