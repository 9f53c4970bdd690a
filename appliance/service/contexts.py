"""What the students are doing, as far as their terminals say."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace

from appliance.domain.interventions import TaskContext
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.ports import Clock

CONTEXT_LIFETIME_S = 900.0  # docs/DESIGN.md, 7: context expires after 15 minutes


class TaskContexts:
    """The newest task of each seat; any thread may call."""

    def __init__(self, *, clock: Clock) -> None:
        """Begin with nothing known; ``clock`` tells the age of a context."""
        self._clock = clock
        self._lock = threading.Lock()
        self._contexts: dict[SeatKey, tuple[float, TaskContext]] = {}

    def set(self, seat: SeatKey, context: TaskContext) -> None:
        """Remember what a seat's student is doing from now on."""
        with self._lock:
            self._contexts[seat] = self._clock.monotonic_s(), context

    def get(self, seat: SeatKey) -> TaskContext | None:
        """Return what a seat's student is doing; None when nothing recent is known."""
        with self._lock:
            entry = self._contexts.get(seat)
        if entry is None or self._clock.monotonic_s() - entry[0] > CONTEXT_LIFETIME_S:
            return None
        return entry[1]


def quiet_where(
    quiet: Callable[[SeatKey], bool],
    context: Callable[[SeatKey], TaskContext | None],
    *,
    terminals: Mapping[SeatKey, TerminalKey],
) -> Callable[[SeatKey], TaskContext | None]:
    """Return what says ``exam`` also where somebody else than the terminal wants nothing shown.

    Args:
        quiet: Tells whether nothing may interrupt on a seat, whatever its terminal says.
        context: What the terminals say.
        terminals: The terminal of each seat.
    """

    def get(seat: SeatKey) -> TaskContext | None:
        said = context(seat)
        if not quiet(seat):
            return said
        return replace(said or TaskContext(terminal=terminals[seat]), exam=True)

    return get
