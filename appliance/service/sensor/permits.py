"""At whom a sensor may look: what its decider has leased, less what it has heard itself.

A decider's word opens a camera, and only for ten seconds. A student's or a teacher's word closes it
at once, also while no decider is there to hear it. Nothing of it is kept: a sensor that begins is
blind until it is told otherwise.
"""

import math
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from appliance.domain.seats import SeatKey
from appliance.mqtt.contract.envelope import CONTROL_TTL_S
from appliance.mqtt.contract.seats import SightReason
from appliance.mqtt.contract.sensors import LEASE_TTL_S, SeatLease, SensorLease

PRESENCE_S = 1.0
"""A decider has heard of a log-in or log-out by then: a lease from later knows of it."""

REFUSED_S = 60.0
"""A sensor whose tokens nobody takes looks again after so long, in case that has changed."""


@dataclass(slots=True)
class _Closings:
    requests: dict[str, float] = field(default_factory=dict)
    """Ids of requests that say no, and when each was heard."""
    presence_s: float = -math.inf
    """When somebody else than before, or nobody, was logged in."""


class LeasedPermits:
    """The ``ConsentRegister`` of a sensor; any thread may call."""

    def __init__(
        self, *, seats: Iterable[SeatKey], profile: str, monotonic: Callable[[], float]
    ) -> None:
        """Begin with nothing allowed.

        Args:
            seats: Those that this sensor sees.
            profile: Policy profile of this sensor; a decider of another one allows nothing.
            monotonic: Clock, seconds.
        """
        self._profile = profile
        self._monotonic = monotonic
        self._closings = {seat: _Closings() for seat in seats}
        self._lease: SensorLease | None = None
        self._heard_s = -math.inf
        self._refused_s = -math.inf
        self._refused = ""
        self._lock = threading.Lock()

    def take_lease(self, lease: SensorLease) -> None:
        """Take in what a decider allows; what it has heard of closes nothing any more."""
        now_s = self._monotonic()
        with self._lock:
            self._lease, self._heard_s = lease, now_s
            if lease.refused:
                self._refused, self._refused_s = lease.refused, now_s
            for its in self._closings.values():
                its.requests = {
                    request: at_s
                    for request, at_s in its.requests.items()
                    if request not in lease.heard and now_s - at_s < CONTROL_TTL_S
                }
                if now_s - its.presence_s >= PRESENCE_S:
                    its.presence_s = -math.inf

    def refuse(self, seat: SeatKey, *, request: str) -> None:
        """Somebody says no, or pauses, or erases; see ``take_lease`` for how it ends.

        Args:
            seat: Where.
            request: Id of the message.
        """
        with self._lock:
            self._closings[seat].requests[request] = self._monotonic()

    def presence_changed(self, seat: SeatKey) -> None:
        """Whom the lease speaks of is perhaps not who sits there."""
        with self._lock:
            self._closings[seat].presence_s = self._monotonic()

    def granted(self, seat: SeatKey) -> bool:
        """Tell whether the sensor may look at a seat now; default deny."""
        return not self.reason(seat)

    def reason(self, seat: SeatKey) -> SightReason:
        """Return why it may not; empty where it may."""
        with self._lock:
            if self._fault():
                return SightReason.STARTING
            lease, its = self._lease, self._closings[seat]
            place = None if lease is None else lease.seats.get(seat)
            closed = its.requests or math.isfinite(its.presence_s)
            return (
                SightReason.NONE
                if place is not None and place.allowed and not closed
                else SightReason.NO_CONSENT
            )

    def fault(self) -> str:
        """Return in one line why it may look at nobody at all; empty where a lease holds."""
        with self._lock:
            return self._fault()

    def refused(self) -> str:
        """Return why the decider takes no tokens; empty where it does."""
        with self._lock:
            return self._refused if self._monotonic() - self._refused_s < REFUSED_S else ""

    def leased(self) -> Mapping[str, SeatLease]:
        """Return what the decider says of each seat; empty without a lease that holds."""
        with self._lock:
            return {} if self._lease is None or self._fault() else self._lease.seats

    def _fault(self) -> str:
        now_s, lease = self._monotonic(), self._lease
        if lease is None or now_s - self._heard_s >= LEASE_TTL_S:
            return "no decider says at whom to look"
        if lease.profile != self._profile:
            return (
                f"the decider {lease.decider} has the profile {lease.profile}, and this sensor "
                f"{self._profile}: set the same [policy] profile on both"
            )
        if now_s - self._refused_s < REFUSED_S:
            return self._refused
        return ""
