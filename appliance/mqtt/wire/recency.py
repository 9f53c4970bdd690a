"""How old a delivery can be, without believing any clock but our own."""

import threading
from collections.abc import Callable

from appliance.mqtt.wire.session import Session
from appliance.ports import Clock

ASK_EVERY_S = 0.5
"""Between two questions at least. A link looks at each of its turns, so a delivery that comes in at
once seems to be as old as a turn is long at most."""


class Recency:
    """Asks the broker again and again, so that an answer proves what came before the question.

    A command can lie in a socket while this machine sleeps, or behind a network that lost its
    packets, and nothing in it says for how long. But a connection keeps its order: what is read
    after an answer was sent after the broker had the question. ``Link`` asks on its own thread, the
    answer and the deliveries come on paho's.
    """

    def __init__(self, *, clock: Clock) -> None:
        """Start with nothing proved.

        Args:
            clock: Its monotonic time must go on while the machine is suspended.
        """
        self._clock = clock
        self._lock = threading.Lock()  # not held while paho is called
        self._since_s = 0.0
        self._asked_s = 0.0
        self._answered: Callable[[], bool] | None = None

    def began(self) -> None:
        """Note that a connection is about to be made: all that comes over it comes later."""
        with self._lock:
            self._since_s, self._answered = self._clock.monotonic_s(), None

    def since_s(self) -> float:
        """Return when the broker sent what is read now at the earliest, monotonic time."""
        with self._lock:
            if self._answered is not None and self._answered():
                self._since_s, self._answered = self._asked_s, None
            return self._since_s

    def ask(self, session: Session) -> None:
        """Ask when the last answer is there and some time has passed; on one thread only."""
        self.since_s()
        now_s = self._clock.monotonic_s()
        if self._answered is None and now_s - self._asked_s >= ASK_EVERY_S:
            answered = session.ask()
            with self._lock:
                self._asked_s, self._answered = now_s, answered
