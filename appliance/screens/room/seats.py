"""The seats of a room as its boxes' boards say them, each for as long as the board holds."""

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.domain.seats import SeatKey
from appliance.mqtt.contract.envelope import SEAT_TTL_S
from appliance.mqtt.contract.seats import BoardSeat

LONGEST_ID = 64
"""Characters of an id that a page is told."""

MOST_SEATS = 256
"""Far more than a room has; further ones are not taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    body: BoardSeat
    until_s: float


class SeatBoard:
    """Boards by seat. Whoever calls keeps other threads out."""

    def __init__(self) -> None:
        """Begin with no seat."""
        self._held: dict[SeatKey, _Held] = {}

    @property
    def seats(self) -> Mapping[SeatKey, BoardSeat]:
        """What is said of each, by seat."""
        return {seat: self._held[seat].body for seat in sorted(self._held)}

    def take(self, body: BoardSeat, *, expiry_s: int | None, now_s: float) -> bool:
        """Take what a box says of a seat; False when a page would show nothing new.

        Args:
            body: The board.
            expiry_s: What was left of its lifetime when the broker sent it, seconds.
            now_s: Own monotonic time.
        """
        known = self._held.get(body.seat)
        crowded = known is None and len(self._held) >= MOST_SEATS
        if len(body.seat) > LONGEST_ID or crowded:
            return False
        left_s = SEAT_TTL_S if expiry_s is None else min(expiry_s, SEAT_TTL_S)
        self._held[body.seat] = _Held(body=body, until_s=now_s + left_s)
        return known is None or known.body != body

    def clear(self, seat: SeatKey) -> bool:
        """Forget a seat whose board was taken away; False when it was not known."""
        return self._held.pop(seat, None) is not None

    def expire(self, *, now_s: float) -> bool:
        """Forget seats whose box has not been heard of; False when there is none."""
        over = [seat for seat, held in self._held.items() if held.until_s <= now_s]
        for seat in over:
            del self._held[seat]
        return bool(over)

    def forget(self) -> None:
        """Forget all."""
        self._held.clear()
