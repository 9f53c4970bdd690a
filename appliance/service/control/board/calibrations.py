"""Two minutes in which a student says to be awake: what the baseline of a seat begins with.

Whoever arrives tired would otherwise make tired normal (docs/DESIGN.md, 3, Baseline). The baseline
begins anew with the first token of the two minutes, so that it is made of nothing else; nothing
else is learnt of the student, and nothing is decided meanwhile.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.terminals import ControlReply, ControlRequest, ControlStatus
from appliance.mqtt.contract.seats import CalibrationState
from appliance.ports import Clock

LASTS_S = 120.0  # docs/DESIGN.md, 3: "two minutes known to be awake"


@dataclass(frozen=True, slots=True)
class _Begun:
    occupancy: OccupancyKey
    at_s: float


class Calibrations:
    """Which seats are in their two minutes, and which have had them; any thread may call."""

    def __init__(
        self,
        *,
        permitted: Callable[[SeatKey], bool],
        occupancy: Callable[[SeatKey], OccupancyKey | None],
        begin_anew: Callable[[SeatKey], None],
        clock: Clock,
    ) -> None:
        """Connect.

        Args:
            permitted: Tells who may be looked at.
            occupancy: Who sits there now.
            begin_anew: Lets the baseline of a seat begin with its next token.
            clock: Monotonic time.
        """
        self._permitted = permitted
        self._occupancy = occupancy
        self._begin_anew = begin_anew
        self._clock = clock
        self._lock = threading.Lock()
        self._begun: dict[SeatKey, _Begun] = {}

    def take(self, request: ControlRequest) -> ControlReply:
        """Begin the two minutes of a seat."""
        seat = request.seat
        if seat is None:
            return _refused("name one seat of this box")
        occupancy = self._occupancy(seat)
        if occupancy is None or not self._permitted(seat):
            return _refused("nobody who has agreed to be looked at is known to sit there")
        with self._lock:
            self._begun[seat] = _Begun(occupancy, self._clock.monotonic_s())
        self._begin_anew(seat)
        return ControlReply(status=ControlStatus.DONE)

    def state(self, seat: SeatKey) -> tuple[CalibrationState, float | None]:
        """Return how far whoever sits there has come, and the seconds that are left."""
        with self._lock:
            begun = self._begun.get(seat)
        if begun is None or begun.occupancy != self._occupancy(seat):
            return CalibrationState.NONE, None
        left_s = begun.at_s + LASTS_S - self._clock.monotonic_s()
        if left_s <= 0:
            return CalibrationState.DONE, None
        return CalibrationState.RUNNING, round(left_s, 1)

    def running(self, seat: SeatKey) -> bool:
        """Tell whether a seat is in its two minutes."""
        return self.state(seat)[0] is CalibrationState.RUNNING


def _refused(detail: str) -> ControlReply:
    return ControlReply(status=ControlStatus.REFUSED, detail=detail)
