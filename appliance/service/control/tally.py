"""What became of each seat's tokens, decisions and commands since start: counts, and no state."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from appliance.deciding import TickResult
from appliance.domain.affect import ReadingStatus
from appliance.domain.commands import CommandState, OutboxEntry
from appliance.domain.interventions import RefusalCause
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.terminals import TerminalPresence
from appliance.domain.tokens import SeatStatus

ANSWERS = frozenset(CommandState) - {
    CommandState.QUEUED,
    CommandState.PUBLISHED,
    CommandState.EXPIRED,
}
"""States that only a terminal's word can bring about."""


@dataclass(slots=True)
class SeatTally:
    """Counts of one seat and its terminal."""

    tokens: Counter[SeatStatus] = field(default_factory=Counter)
    """Closed tokens by the seat's status."""

    readings: Counter[str] = field(default_factory=Counter)
    """Readings by what they say: ``known``, ``warming_up``, ``absent``, and ``unknown`` or, where
    somebody is in sight, why it is unknown."""

    alerts: int = 0
    """Episodes that were opened."""

    open_episodes: int = 0
    """Of these, open now."""

    decided: int = 0
    """Rows of Table 1 that acted."""

    refused: Counter[RefusalCause] = field(default_factory=Counter)
    """Rows that applied and were masked or cooling down, by cause."""

    commands: Counter[CommandState] = field(default_factory=Counter)
    """Commands to its terminal that have come to a state."""

    online: bool | None = None
    """What its terminal said last; None before the first word."""

    logged_in: bool = False
    """Somebody is logged in there."""

    answered_s: float | None = None
    """Monotonic time of the terminal's last acknowledgement."""

    answer: str = ""
    """That acknowledgement, with the terminal's reason."""

    unanswered: int = 0
    """Commands given to the broker since then without one."""


class Tally:
    """Counts what the parts tell it; any thread may call."""

    def __init__(
        self, *, terminals: Mapping[SeatKey, TerminalKey], monotonic: Callable[[], float]
    ) -> None:
        """Begin at zero.

        Args:
            terminals: The terminal of each seat.
            monotonic: Clock.
        """
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._seats = {seat: SeatTally() for seat in terminals}
        self._open: dict[SeatKey, set[str]] = {seat: set() for seat in terminals}
        self._seat_of = {terminal: seat for seat, terminal in terminals.items()}

    def ticked(self, result: TickResult) -> None:
        """Count what one token has led to."""
        status = dict(zip(result.tokens.seats, result.tokens.status, strict=True))
        with self._lock:
            for reading in result.readings:
                seat = self._seats[reading.seat]
                seat.tokens[status[reading.seat]] += 1
                unknown = reading.status is ReadingStatus.UNKNOWN
                says = reading.doubt if unknown and reading.doubt else reading.status
                seat.readings[says.value] += 1
            for alert in result.alerts:
                seat, episodes = self._seats[alert.seat], self._open[alert.seat]
                if alert.cleared:
                    episodes.discard(alert.episode)
                else:
                    episodes.add(alert.episode)
                    seat.alerts += alert.opened
                seat.open_episodes = len(episodes)
            for intervention in result.interventions:
                self._seats[intervention.seat].decided += 1
            for refusal in result.refusals:
                self._seats[refusal.seat].refused[refusal.cause] += 1

    def heard(self, presence: TerminalPresence) -> None:
        """Note that a terminal came or went."""
        with self._lock:
            seat = self._seats[self._seat_of[presence.terminal]]
            seat.online = presence.online
            seat.logged_in = presence.online and presence.occupant is not None

    def moved(self, entry: OutboxEntry) -> None:
        """Note how far a command has come."""
        if entry.terminal is None or entry.terminal not in self._seat_of:
            return  # an alert, or the command of a terminal that is no longer configured
        with self._lock:
            seat = self._seats[self._seat_of[entry.terminal]]
            seat.commands[entry.state] += 1
            if entry.state in ANSWERS:
                seat.answered_s = self._monotonic()
                seat.answer = f"{entry.state.value} {entry.detail}".strip()
                seat.unanswered = 0
            elif entry.state is CommandState.PUBLISHED:
                seat.unanswered += 1

    def online(self, terminal: TerminalKey) -> bool | None:
        """Tell whether a terminal says that it is there; None when it never said anything."""
        with self._lock:
            return self._seats[self._seat_of[terminal]].online

    def attended(self, terminal: TerminalKey) -> bool:
        """Tell whether a terminal says that it is there and that somebody is logged in."""
        with self._lock:
            return self._seats[self._seat_of[terminal]].logged_in

    def seats(self) -> dict[SeatKey, SeatTally]:
        """Return a copy of all counts."""
        with self._lock:
            return {
                seat: replace(
                    its,
                    tokens=its.tokens.copy(),
                    readings=its.readings.copy(),
                    refused=its.refused.copy(),
                    commands=its.commands.copy(),
                )
                for seat, its in self._seats.items()
            }
