"""How old a delivery can be, without believing any clock but our own."""

from appliance.mqtt.wire.session import Session
from appliance.ports import Clock

ASK_EVERY_S = 0.5
"""Between two questions at least. A link looks once a second, so a delivery that comes in at once
seems to be one second old at most."""


class Freshness:
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
        self._asked_s = 0.0
        self._waiting = False
        self.since_s = 0.0
        """The broker sent nothing that is read from now on before this monotonic time."""

    def began(self) -> None:
        """Note that a connection is about to be made: all that comes over it comes later."""
        self.since_s = self._clock.monotonic_s()
        self._waiting = False

    def ask(self, session: Session) -> None:
        """Ask when the last answer is there and some time has passed."""
        now_s = self._clock.monotonic_s()
        if self._waiting or now_s - self._asked_s < ASK_EVERY_S:
            return
        self._asked_s, self._waiting = now_s, True
        session.ask(self._answered)

    def _answered(self) -> None:
        self.since_s, self._waiting = self._asked_s, False
