"""Who sits on a seat, as far as the box may know: one occupancy after another."""

from collections.abc import Callable

from appliance.domain.seats import Occupancy, OccupancyKey, SeatKey

ABSENCE_ENDS_S = 60.0  # docs/DESIGN.md, 2: "absent for more than 60 s" ends an occupancy
EMPTY_BEFORE_NEW_S = 60.0  # docs/DESIGN.md, 2: "someone sits down after >= 60 s of empty seat"


class SeatOccupancy:
    """The occupancy of one seat; times are capture times of the seat's camera."""

    def __init__(self, seat: SeatKey, *, new_key: Callable[[], OccupancyKey]) -> None:
        """Begin with an empty seat."""
        self._seat = seat
        self._new_key = new_key
        self._current: Occupancy | None = None
        self._last_seen_s: float | None = None

    @property
    def current(self) -> Occupancy | None:
        """Who sits there now; None when nobody does."""
        return self._current

    def begin(self, key: OccupancyKey, *, at_s: float) -> bool:
        """Begin the occupancy a terminal announced; False when it is already the current one."""
        if self._current is not None and self._current.key == key:
            return False
        self._current = Occupancy(key=key, seat=self._seat, since_s=at_s)
        self._last_seen_s = at_s
        return True

    def end(self) -> None:
        """End the present occupancy; the next person seen begins a new one."""
        self._current = None

    def see(self, *, at_s: float) -> bool:
        """Somebody is on the seat; True when that begins a new occupancy."""
        empty_s = 0.0 if self._last_seen_s is None else at_s - self._last_seen_s
        self._last_seen_s = at_s
        if self._current is not None and empty_s < EMPTY_BEFORE_NEW_S:
            return False
        self._current = Occupancy(key=self._new_key(), seat=self._seat, since_s=at_s)
        return True

    def miss(self, *, at_s: float) -> bool:
        """Nobody is on the seat; True when that ends the occupancy."""
        if self._current is None:
            return False
        if self._last_seen_s is None:
            self._last_seen_s = at_s
        if at_s - self._last_seen_s <= ABSENCE_ENDS_S:
            return False
        self._current = None
        return True

    def hold(self, *, at_s: float) -> None:
        """Nothing can be told about the seat: its absence does not go on meanwhile."""
        if self._current is not None:
            self._last_seen_s = at_s
