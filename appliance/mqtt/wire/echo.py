"""Proof of life: a box that no longer hears itself makes a new connection."""

from appliance.ports import Clock

ECHO_EVERY_S = 2.0
ECHO_MISSED_S = 7.0
"""Three echoes and some; then the connection is dead, whatever paho believes. With a turn of the
link, a second, and the rest before the next attempt, another one stands within 10 s."""
ECHO_LATE_S = 5.0
"""An echo takes milliseconds; after this the box says that its own messages do not come back."""


class EchoWatch:
    """When to send the next echo, and when its absence means a dead connection.

    Armed by the first echo that comes back: a broker whose ACL forbids the echo would otherwise
    be reconnected for ever. Such a broker is said to be one by ``late``.
    """

    def __init__(
        self, *, clock: Clock, every_s: float = ECHO_EVERY_S, missed_s: float = ECHO_MISSED_S
    ) -> None:
        """Start unarmed.

        Args:
            clock: Monotonic time.
            every_s: Between two echoes.
            missed_s: Without an echo for so long the connection counts as dead.
        """
        self._clock = clock
        self._every_s = every_s
        self._missed_s = missed_s
        self._heard_s: float | None = None
        self._connected_s = 0.0
        self._asked_s: float | None = None  # the first echo of this connection still on its way
        self._late = False
        self._first = 1  # count of this connection's first echo
        self.next_s = 0.0
        """Monotonic time of the next echo."""
        self.count = 0
        """Echoes sent."""

    @property
    def age_s(self) -> float | None:
        """Seconds since the last echo was heard; None before the first."""
        return None if self._heard_s is None else self._clock.monotonic_s() - self._heard_s

    def late(self) -> bool:
        """Tell whether an echo is overdue; so until one is heard, over reconnects too."""
        asked_s = self._asked_s
        if asked_s is not None and self._clock.monotonic_s() - asked_s > ECHO_LATE_S:
            self._late = True
        return self._late

    def connected(self) -> None:
        """Begin to count anew, on a new connection; what was on its way on the old one is lost."""
        self._connected_s = self._clock.monotonic_s()
        self._asked_s = None
        self._first = self.count + 1
        self.next_s = self._connected_s

    def heard(self, count: int) -> None:
        """Note that an echo came back.

        Args:
            count: Which one. The broker keeps one of an earlier connection for a box that was
                away; it proves nothing about this one.
        """
        if count < self._first:
            return
        self._heard_s = self._clock.monotonic_s()
        self._asked_s, self._late = None, False

    def due(self) -> bool:
        """Tell, once per period, that an echo should be sent now."""
        now_s = self._clock.monotonic_s()
        if now_s < self.next_s:
            return False
        self.next_s = now_s + self._every_s
        self.count += 1
        if self._asked_s is None:
            self._asked_s = now_s
        return True

    def missed(self) -> bool:
        """Tell whether the connection should be given up."""
        if self._heard_s is None:
            return False
        since_s = max(self._heard_s, self._connected_s)
        return self._clock.monotonic_s() - since_s > self._missed_s
