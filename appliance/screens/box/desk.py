"""What IT's page stands on: one connection, what the boxes say, and what this server knows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.domain.frames import CameraKey
from appliance.domain.seats import SeatKey
from appliance.domain.terminals import ControlCommand, ControlReply, ControlStatus
from appliance.mqtt.contract.classroom import ControlRequestMessage
from appliance.ports import Clock
from appliance.screens.allowed import ShowsAllowed, only_allowed
from appliance.screens.box.boxes import RoomBoxes
from appliance.screens.box.certificates import CertificateFiles
from appliance.screens.connection import (
    HeardMessage,
    PersonConnection,
    PersonIdentity,
    PersonRole,
)
from appliance.screens.http.streams import StateFeed

LOOK_EVERY_S = 30.0
"""Between two looks at files that other processes change: certificates, and the record."""

BROKER = "broker"
"""Whose end date comes with the connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalStanding:
    """One terminal whose identity this server holds."""

    terminal: str
    """Its id."""

    enrolled: int
    """Browsers that are this terminal."""

    page: bool
    """One of them shows its page now."""

    connected: bool
    """Its connection to the broker stands."""

    def as_row(self) -> dict[str, object]:
        """Return what a page is told."""
        return {
            "terminal": self.terminal,
            "enrolled": self.enrolled,
            "page": self.page,
            "connected": self.connected,
        }


class ItDesk:
    """The boxes for whoever is signed in as IT; a part with ``start`` and ``stop``."""

    def __init__(
        self,
        *,
        identity: PersonIdentity,
        certificates: Mapping[str, Path],
        terminals: Callable[[], Sequence[TerminalStanding]],
        codes: Callable[[], Sequence[Mapping[str, object]]],
        record: Callable[[], Sequence[Mapping[str, object]]],
        clock: Clock,
        clock_state: Callable[[], str] = lambda: "unknown",
        first_backoff_s: float = 1.0,
        allowed: ShowsAllowed = only_allowed,
    ) -> None:
        """Prepare it.

        Args:
            identity: Of IT's folder.
            certificates: Files to tell the end dates of, by whose they are.
            terminals: Says how the terminals of this server are; waits for nobody.
            codes: Returns the open enrolment codes; waits for nobody.
            record: Returns the newest acts from the disk, the newest first.
            clock: Wall and monotonic time.
            clock_state: Says ``synced``, ``unsynced`` or ``unknown`` of the wall time.
            first_backoff_s: Wait after the first failed connection.
            allowed: Keeps names of states from pages.
        """
        self._clock = clock
        self._files = CertificateFiles(certificates)
        self._terminals = terminals
        self._codes = codes
        self._record = record
        self._allowed = allowed
        self._ends: list[dict[str, object]] = []
        self._acts: list[Mapping[str, object]] = []
        self._connection = PersonConnection(
            identity=identity,
            role=PersonRole.IT,
            topics=lambda room: room.for_it,
            on_message=self._take,
            on_turn=self._turn,
            clock=clock,
            clock_state=clock_state,
            first_backoff_s=first_backoff_s,
        )
        self.boxes = RoomBoxes(topics=self._connection.topics, clock=clock)
        """What they say."""
        self._look_due_s = 0.0
        self.feed = StateFeed(self._state, standing=self._standing)
        """What the pages follow."""

    @property
    def connected(self) -> bool:
        """True while there is a session with the broker."""
        return self._connection.connected

    @property
    def boxes_away(self) -> bool:
        """True once every box that was heard of has gone."""
        return self.boxes.away

    def start(self) -> None:
        """Connect in the background."""
        self._connection.start()

    def stop(self) -> None:
        """Disconnect."""
        self._connection.stop()

    def reread_record(self) -> None:
        """Read the newest acts again: one was added. Reads files, so not in the server's thread."""
        self._acts = list(self._record())
        self.feed.changed()

    def aim(self, camera: str, *, on: bool) -> ControlReply | None:
        """Have a camera measured for five minutes and shown, or show it no longer. Waits.

        The box cannot be told to stop; it measures numbers for nobody until the time is up.
        """
        key = CameraKey(camera)
        if not on:
            self.boxes.show(None)
            self.feed.changed()
            return ControlReply(status=ControlStatus.DONE)
        self.boxes.show(key)  # before asking: the first frame may come before the answer
        body = ControlRequestMessage(command=ControlCommand.AIM, camera=key)
        reply = self._connection.asker.ask(body, boxes=self.boxes.there)
        if reply is None or reply.status is not ControlStatus.DONE:
            self.boxes.show(None)
        self.feed.changed()
        return reply

    def test_alert(self, seat: str) -> ControlReply | None:
        """Have a marked command sent to a seat's terminal. Waits."""
        body = ControlRequestMessage(command=ControlCommand.TEST_ALERT, seat=SeatKey(seat))
        return self._connection.asker.ask(body, boxes=self.boxes.there)

    def _state(self) -> Mapping[str, object]:
        shown = {
            "connected": self._connection.connected,
            "boxes": self.boxes.rows(),
            "certificates": self._ends,
            "terminals": [one.as_row() for one in self._terminals()],
            "audit": self._acts,
            "aim": self.boxes.aim(),
            "codes": list(self._codes()),
        }
        allowed = self._allowed(shown, self.boxes.profile)
        return allowed if isinstance(allowed, Mapping) else {}

    def _take(self, heard: HeardMessage) -> None:
        if self.boxes.take(heard):
            self.feed.changed()

    def _turn(self) -> None:
        now_s = self._clock.monotonic_s()
        changed = self.boxes.expire()
        if now_s >= self._look_due_s:
            self._look_due_s = now_s + LOOK_EVERY_S
            self._acts = list(self._record())
            self._ends = self._end_dates()
            changed = True
        if changed:
            self.feed.changed()
        else:
            self.feed.look()

    def _standing(self) -> object:
        return self._connection.connected, *self._terminals(), len(self._codes())

    def _end_dates(self) -> list[dict[str, object]]:
        ends = self._files.ends_s()
        if (broker_s := self._connection.broker_ends_s) is not None:
            ends[BROKER] = broker_s
        return [{"name": name, "ends_s": ends_s} for name, ends_s in sorted(ends.items())]
