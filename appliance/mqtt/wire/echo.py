"""Proof of life: a box that no longer hears itself makes a new connection."""

from appliance.ports import Clock

ECHO_EVERY_S = 10.0
ECHO_MISSED_S = 35.0
"""Three echoes and some; then the connection is dead, whatever paho believes."""


class EchoWatch:
    """When to send the next echo, and when its absence means a dead connection.

    Armed by the first echo that comes back: a broker whose ACL forbids the echo would otherwise
    be reconnected for ever. Such a broker shows in health as ``last_echo_s`` null.
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
        self.next_s = 0.0
        """Monotonic time of the next echo."""
        self.count = 0
        """Echoes sent."""

    @property
    def age_s(self) -> float | None:
        """Seconds since the last echo was heard; None before the first."""
        return None if self._heard_s is None else self._clock.monotonic_s() - self._heard_s

    def connected(self) -> None:
        """Begin to count anew, on a new connection."""
        self._connected_s = self._clock.monotonic_s()
        self.next_s = self._connected_s

    def heard(self) -> None:
        """Note that an echo came back."""
        self._heard_s = self._clock.monotonic_s()

    def due(self) -> bool:
        """Tell, once per period, that an echo should be sent now."""
        now_s = self._clock.monotonic_s()
        if now_s < self.next_s:
            return False
        self.next_s = now_s + self._every_s
        self.count += 1
        return True

    def missed(self) -> bool:
        """Tell whether the connection should be given up."""
        if self._heard_s is None:
            return False
        since_s = max(self._heard_s, self._connected_s)
        return self._clock.monotonic_s() - since_s > self._missed_s
