"""Who sends far too much is not heard for a while, so that everybody else is.

What a box has to read only to drop it still fills its socket and the broker's queue, and then the
broker drops what others say. So it is not enough to look away: the box unsubscribes.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from appliance.mqtt.contract.topics import sender_of
from appliance.mqtt.wire.messages import Delivery
from appliance.ports import Clock

log = structlog.get_logger()

RATE_HZ = 50.0
"""What a sender may say for ever, in units of ``Delivery.weight``; a terminal with a student at it
says ten things a minute."""

BURST = 300.0
"""What a sender may say at once: after an outage a terminal repeats its answers to every command
that is open, a handful of each. More would be noticed too late: what a flood leaves at the broker
until then is read before what others say."""

SHUT_S = 10.0
"""How long a sender is not heard; doubles while it goes on each time it is heard again."""

LONGEST_SHUT_S = 160.0

MOST_SENDERS = 1024
"""Of which a bucket is kept; the one that was silent longest is forgotten first."""


@dataclass(slots=True)
class _Sender:
    tokens: float
    at_s: float
    shut_until_s: float | None = None
    shut_for_s: float = 0.0
    opened_s: float = 0.0
    dropped: int = 0


class FloodGate:
    """A token bucket for each sender; any thread may call."""

    def __init__(
        self,
        *,
        clock: Clock,
        subscriptions: Mapping[str, int],
        narrow: Mapping[str, Sequence[str]],
        on_shut: Callable[[], None] = lambda: None,
        rate_hz: float = RATE_HZ,
        burst: float = BURST,
    ) -> None:
        """Hear everybody.

        Args:
            clock: Monotonic time.
            subscriptions: Topic filter to QoS, of all that is heard in a room without a flood.
            narrow: Filter with a wildcard to the topics of it that are worth hearing while one of
                its senders is not.
            on_shut: Called, on the thread of ``admits``, when ``subscriptions`` has changed.
            rate_hz: What a sender may say for ever, a second.
            burst: What a sender may say at once.
        """
        self._clock = clock
        self._all = dict(subscriptions)
        self._narrow = dict(narrow)
        self._on_shut = on_shut
        self._rate_hz = rate_hz
        self._burst = burst
        self._lock = threading.Lock()
        self._senders: dict[str, _Sender] = {}

    def admits(self, delivery: Delivery) -> bool:
        """Tell whether a delivery is within its sender's measure; if not, it is counted."""
        now_s = self._clock.monotonic_s()
        name = sender_of(delivery.topic)
        with self._lock:
            sender = self._sender(name, now_s=now_s)
            shut = sender.shut_until_s is not None
            if not shut:
                earned = (now_s - sender.at_s) * self._rate_hz
                sender.tokens = min(self._burst, sender.tokens + earned) - delivery.weight
                sender.at_s = now_s
                if sender.tokens >= 0:
                    return True
                self._shut(sender, now_s=now_s)
            sender.dropped += 1
            shut_for_s = sender.shut_for_s
        if not shut:
            log.warning("mqtt_flood", sender=name, not_heard_s=shut_for_s)
            self._on_shut()
        return False

    def subscriptions(self) -> dict[str, int]:
        """Return what to subscribe to now, after hearing again whose time is over."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            shut = set()
            for name, sender in self._senders.items():
                if sender.shut_until_s is None:
                    continue
                if sender.shut_until_s <= now_s:
                    sender.shut_until_s = None
                    # On trial: a second's worth, so that who goes on is noticed at once.
                    sender.tokens = min(self._burst, self._rate_hz)
                    sender.at_s = sender.opened_s = now_s
                else:
                    shut.add(name)
        if not shut:
            return dict(self._all)
        kinds = {name.partition("/")[0] for name in shut}
        wanted: dict[str, int] = {}
        for topic, qos in self._all.items():
            if topic in self._narrow and sender_of(topic).partition("/")[0] in kinds:
                wanted |= dict.fromkeys(self._narrow[topic], qos)
            else:
                wanted[topic] = qos
        return {topic: qos for topic, qos in wanted.items() if sender_of(topic) not in shut}

    def dropped(self) -> dict[str, int]:
        """Return sender to messages dropped since start, of those that had any."""
        with self._lock:
            return {name: each.dropped for name, each in self._senders.items() if each.dropped}

    def _sender(self, name: str, *, now_s: float) -> _Sender:
        sender = self._senders.pop(name, None)
        if sender is None:
            sender = _Sender(tokens=self._burst, at_s=now_s)
            if len(self._senders) >= MOST_SENDERS:
                del self._senders[next(iter(self._senders))]
        self._senders[name] = sender  # at the end: the first has been silent longest
        return sender

    def _shut(self, sender: _Sender, *, now_s: float) -> None:
        # Within its own last silence again: it has not stopped.
        again = sender.shut_for_s and now_s - sender.opened_s < sender.shut_for_s
        sender.shut_for_s = min(LONGEST_SHUT_S, 2 * sender.shut_for_s) if again else SHUT_S
        sender.shut_until_s = now_s + sender.shut_for_s
