"""All seats of a room, and the one thread that sees who comes and goes."""

import threading
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import structlog

from appliance.domain.seats import TerminalKey
from appliance.mqtt.contract.schemas import Contracts
from appliance.ports import Clock
from appliance.screens.allowed import ShowsAllowed, only_allowed
from appliance.screens.connection import PersonIdentity
from appliance.screens.locks.lock import Lock
from appliance.screens.seats.seat import GONE_S, LEFT_S, Seat

log = structlog.get_logger()

TICK_S = 1.0
SOON_S = 0.1
"""Between two looks while a page waits for its connection."""


class Seats:
    """The enrolled seats, by terminal."""

    def __init__(
        self,
        identities: Iterable[PersonIdentity],
        *,
        state: Path,
        contracts: Contracts,
        lock: Lock,
        clock: Clock,
        clock_state: Callable[[], str],
        enrolled: Callable[[TerminalKey], bool] = lambda _: True,
        gone_s: float = GONE_S,
        left_s: float = LEFT_S,
        own_topic: Callable[[str], str | None] = lambda _: None,
        boxes_away: Callable[[], bool] = lambda: False,
        allowed: ShowsAllowed = only_allowed,
    ) -> None:
        """Prepare all seats; none connects before its page is there.

        Args:
            identities: Who they are.
            state: Folder with one folder for each.
            contracts: The schemas, for all.
            lock: Covers screens beside the pages.
            clock: Wall and monotonic time; the second goes on while the machine is suspended.
            clock_state: Says ``synced``, ``unsynced`` or ``unknown`` of the wall time.
            enrolled: Tells whether any browser may still be a terminal's page.
            gone_s: Without a page for so long a seat is offline.
            left_s: Without a page for so long nobody is logged in.
            own_topic: Returns a topic as the school has written it; None for one it has not.
            boxes_away: Tells whether every box of the room has gone.
            allowed: Keeps names of states from pages.

        Raises:
            StorageError: A folder cannot be used.
        """
        self._due = threading.Event()
        self._stopping = threading.Event()
        self._seats = {
            TerminalKey(identity.client): Seat(
                identity,
                state=state / identity.client,
                contracts=contracts,
                lock=lock,
                clock=clock,
                clock_state=clock_state,
                wake=self._due.set,
                enrolled=partial(enrolled, TerminalKey(identity.client)),
                gone_s=gone_s,
                left_s=left_s,
                own_topic=own_topic,
                boxes_away=boxes_away,
                allowed=allowed,
            )
            for identity in identities
        }
        self._thread = threading.Thread(target=self._run, name="screens.seats", daemon=True)

    def __iter__(self) -> Iterator[Seat]:
        """Return every seat."""
        return iter(self._seats.values())

    def get(self, terminal: str) -> Seat | None:
        """Return a seat; None where there is no such terminal."""
        return self._seats.get(TerminalKey(terminal))

    def start(self) -> None:
        """Begin to look after the seats."""
        self._thread.start()

    def stop(self) -> None:
        """Say ``offline`` for every seat and end."""
        self._stopping.set()
        self._due.set()
        if self._thread.is_alive():
            self._thread.join(5.0)
        for seat in self:
            seat.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._due.clear()
            for seat in self:
                try:
                    seat.tick()
                except Exception:
                    # The border of a thread: one seat must not leave the others alone.
                    log.exception("seat_failed", terminal=seat.terminal)
            waits = all(seat.settled for seat in self)
            self._due.wait(TICK_S if waits else SOON_S)
