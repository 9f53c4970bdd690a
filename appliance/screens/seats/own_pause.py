"""A student's own pause, and that somebody else has ended it."""

import threading

from appliance.domain.terminals import ControlCommand, ControlReply, ControlStatus
from appliance.mqtt.contract.seats import SightReason

TOLD_S = 300.0
"""How long it is told: long enough for somebody who looks away, and then it is old."""

_HIDES = frozenset({SightReason.NO_LESSON, SightReason.ROOM_PAUSED, SightReason.SWITCH})
"""Reasons that come before a pause of the seat, so that a view does not tell of it."""


class OwnPause:
    """Compares what this seat has asked for with what views say; any thread may call."""

    def __init__(self) -> None:
        """Begin without a pause."""
        self._lock = threading.Lock()
        self._own = False
        self._seen = False
        self._told_until_s = 0.0

    def forget(self) -> None:
        """Begin anew: somebody else sits there."""
        with self._lock:
            self._own, self._told_until_s = False, 0.0

    def asks(self, command: ControlCommand) -> None:
        """Note that this seat asks for something; before the box can do it."""
        with self._lock:
            if command is ControlCommand.RESUME:
                self._own = False
            if command in (ControlCommand.PAUSE, ControlCommand.RESUME):
                self._told_until_s = 0.0

    def answered(self, command: ControlCommand, reply: ControlReply | None) -> None:
        """Note what came of it."""
        done = reply is not None and reply.status is ControlStatus.DONE
        if done and command is ControlCommand.PAUSE:
            with self._lock:
                self._own = True

    def look(self, reason: SightReason, *, now_s: float) -> None:
        """Take what a view says.

        Args:
            reason: Why nobody is looked at.
            now_s: Monotonic time.
        """
        with self._lock:
            if reason is SightReason.SEAT_PAUSED:
                self._seen = True
            elif reason not in _HIDES:
                if self._own and self._seen:
                    self._own, self._told_until_s = False, now_s + TOLD_S
                self._seen = False

    def ended(self, *, now_s: float) -> bool:
        """Tell whether somebody else has just ended it."""
        with self._lock:
            return now_s < self._told_until_s
