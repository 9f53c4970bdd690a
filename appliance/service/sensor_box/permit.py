"""At whom a sensor may look: what its decider's leases allow and nobody has refused since."""

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from appliance.domain.seats import OccupancyKey, SeatKey, TerminalKey
from appliance.domain.terminals import ControlCommand
from appliance.mqtt.contract.classroom import ControlRequestMessage
from appliance.mqtt.contract.envelope import CONTROL_TTL_S
from appliance.mqtt.contract.seats import SightReason
from appliance.mqtt.contract.sensors import LEASE_TTL_S, SeatLease, SensorLease

MAX_REFUSALS = 64
"""Of one seat; the oldest go first. Within 30 s nobody says no so often."""

CLOSING_S = 0.5
"""Kept of a lease's life for closing what it had opened: a turn of ``SensorCare``, a picture that
is under way, the reader that lets go. A camera is closed, not told to close, when it is over."""

NO_LEASE = "the box that decides has not been heard for 10 s"
OTHER_PROFILE = (
    "the box that decides has profile {theirs} and this sensor {ours}; write the same under "
    "[policy] on both"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatOrders:
    """What has to happen on the seats since the last time somebody asked, in this order."""

    forget: frozenset[SeatKey]
    """Nothing learnt on them may be kept."""

    begin: Mapping[SeatKey, OccupancyKey]
    """Who has logged in there."""

    calibrate: frozenset[SeatKey]
    """Whose next two minutes are known to be awake."""


@dataclass(slots=True)
class _PermittedSeat:
    lease: SeatLease | None = None
    refusals: dict[str, tuple[float, SightReason]] = field(default_factory=dict)
    """Id of each request that closed the seat: when it came, and how to call it."""
    told: bool = False
    """The terminal has said who is logged in."""
    occupant: str | None = None
    """Whom it named."""
    parted: bool = False
    """The terminal has named somebody else than the lease did."""
    open: bool = False
    """Was looked at when somebody last asked what has to happen."""
    begun: str | None = None
    """Whose occupancy was begun."""
    calibrations: int | None = None
    forget: bool = False
    calibrate: bool = False


class LookPermit:
    """A ``ConsentRegister`` that denies by default; any thread may call.

    A lease counts for 10 s, less what closing takes, on the sensor's own clock, so it needs no
    clock to agree with another. A refusal closes its seat at once, whether or not the decider
    lives; only a later lease opens it, one that has heard the refusal, or that comes when the
    request's own life of 30 s is over.
    """

    def __init__(
        self,
        *,
        seats: Mapping[SeatKey, TerminalKey],
        teachers: Collection[str],
        profile: str,
        monotonic: Callable[[], float],
    ) -> None:
        """Begin with nothing allowed.

        Args:
            seats: Terminal of each seat.
            teachers: Clients that may refuse for any seat.
            profile: Policy profile of this sensor; leases of another one allow nothing.
            monotonic: Clock that goes on while the machine is suspended, seconds.
        """
        self._seats = {seat: _PermittedSeat() for seat in seats}
        self._seat_of = {terminal: seat for seat, terminal in seats.items()}
        self._teachers = frozenset(teachers)
        self._profile = profile
        self._monotonic = monotonic
        self._until_s = float("-inf")
        self._refused = ""
        self._lock = threading.Lock()

    def granted(self, seat: SeatKey) -> bool:
        """Tell whether a seat may be looked at now."""
        with self._lock:
            return not self._why(self._seats[seat])

    def why(self, seat: SeatKey) -> SightReason:
        """Return why it may not; empty where it may."""
        with self._lock:
            return self._why(self._seats[seat])

    @property
    def leased(self) -> bool:
        """True while a lease counts, whatever it allows."""
        return self._monotonic() < self._until_s

    @property
    def refused(self) -> str:
        """Why the decider takes no tokens, or this sensor no leases; empty while both do."""
        return self._refused

    def take_lease(self, lease: SensorLease, *, sent_s: float) -> None:
        """Look at whom the decider lets us.

        Args:
            lease: What came.
            sent_s: When the broker sent it at the earliest, by ``monotonic``.
        """
        with self._lock:
            now_s = self._monotonic()
            self._lapse()
            until_s = sent_s + LEASE_TTL_S - CLOSING_S
            if until_s <= now_s:
                return
            same = lease.profile == self._profile
            other = OTHER_PROFILE.format(theirs=lease.profile, ours=self._profile)
            self._refused = lease.refused if same else other
            self._until_s = until_s
            for key, seat in self._seats.items():
                self._take_seat(
                    seat,
                    lease.seats.get(key, _DENIED) if same else _DENIED,
                    heard=lease.heard,
                    now_s=now_s,
                )

    def hear_request(self, request: str, *, client: str, body: ControlRequestMessage) -> None:
        """Close what a request of a terminal or teacher refuses; all others change nothing.

        Args:
            request: Its id.
            client: Who asks, as the broker let it in.
            body: What it asks.
        """
        reason = _refusal(body)
        if reason is None:
            return
        own = self._seat_of.get(TerminalKey(client))
        if own is not None:
            seats = [own] if body.seat in (None, own) else []
        elif client in self._teachers:
            seats = [seat for seat in self._seats if body.seat in (None, seat)]
        else:
            return
        if reason is SightReason.SEAT_PAUSED and own is None and body.seat is None:
            reason = SightReason.ROOM_PAUSED
        with self._lock:
            now_s = self._monotonic()
            for key in seats:
                seat = self._seats[key]
                self._note_end(seat)
                seat.refusals[request] = now_s, reason
                while len(seat.refusals) > MAX_REFUSALS:
                    del seat.refusals[next(iter(seat.refusals))]

    def hear_presence(self, terminal: TerminalKey, occupant: str | None) -> None:
        """Close the seat of a terminal at which somebody else sits than the lease was for.

        Args:
            terminal: Whose word it is.
            occupant: Who is logged in; None when nobody is, or nobody can tell.
        """
        key = self._seat_of.get(terminal)
        if key is None:
            return
        with self._lock:
            seat = self._seats[key]
            news = seat.told and seat.occupant != occupant
            seat.told, seat.occupant = True, occupant
            known = None if seat.lease is None else seat.lease.occupant
            if (news or seat.lease is not None) and known != occupant:
                self._note_end(seat)
                seat.parted = True

    def settle(self) -> SeatOrders:
        """Return what has to happen; each order is given once."""
        with self._lock:
            self._lapse()
            forget, begin, calibrate = set(), {}, set()
            for key, seat in self._seats.items():
                allowed = not self._why(seat)
                # When it opens, too: a look that was under way may have left something behind.
                if seat.forget or (allowed and not seat.open):
                    seat.forget, seat.begun = False, None
                    forget.add(key)
                seat.open = allowed
                if not allowed or seat.lease is None:
                    continue
                occupant = seat.lease.occupant
                if occupant is not None and occupant != seat.begun:
                    seat.begun = occupant
                    begin[key] = OccupancyKey(occupant)
                if seat.calibrate:
                    seat.calibrate = False
                    calibrate.add(key)
            return SeatOrders(forget=frozenset(forget), begin=begin, calibrate=frozenset(calibrate))

    def _take_seat(
        self, seat: _PermittedSeat, lease: SeatLease, *, heard: Collection[str], now_s: float
    ) -> None:
        seat.refusals = {
            request: (at_s, reason)
            for request, (at_s, reason) in seat.refusals.items()
            if request not in heard and now_s - at_s < CONTROL_TTL_S
        }
        before = seat.lease
        if not lease.allowed or (before is not None and before.occupant != lease.occupant):
            self._note_end(seat)
        if seat.parted and lease.occupant == seat.occupant:
            seat.parted = False
        elif seat.told and lease.occupant != seat.occupant:
            seat.parted = True
        if seat.calibrations is not None and lease.calibrate != seat.calibrations:
            seat.calibrate = True
        seat.calibrations = lease.calibrate
        seat.lease = lease

    def _why(self, seat: _PermittedSeat) -> SightReason:
        if seat.lease is None or not self.leased:
            return SightReason.STARTING
        if seat.refusals:
            return next(reversed(seat.refusals.values()))[1]
        if seat.parted:
            return SightReason.NOBODY if seat.occupant is None else SightReason.NO_CONSENT
        if not seat.lease.allowed:
            return SightReason.NOBODY if seat.lease.occupant is None else SightReason.NO_CONSENT
        return SightReason.NONE

    def _lapse(self) -> None:
        """Forget everybody once the last lease is over."""
        if not self.leased:
            for seat in self._seats.values():
                if seat.lease is not None:
                    self._note_end(seat)
                    seat.lease = None

    @staticmethod
    def _note_end(seat: _PermittedSeat) -> None:
        # Also where nobody was looked at: to forget nothing costs nothing.
        seat.forget, seat.calibrate = True, False


_DENIED = SeatLease(allowed=False)


def _refusal(body: ControlRequestMessage) -> SightReason | None:
    """Return how to call what a request closes; None where it closes nothing."""
    if body.command is ControlCommand.PAUSE:
        return SightReason.SEAT_PAUSED
    if body.command is ControlCommand.ERASE:
        return SightReason.NO_CONSENT
    if body.command is ControlCommand.CONSENT and body.granted is False:
        return SightReason.NO_CONSENT
    return None
