"""One worker thread between the network and whoever acts on its messages."""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from appliance.mqtt.contract.topics import sender_of
from appliance.mqtt.wire.messages import Delivery

log = structlog.get_logger()

CROWD = 20
"""Waiting messages of one sender from which on, while nobody else waits, the worker takes its time.
"""

BREATH_S = 0.003
"""Between two messages of a crowd: at full speed the worker would keep the interpreter from the
network thread, which needs it to notice a flood."""


@dataclass(slots=True)
class _Speaker:
    waiting: deque[Delivery] = field(default_factory=deque)
    weight: int = 0


class Inbox:
    """Bounded for each sender; its worker survives every exception of the handler.

    The senders take turns, so nobody waits behind the crowd of another; what one sender says is
    handled in order. What is too much is dropped at once and counted: an unbounded queue would only
    hide a stuck handler, and a network thread that waits hears nobody.
    """

    def __init__(self, *, name: str, handle: Callable[[Delivery], None], limit: int = 1024) -> None:
        """Prepare the worker; ``start`` runs it.

        Args:
            name: Of the thread.
            handle: Called with one delivery at a time.
            limit: What may wait of one sender, in units of ``Delivery.weight``.
        """
        self._handle = handle
        self._limit = limit
        self._lanes: OrderedDict[str, _Speaker] = OrderedDict()
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.dropped = 0
        self.errors = 0

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def put(self, delivery: Delivery) -> None:
        """Queue a delivery or drop it; never waits for the handler."""
        with self._changed:
            lane = self._lanes.setdefault(sender_of(delivery.topic), _Speaker())
            # An empty lane takes what is heavier than the limit: nothing is undeliverable.
            if lane.waiting and lane.weight + delivery.weight > self._limit:
                self.dropped += 1
            else:
                lane.waiting.append(delivery)
                lane.weight += delivery.weight
                self._changed.notify()
                return
        log.warning("mqtt_inbox_full", topic=delivery.topic, dropped=self.dropped)

    def stop(self, *, timeout_s: float = 5.0) -> None:
        """Finish what is queued, then end the worker."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread.is_alive():
            # A stuck handler does not hold us: the thread is a daemon and ends with the process.
            self._thread.join(timeout_s)

    def _next(self) -> Delivery | None:
        """Wait for a delivery; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._lanes or self._closing)
            if not self._lanes:
                return None
            self._changed.wait_for(lambda: self._closing or not self._crowded(), BREATH_S)
            sender, lane = self._lanes.popitem(last=False)
            delivery = lane.waiting.popleft()
            lane.weight -= delivery.weight
            if lane.waiting:
                self._lanes[sender] = lane  # at the end: now it is the others' turn
            return delivery

    def _crowded(self) -> bool:
        """Tell whether one sender alone has many waiting."""
        return [len(each.waiting) > CROWD for each in self._lanes.values()] == [True]

    def _run(self) -> None:
        while (delivery := self._next()) is not None:
            try:
                self._handle(delivery)
            except Exception:
                # The border of a thread: one bad message must not end all later ones.
                self.errors += 1
                log.exception("mqtt_handler_failed", topic=delivery.topic)
