"""Commands and alerts until they are acknowledged or expired."""

import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from appliance.domain.commands import CommandState, OutboxEntry
from appliance.domain.seats import TerminalKey
from appliance.errors import StorageError
from appliance.ports import Clock, CommandStore

log = structlog.get_logger()

OUTCOME_WAIT_S = 900.0
"""How long after its lifetime a received command may still report an outcome; three times the
longest rest, so that only a dead terminal runs into it."""

FIRST_RETRY_S = 2.0
"""A published command without an answer is published again after 2, 4, 8 … s: PUBACK is not
delivery, and a broker that lost its sessions drops what nobody has subscribed to yet. An alert is
published again only after a reconnect."""

LONGEST_RETRY_S = 30.0

REMEMBERED = 1024
"""Closed entries that a late answer is still matched with."""

_RANK = {
    CommandState.QUEUED: 0,
    CommandState.PUBLISHED: 1,
    CommandState.RECEIVED: 2,
    CommandState.STARTED: 3,
    CommandState.SUCCEEDED: 4,
    CommandState.FAILED: 4,
    CommandState.REJECTED: 4,
    CommandState.EXPIRED: 4,
}


@dataclass(slots=True)
class _Open:
    entry: OutboxEntry
    deadline_s: float
    """Monotonic end of the lifetime, so that a clock that is set neither ends nor revives it."""
    attempts: int = 0
    next_attempt_s: float = 0.0

    @property
    def delivered(self) -> bool:
        """True once the addressee has said that it has the entry."""
        return _RANK[self.entry.state] > _RANK[CommandState.PUBLISHED]


@dataclass(frozen=True, slots=True, kw_only=True)
class DueEntry:
    """An entry that should be handed to the broker now."""

    entry: OutboxEntry
    """What to send."""

    remaining_s: float
    """Lifetime left, seconds, above 0."""


class Outbox:
    """The state of every open command; any thread may call.

    Bounded: when ``limit`` entries are open, a new one is refused and counted. Lifetimes of at
    most five minutes make that a sign of a broken loop, not of a busy class.
    """

    def __init__(self, *, store: CommandStore, clock: Clock, limit: int = 512) -> None:
        """Start empty; ``take_over`` goes on with what the last run left open.

        Args:
            store: Where entries survive a restart.
            clock: Wall time for lifetimes across restarts, monotonic time within one; it goes on
                while the machine is suspended.
            limit: Open entries, at most.
        """
        self._store = store
        self._clock = clock
        self._limit = limit
        self._lock = threading.Lock()
        self.on_move: Callable[[OutboxEntry], None] = lambda _: None
        """Told of every change of an entry, with the lock held: it must be quick and not ask."""
        self._open: OrderedDict[str, _Open] = OrderedDict()
        self._closed: OrderedDict[str, tuple[CommandState, TerminalKey | None]] = OrderedDict()
        self.published = 0
        """Commands handed to the broker, each once."""
        self.acknowledged = 0
        """Commands that their terminal answered."""
        self.expired = 0
        """Commands that nobody had in time."""
        self.alerts = 0
        """Alerts handed to the broker, each once."""
        self.refused = 0
        """Entries refused because the outbox was full."""
        self.unsaved = 0
        """Times the store failed; the entry then lives in memory only."""

    def take_over(self) -> None:
        """Go on with the open entries of the last run."""
        for entry in self._store.pending():
            self._open[entry.id] = self._opened(entry)

    def __len__(self) -> int:
        """Count the open entries."""
        with self._lock:
            return len(self._open)

    def add(self, entry: OutboxEntry) -> bool:
        """Keep a new entry, on disk before this returns.

        Returns:
            False when the outbox is full or already knows the id.
        """
        with self._lock:
            if entry.id in self._open or entry.id in self._closed:
                return False
            if len(self._open) >= self._limit:
                self.refused += 1
                return False
            try:
                self._store.put(entry)
            except StorageError:
                # A full disk must not silence the box: the command goes out all the same.
                self.unsaved += 1
                log.exception("outbox_not_saved", entry=entry.id)
            self._open[entry.id] = self._opened(entry)
            self.on_move(entry)
            return True

    def on_its_way(self, entry_id: str) -> bool:
        """Tell whether an entry is not answered yet and has half of its lifetime left."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            each = self._open.get(entry_id)
            if each is None or each.delivered:
                return False
            lifetime_s = each.entry.expires_s - each.entry.created_s
            return _remaining_s(each, now_s) >= lifetime_s / 2

    def due(self) -> list[DueEntry]:
        """Return what should be published now, oldest first, after closing what has expired."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            self._close_expired(now_s=now_s)
            return [
                DueEntry(entry=each.entry, remaining_s=_remaining_s(each, now_s))
                for each in self._open.values()
                if each.next_attempt_s <= now_s
            ]

    def sent(self, entry_id: str) -> None:
        """Note that the broker client took an entry; schedules the next attempt."""
        with self._lock:
            each = self._open.get(entry_id)
            if each is None:
                return
            wait_s = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2.0**each.attempts)
            if each.entry.terminal is None or each.delivered:
                # Most alerts are never answered, and a teacher must not see them five times. A
                # command that has arrived is only asked about again after a reconnect.
                wait_s = math.inf
            each.attempts += 1
            each.next_attempt_s = self._clock.monotonic_s() + wait_s
            if each.entry.state is CommandState.QUEUED:
                if each.entry.terminal is None:
                    self.alerts += 1
                else:
                    self.published += 1
                self._move(each, CommandState.PUBLISHED, detail="")

    def retry_now(self, terminal: TerminalKey | None = None) -> None:
        """Make open entries due at once: after a reconnect, or when a terminal comes back.

        Also those that the terminal has: if the broker died with an answer, only a duplicate of
        the command makes the terminal say it again.

        Args:
            terminal: Only its commands; None for everything.
        """
        with self._lock:
            for each in self._open.values():
                if terminal is None or each.entry.terminal == terminal:
                    each.next_attempt_s, each.attempts = 0.0, 0

    def answer(
        self, entry_id: str, state: CommandState, *, terminal: TerminalKey | None, detail: str = ""
    ) -> bool:
        """Take an answer of the addressee.

        States only move forward, so duplicates and late repeats change nothing. One exception:
        an entry that the box closed as expired follows the terminal, which knows better.

        Returns:
            True when this changed the entry.
        """
        with self._lock:
            each = self._open.get(entry_id)
            if each is None:
                return self._answer_closed(entry_id, state, terminal=terminal, detail=detail)
            forward = _RANK[state] > max(_RANK[each.entry.state], _RANK[CommandState.PUBLISHED])
            if each.entry.terminal != terminal or not forward:
                return False
            if not each.delivered:
                self._count_answer(state, terminal)
                each.next_attempt_s = math.inf
            self._move(each, state, detail=detail)
            return True

    def forget(self, concerned: Callable[[OutboxEntry], bool]) -> None:
        """Send nothing more of what is concerned, and follow it no further."""
        with self._lock:
            for entry_id in [key for key, each in self._open.items() if concerned(each.entry)]:
                del self._open[entry_id]

    def next_due_s(self) -> float | None:
        """Return the monotonic time of the next attempt or expiry; None when all is quiet."""
        with self._lock:
            moments = [
                each.next_attempt_s if each.delivered else min(each.next_attempt_s, each.deadline_s)
                for each in self._open.values()
            ]
        return min((moment for moment in moments if moment < math.inf), default=None)

    def _opened(self, entry: OutboxEntry) -> _Open:
        lifetime_s = entry.expires_s - entry.created_s
        left_s = min(lifetime_s, entry.expires_s - self._clock.wall_s())
        return _Open(entry=entry, deadline_s=self._clock.monotonic_s() + left_s)

    def _close_expired(self, *, now_s: float) -> None:
        for each in list(self._open.values()):
            remaining_s = _remaining_s(each, now_s)
            if each.delivered:
                if remaining_s <= 0:
                    each.next_attempt_s = math.inf
                if remaining_s <= -OUTCOME_WAIT_S:
                    self._move(each, CommandState.FAILED, detail="no-outcome")
            elif remaining_s <= 0:
                self.expired += each.entry.terminal is not None
                self._move(each, CommandState.EXPIRED, detail="")

    def _move(self, each: _Open, state: CommandState, *, detail: str) -> None:
        wall_s = self._clock.wall_s()
        each.entry = replace(each.entry, state=state, updated_s=wall_s, detail=detail)
        self._save(each.entry.id, state, wall_s=wall_s, detail=detail)
        self.on_move(each.entry)
        if state.final:
            del self._open[each.entry.id]
            self._remember(each.entry.id, state, each.entry.terminal)

    def _answer_closed(
        self, entry_id: str, state: CommandState, *, terminal: TerminalKey | None, detail: str
    ) -> bool:
        closed = self._closed.get(entry_id)
        late = closed == (CommandState.EXPIRED, terminal) and state is not CommandState.EXPIRED
        if not late or not state.final:
            return False
        self._count_answer(state, terminal)
        self._save(entry_id, state, wall_s=self._clock.wall_s(), detail=detail)
        self._remember(entry_id, state, terminal)
        return True

    def _save(self, entry_id: str, state: CommandState, *, wall_s: float, detail: str) -> None:
        try:
            self._store.update(entry_id, state=state, at_s=wall_s, detail=detail)
        except StorageError:
            self.unsaved += 1
            log.exception("outbox_not_saved", entry=entry_id)

    def _count_answer(self, state: CommandState, terminal: TerminalKey | None) -> None:
        if terminal is None:
            return
        if state is CommandState.EXPIRED:
            self.expired += 1
        else:
            self.acknowledged += 1

    def _remember(self, entry_id: str, state: CommandState, terminal: TerminalKey | None) -> None:
        self._closed[entry_id] = (state, terminal)
        while len(self._closed) > REMEMBERED:
            self._closed.popitem(last=False)


def _remaining_s(each: _Open, now_s: float) -> float:
    # Not the wall clock: set forward, it would let everything expire at once.
    return each.deadline_s - now_s
