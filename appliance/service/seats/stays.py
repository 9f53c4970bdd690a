"""What has happened to whoever sits on each seat, as far as student and teachers may know it."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from appliance.deciding import TickResult
from appliance.domain.affect import Affect, AffectReading, ReadingStatus
from appliance.domain.arrays import Float64Array
from appliance.domain.seats import OccupancyKey, SeatKey, TerminalKey
from appliance.domain.terminals import TerminalPresence
from appliance.domain.tokens import TOKEN_HZ
from appliance.ports import Clock

CALLED_S = 600.0
"""For so long a student reads that a teacher was asked to come."""

STATE_S = 30.0
"""Memory of the state that teachers see; as intensity has it (docs/DESIGN.md, 5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """What is known of one seat now."""

    online: bool = False
    """Its terminal says that it is there."""

    logged_in: bool = False
    """Somebody has logged in and not out, whatever the terminal's connection."""

    called: bool = False
    """A teacher was asked to come within the last ``CALLED_S`` of this stay."""

    alert: str | None = None
    """Episode of which teachers were told last and that has not cleared."""

    state: Affect | None = None
    """Leading state over ``STATE_S``; None where it may not be shown, or nobody can tell."""

    since_s: float | None = None
    """Wall time since when; None without ``state``."""


class SeatStays:
    """Follows presence and ticks; any thread may call."""

    def __init__(
        self,
        *,
        terminals: Mapping[SeatKey, TerminalKey],
        refused: Callable[[SeatKey], bool],
        live_states: bool,
        clock: Clock,
    ) -> None:
        """Begin with nobody.

        Args:
            terminals: The terminal of each seat.
            refused: Tells whether somebody has taken consent back on a seat.
            live_states: Whether states are followed at all.
            clock: Monotonic time, and wall time for people.
        """
        self._seat_of = {terminal: seat for seat, terminal in terminals.items()}
        self._refused = refused
        self._live_states = live_states
        self._clock = clock
        self._lock = threading.Lock()
        self._seats = {seat: _FollowedSeat() for seat in terminals}

    def heard(self, presence: TerminalPresence) -> None:
        """Take in who is logged in where."""
        seat = self._seat_of[presence.terminal]
        with self._lock:
            its = self._seats[seat]
            its.online = presence.online
            if presence.online and presence.occupant != its.occupant:
                its.occupant = presence.occupant
                its.earlier_no = self._refused(seat)

    def ticked(self, result: TickResult) -> None:
        """Take in what one token has led to."""
        tokens, now_s = result.tokens, self._clock.monotonic_s()
        with self._lock:
            for seat, occupancy in zip(tokens.seats, tokens.occupancies, strict=True):
                self._seats[seat].sit(occupancy)
            for message in result.messages:
                for contact in message.contacts:
                    its = self._seats[contact.seat]
                    its.called_s, its.alert = now_s, contact.episode
                for alert in message.alerts:
                    self._seats[alert.seat].tell(alert.episode, cleared=alert.cleared)
            for alert in result.alerts:
                if alert.cleared:
                    self._seats[alert.seat].tell(alert.episode, cleared=True)
            if self._live_states:
                self._follow_states(result.readings)

    def now(self, seat: SeatKey) -> Stay:
        """Return what is known of a seat."""
        with self._lock:
            its = self._seats[seat]
            called = its.called_s is not None
            return Stay(
                online=its.online,
                logged_in=its.occupant is not None,
                called=called and self._clock.monotonic_s() - (its.called_s or 0.0) < CALLED_S,
                alert=its.alert,
                state=its.live.shown,
                since_s=its.live.since_s,
            )

    def said_no(self, seat: SeatKey) -> bool:
        """Tell whether consent was taken back by whoever is logged in, not by somebody before."""
        refused = self._refused(seat)
        with self._lock:
            its = self._seats[seat]
            its.earlier_no = its.earlier_no and refused
            return refused and not its.earlier_no

    def _follow_states(self, readings: Iterable[AffectReading]) -> None:
        wall_s = self._clock.wall_s()
        for reading in readings:
            self._seats[reading.seat].live.see(reading, wall_s=wall_s)


@dataclass(slots=True)
class _LiveState:
    mean: Float64Array | None = None
    tokens: int = 0
    shown: Affect | None = None
    since_s: float | None = None

    def see(self, reading: AffectReading, *, wall_s: float) -> None:
        """Go on by one token; what nobody can tell shows nothing and changes no mean."""
        leading: Affect | None = None
        if reading.status is ReadingStatus.KNOWN:
            p = reading.probabilities.astype(np.float64)
            self.tokens += 1
            gain = max(1 / self.tokens, 1 / (STATE_S * TOKEN_HZ))
            self.mean = p if self.mean is None else self.mean + gain * (p - self.mean)
            state = reading.states[int(self.mean.argmax())].value
            # Whoever is merely awake is in none of the four: fatigue-only has no word for it.
            leading = Affect(state) if state in set(Affect) else None
        if leading != self.shown:
            self.shown, self.since_s = leading, None if leading is None else wall_s


@dataclass(slots=True)
class _FollowedSeat:
    online: bool = False
    occupant: str | None = None
    earlier_no: bool = False
    occupancy: OccupancyKey | None = None
    called_s: float | None = None
    alert: str | None = None
    live: _LiveState = field(default_factory=_LiveState)

    def sit(self, occupancy: OccupancyKey | None) -> None:
        """Forget everything of the stay before."""
        if occupancy != self.occupancy:
            self.occupancy, self.called_s, self.alert, self.live = (
                occupancy,
                None,
                None,
                _LiveState(),
            )

    def tell(self, episode: str, *, cleared: bool) -> None:
        """Note which episode is open."""
        if not cleared:
            self.alert = episode
        elif self.alert == episode:
            self.alert = None
