"""Features on their way to the disk: a bounded queue that knows when to commit."""

from collections import deque
from typing import Any

from appliance.ports import Clock

BATCHES = 1500
"""Feature batches that may wait: five minutes of tokens at 5 Hz. When full the oldest is dropped
and counted."""

COMMIT_BATCHES = 250
"""Feature batches that are committed at once even if the time has not come."""


class BatchQueue:
    """Batches in order; used inside the writer's lock."""

    def __init__(self, *, clock: Clock, commit_s: float) -> None:
        """Start empty.

        Args:
            clock: Monotonic time.
            commit_s: Longest time that a batch waits, seconds.
        """
        self._clock = clock
        self._commit_s = commit_s
        self._waiting: deque[Any] = deque()  # Any: a batch is whatever the writer's callable takes
        self._commit_at_s = 0.0
        self._refused = False

    def __len__(self) -> int:
        """Count what is waiting."""
        return len(self._waiting)

    def append(self, batch: object) -> int:
        """Add the newest batch; return how many old ones gave way."""
        if not self._waiting:
            self._commit_at_s = self._clock.monotonic_s() + self._commit_s
        self._waiting.append(batch)
        return self._drop(len(self._waiting) - BATCHES)

    def due(self) -> bool:
        """Tell whether it is time to commit."""
        if not self._waiting:
            return False
        if self._clock.monotonic_s() >= self._commit_at_s:
            return True
        # Many rows are no reason to try a failing disk without pause.
        return len(self._waiting) >= COMMIT_BATCHES and not self._refused

    def take(self) -> list[Any]:
        """Hand out everything that is waiting."""
        batches = list(self._waiting)
        self._waiting.clear()
        self._refused = False
        return batches

    def put_back(self, batches: list[Any], *, keep: bool) -> int:
        """Take back what could not be written and wait before the next attempt.

        Args:
            batches: As they were taken.
            keep: False drops everything, because there will be no next attempt.

        Returns:
            Number of batches dropped, the oldest first.
        """
        self._waiting.extendleft(reversed(batches))
        self._refused = True
        self._commit_at_s = self._clock.monotonic_s() + self._commit_s
        return self._drop(len(self._waiting) - BATCHES if keep else len(self._waiting))

    def _drop(self, excess: int) -> int:
        dropped = max(0, excess)
        for _ in range(dropped):
            self._waiting.popleft()
        return dropped
