"""One worker thread between the network and whoever acts on its messages."""

import queue
import threading
from collections.abc import Callable

import structlog

from appliance.mqtt.wire.session import Delivery

log = structlog.get_logger()

FULL_WAIT_S = 1.0
"""How long a full inbox holds the network thread back; far below the keep-alive of 20 s."""


class Inbox:
    """Bounded; its worker survives every exception of the handler.

    When it is full the network thread waits a little, which slows the broker down, and then the
    message is dropped and counted: an unbounded queue would only hide a stuck handler.
    """

    def __init__(self, *, name: str, handle: Callable[[Delivery], None], limit: int = 256) -> None:
        """Prepare the worker; ``start`` runs it.

        Args:
            name: Of the thread.
            handle: Called with one delivery at a time, in order.
            limit: Deliveries that may wait.
        """
        self._handle = handle
        self._queue: queue.Queue[Delivery | None] = queue.Queue(maxsize=limit)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.dropped = 0
        self.errors = 0

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def put(self, delivery: Delivery) -> None:
        """Queue a delivery; called on the network thread."""
        try:
            self._queue.put(delivery, timeout=FULL_WAIT_S)
        except queue.Full:
            self.dropped += 1
            log.warning("mqtt_inbox_full", topic=delivery.topic, dropped=self.dropped)

    def stop(self, *, timeout_s: float = 5.0) -> None:
        """Finish what is queued, then end the worker."""
        try:
            self._queue.put(None, timeout=timeout_s)
        except queue.Full:
            return  # a stuck handler; the thread is a daemon and ends with the process
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while (delivery := self._queue.get()) is not None:
            try:
                self._handle(delivery)
            except Exception:
                # The border of a thread: one bad message must not end all later ones.
                self.errors += 1
                log.exception("mqtt_handler_failed", topic=delivery.topic)
