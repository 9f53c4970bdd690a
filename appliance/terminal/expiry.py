"""Until when a command may still be shown."""

import math
from collections.abc import Callable
from datetime import datetime

from appliance.mqtt.contract.envelope import Message
from appliance.mqtt.wire.messages import Delivery
from appliance.ports import Clock

SYNCED = "synced"

ROUNDING_S = 2.0
"""MQTT counts lifetimes in whole seconds: the box rounds up, the broker may take up to one off too
few. So a remaining lifetime is up to two seconds too long, and only ``ts`` knows better."""


class Expiry:
    """Reckons the end of a command's lifetime on the terminal's own monotonic clock."""

    def __init__(self, *, clock: Clock, clock_state: Callable[[], str]) -> None:
        """Start.

        Args:
            clock: Its monotonic time must go on while the machine is suspended.
            clock_state: Says ``synced``, ``unsynced`` or ``unknown`` of the wall time.
        """
        self._clock = clock
        self._clock_state = clock_state

    def deadline_s(self, message: Message, delivery: Delivery) -> float:
        """Return when a command's lifetime ends, monotonic seconds; early rather than late.

        What the broker says counts from when it can have sent the delivery. Two synced clocks know
        it from ``ts`` as well, and to the millisecond.

        Returns:
            Minus infinity for a command without Message Expiry.
        """
        if delivery.expiry_s is None:
            return -math.inf
        ttl_s = math.inf if message.ttl_s is None else message.ttl_s
        by_broker_s = delivery.sent_after_s + min(delivery.expiry_s, ttl_s)
        if message.clock == SYNCED and self._clock_state() == SYNCED:
            age_s = self._clock.wall_s() - issued_s(message)
            return min(by_broker_s, self._clock.monotonic_s() + ttl_s - age_s)
        return by_broker_s - ROUNDING_S

    def over(self, deadline_s: float) -> bool:
        """Tell whether a lifetime has ended."""
        return self._clock.monotonic_s() >= deadline_s


def issued_s(message: Message) -> float:
    """Return ``ts`` as Unix time; minus infinity for a day that the calendar does not have."""
    try:
        return datetime.fromisoformat(message.ts).timestamp()
    except ValueError:
        return -math.inf
