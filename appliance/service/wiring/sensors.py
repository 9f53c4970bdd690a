"""What a decider has of its sensors, put together; a box without sensors has none of it."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

from appliance.domain.models import ModelSpec
from appliance.domain.seats import SeatKey
from appliance.domain.token_packets import SensorKey, TokenPacket
from appliance.intake.rules import TokenRules
from appliance.intake.sensor_seats import SensorSeats
from appliance.mqtt.client import BrokerClient
from appliance.mqtt.router import InboundHandlers
from appliance.ports import Clock, ConsentRegister
from appliance.service.control.closures import Closures
from appliance.service.control.watch import ControlWatch
from appliance.service.sensors.leases import LeaseKeeper
from appliance.service.sensors.watch import SensorWatch
from appliance.settings.layout import sensor_seats
from appliance.settings.tree import Settings

LEASES_S = 0.2
"""Between two looks at whether a lease has changed."""


TURN_S = 0.001
"""For so long a thread keeps the interpreter from another: hundreds of messages a second come in
beside a thread that computes, and each would wait five milliseconds more than once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorParts:
    """What there is for the sensors of a room."""

    seats: SensorSeats
    """Who sits on their seats, and the tokens that have come."""

    watch: SensorWatch
    """How they are."""

    awake: Callable[[], object]
    """Tells the ticker that something has come."""

    def listening(self, handlers: InboundHandlers) -> InboundHandlers:
        """Return the handlers of a box with those for sensors."""
        return replace(
            handlers,
            on_tokens=self.take,
            on_unreadable=self.watch.refuse,
            on_sensor=self.watch.hear,
        )

    def take(self, packet: TokenPacket) -> None:
        """Take tokens, on the thread that hears the broker."""
        if self.watch.take(packet):
            self.awake()


def build_sensors(
    settings: Settings,
    *,
    fusion: ModelSpec,
    permitted: ConsentRegister,
    awake: Callable[[], object],
    clock: Clock,
) -> SensorParts | None:
    """Return what the sensors need; None without sensors.

    Args:
        settings: Of the box.
        fusion: Says which encoders it was made for.
        permitted: At whom anybody may look.
        awake: Called when tokens have come.
        clock: Monotonic time.
    """
    sensors = sensor_seats(settings)
    if not sensors:
        return None
    sys.setswitchinterval(TURN_S)
    of: dict[SeatKey, SensorKey] = {seat: key for key, its in sensors.items() for seat in its}
    seats = SensorSeats(seats=of, permitted=permitted, monotonic=clock.monotonic_s)
    rules = TokenRules(
        sensors=of,
        fusion=fusion.title,
        encoders=fusion.made_for,
        fatigue_only=settings.policy.fatigue_only,
    )
    watch = SensorWatch(sensors=sensors, rules=rules, seats=seats, clock=clock)
    return SensorParts(seats=seats, watch=watch, awake=awake)


def build_leases(
    settings: Settings,
    sensors: SensorParts | None,
    *,
    permitted: ConsentRegister,
    closures: Closures,
    broker: BrokerClient,
    clock: Clock,
    beat: Callable[[str], None],
) -> tuple[ControlWatch, ...]:
    """Return what says to each sensor at whom it may look; empty without sensors.

    Args:
        settings: Of the box.
        sensors: As built; None where there are none.
        permitted: At whom anybody may look.
        closures: What keeps the cameras of the room closed.
        broker: Sends it.
        clock: Monotonic time.
        beat: Sign of life.
    """
    if sensors is None:
        return ()
    keeper = LeaseKeeper(
        box=settings.box.id,
        profile=settings.policy.profile.value,
        sensors=sensor_seats(settings),
        seats=sensors.seats,
        permitted=permitted,
        closed=closures.reasons,
        refused=sensors.watch.refused,
        publisher=broker,
        clock=clock,
    )
    return (ControlWatch([keeper.tell], beat=beat, name="leases", every_s=LEASES_S),)
