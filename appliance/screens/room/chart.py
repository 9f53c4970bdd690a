"""The class over a lesson: a count every half minute, and nothing about a single seat."""

from collections import Counter, deque
from collections.abc import Collection

from appliance.mqtt.contract.seats import BoardSeat, Sight
from appliance.screens.allowed import may_name

EVERY_S = 30.0
LONGEST_S = 8 * 3600.0
"""Longer than any day at school."""


class LessonChart:
    """Counts, oldest first. Whoever calls keeps other threads out."""

    def __init__(self) -> None:
        """Begin without a point."""
        self._points: deque[dict[str, object]] = deque(maxlen=int(LONGEST_S / EVERY_S))
        self._due_s = float("-inf")

    @property
    def points(self) -> list[dict[str, object]]:
        """All of them, for JSON."""
        return list(self._points)

    def add(
        self,
        seats: Collection[BoardSeat],
        *,
        alerts: int,
        profile: str | None,
        now_s: float,
        wall_s: float,
    ) -> bool:
        """Add a point if one is due.

        Args:
            seats: All of the room.
            alerts: Open ones.
            profile: Which states may be counted.
            now_s: Own monotonic time.
            wall_s: Unix time.
        """
        if now_s < self._due_s:
            return False
        self._due_s = now_s + EVERY_S
        states = Counter(
            seat.state.value
            for seat in seats
            if seat.state is not None and may_name(seat.state, profile)
        )
        self._points.append(
            {
                "t_s": int(wall_s),
                "observed": sum(seat.sight is Sight.OBSERVED for seat in seats),
                "paused": sum(seat.sight is Sight.PAUSED for seat in seats),
                "alerts": alerts,
                "states": dict(sorted(states.items())) or None,
            }
        )
        return True

    def forget(self) -> None:
        """Forget all."""
        self._points.clear()
        self._due_s = float("-inf")
