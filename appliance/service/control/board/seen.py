"""What was seen last of each seat, for those who are told of it."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from appliance.domain.affect import Affect, AffectReading, ReadingStatus
from appliance.domain.interventions import Action
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.tokens import SeatStatus
from appliance.pipeline import TickResult
from appliance.ports import Clock

CALLED_S = 600.0
"""How long a student reads that a teacher was asked to come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatSeen:
    """The newest of one seat."""

    status: SeatStatus | None = None
    """Of its newest token; None before the first."""

    occupancy: OccupancyKey | None = None
    """Who sat there then."""

    alert: str | None = None
    """Episode of the alert that was opened last and is still open."""

    state: Affect | None = None
    """Leading state of a reading that says something; None otherwise."""

    since_s: float | None = None
    """Since when, wall time, seconds."""

    called_s: float | None = field(default=None, repr=False)
    """Monotonic time at which a teacher was asked to come to whoever sits there."""


class SeatsSeen:
    """Is told of each token; any thread may ask."""

    def __init__(self, seats: Iterable[SeatKey], *, clock: Clock) -> None:
        """Begin with nothing seen."""
        self._clock = clock
        self._lock = threading.Lock()
        self._seats = {seat: SeatSeen() for seat in seats}
        self._open: dict[SeatKey, dict[str, None]] = {seat: {} for seat in self._seats}

    def ticked(self, result: TickResult) -> None:
        """Take in what one token has led to."""
        rows = {
            seat: (status, occupancy)
            for seat, status, occupancy in zip(
                result.tokens.seats, result.tokens.status, result.tokens.occupancies, strict=True
            )
        }
        with self._lock:
            for reading in result.readings:
                self._read(reading, *rows[reading.seat])
            for alert in result.alerts:
                episodes = self._open[alert.seat]
                if alert.cleared:
                    episodes.pop(alert.episode, None)
                else:
                    episodes[alert.episode] = None
                newest = next(reversed(episodes), None)
                self._seats[alert.seat] = replace(self._seats[alert.seat], alert=newest)
            for intervention in result.interventions:
                if intervention.action is Action.CONTACT_TEACHER:
                    before = self._seats[intervention.seat]
                    called_s = self._clock.monotonic_s()
                    self._seats[intervention.seat] = replace(before, called_s=called_s)

    def of(self, seat: SeatKey) -> SeatSeen:
        """Return the newest of a seat."""
        with self._lock:
            return self._seats[seat]

    def teacher_called(self, seat: SeatKey) -> bool:
        """Tell whether a teacher was asked within the last minutes to come to who sits there."""
        called_s = self.of(seat).called_s
        return called_s is not None and self._clock.monotonic_s() - called_s < CALLED_S

    def _read(
        self, reading: AffectReading, status: SeatStatus, occupancy: OccupancyKey | None
    ) -> None:
        before = self._seats[reading.seat]
        state = _state_of(reading) if status is SeatStatus.PRESENT else None
        stays = occupancy == before.occupancy
        since_s = None if state is None else self._clock.wall_s()
        if stays and state is before.state:
            since_s = before.since_s
        self._seats[reading.seat] = replace(
            before,
            status=status,
            occupancy=occupancy,
            state=state,
            since_s=since_s,
            called_s=before.called_s if stays else None,
        )


def _state_of(reading: AffectReading) -> Affect | None:
    """Return the state that leads; None where nothing is known, or awake is all that is."""
    if reading.status is not ReadingStatus.KNOWN:
        return None
    return next((each for each in Affect if each.value == reading.leading.value), None)
