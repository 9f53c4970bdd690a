"""Says to each sensor at whom it may look: at each change, and every two seconds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.token_packets import SensorKey
from appliance.intake.sensor_seats import SensorSeats
from appliance.mqtt.contract.sensors import SeatLease, SensorLease
from appliance.ports import Clock, ConsentRegister

RENEWED_S = 2.0
"""A sensor may miss four before it has to close its cameras."""


class LeasePublisher(Protocol):
    """Sends leases; ``BrokerClient`` is one."""

    def publish_lease(self, sensor: SensorKey, lease: SensorLease) -> bool:
        """Let a sensor look, or not; False where it cannot be said now."""
        ...

    def heard(self) -> tuple[str, ...]:
        """Return the ids of the last control requests that were answered."""
        ...


@dataclass(slots=True)
class _LeaseTold:
    lease: SensorLease | None = None
    at_s: float = 0.0


class LeaseKeeper:
    """Asked several times a second by one thread: whoever says no is heard within one."""

    def __init__(
        self,
        *,
        box: str,
        profile: str,
        sensors: Mapping[SensorKey, Mapping[SeatKey, TerminalKey]],
        seats: SensorSeats,
        permitted: ConsentRegister,
        closed: Callable[[], object],
        refused: Callable[[SensorKey], str],
        publisher: LeasePublisher,
        clock: Clock,
    ) -> None:
        """Begin with nothing allowed.

        Args:
            box: Id of this box.
            profile: Policy profile of this box.
            sensors: As configured.
            seats: Knows who is logged in, and what the sensors are to forget.
            permitted: At whom anybody may look.
            closed: Truthy while the cameras of the room are closed.
            refused: Why a sensor's tokens are not taken.
            publisher: Sends the leases.
            clock: Monotonic time.
        """
        self._box = box
        self._profile = profile
        self._sensors = sensors
        self._seats = seats
        self._permitted = permitted
        self._closed = closed
        self._refused = refused
        self._publisher = publisher
        self._clock = clock
        self._told = {key: _LeaseTold() for key in sensors}
        self._cut: set[SeatKey] = set()

    def tell(self) -> None:
        """Say what is news, and what was said two seconds ago."""
        now_s = self._clock.monotonic_s()
        closed, heard = bool(self._closed()), self._publisher.heard()
        for key, told in self._told.items():
            seats = self._sensors[key]
            self._cut |= {seat for seat in seats if self._seats.take_cut(seat)}
            lease = self._lease(key, closed=closed, heard=heard)
            if told.lease == lease and now_s - told.at_s < RENEWED_S:
                continue
            if self._publisher.publish_lease(key, lease):
                told.lease, told.at_s = lease, now_s
                # What had to be forgotten is forgotten with this; the next one may allow again.
                if cut := self._cut & seats.keys():
                    self._cut -= cut
                    told.lease = replace(lease, seats=self._kept(key, closed=closed))

    def _lease(self, key: SensorKey, *, closed: bool, heard: tuple[str, ...]) -> SensorLease:
        return SensorLease(
            decider=self._box,
            profile=self._profile,
            seats=self._kept(key, closed=closed),
            heard=heard,
            refused=self._refused(key),
        )

    def _kept(self, key: SensorKey, *, closed: bool) -> dict[str, SeatLease]:
        return {
            seat: SeatLease(
                allowed=not closed and seat not in self._cut and self._permitted.granted(seat),
                occupant=self._seats.login(seat),
                calibrate=self._seats.asked(seat),
            )
            for seat in self._sensors[key]
        }
