"""What teachers' pages stand on: one connection, one state, and what may be asked of the boxes."""

from collections.abc import Callable

from appliance.domain.seats import SeatKey
from appliance.domain.terminals import ControlReply, Verdict
from appliance.mqtt.contract.classroom import AlertAck, ControlRequestMessage
from appliance.ports import Clock
from appliance.screens.allowed import ShowsAllowed, only_allowed
from appliance.screens.connection import (
    HeardMessage,
    PersonConnection,
    PersonIdentity,
    PersonRole,
)
from appliance.screens.http.streams import StateFeed
from appliance.screens.room.alerts import KnownAlert
from appliance.screens.room.lesson import RoomLesson


class TeacherConsole:
    """The room for whoever is signed in as a teacher; a part with ``start`` and ``stop``."""

    def __init__(
        self,
        *,
        identity: PersonIdentity,
        clock: Clock,
        clock_state: Callable[[], str] = lambda: "unknown",
        first_backoff_s: float = 1.0,
        allowed: ShowsAllowed = only_allowed,
    ) -> None:
        """Prepare it.

        Args:
            identity: Of the teachers' folder.
            clock: Wall and monotonic time.
            clock_state: Says ``synced``, ``unsynced`` or ``unknown`` of the wall time.
            first_backoff_s: Wait after the first failed connection.
            allowed: Keeps names of states from pages.
        """
        self._connection = PersonConnection(
            identity=identity,
            role=PersonRole.TEACHER,
            topics=lambda room: room.for_teachers,
            on_message=self._take,
            on_turn=self._turn,
            clock=clock,
            clock_state=clock_state,
            first_backoff_s=first_backoff_s,
        )
        self._lesson = RoomLesson(topics=self._connection.topics, clock=clock, allowed=allowed)
        self._was_connected = False
        self.feed = StateFeed(lambda: self._lesson.state(connected=self._connection.connected))
        """What the pages follow."""

    @property
    def connected(self) -> bool:
        """True while there is a session with the broker."""
        return self._connection.connected

    @property
    def boxes_away(self) -> bool:
        """True once every box that was heard of has gone."""
        return self._lesson.boxes_away

    def states_allowed(self) -> bool:
        """Tell whether texts may name states other than fatigue: some box says so, none denies."""
        profile = self._lesson.profile
        return profile is not None and profile != "fatigue-only"

    def start(self) -> None:
        """Connect in the background."""
        self._connection.start()

    def stop(self) -> None:
        """Disconnect."""
        self._connection.stop()

    def knows(self, seat: str) -> bool:
        """Tell whether a box has a board for a seat now."""
        return self._lesson.knows(SeatKey(seat))

    def ask(self, body: ControlRequestMessage) -> ControlReply | None:
        """Ask the boxes; see ``Asker.ask``. Waits, so not in the server's thread.

        Raises:
            ContractError: What is asked breaks the contract.
        """
        return self._connection.asker.ask(body, boxes=self._lesson.boxes)

    def alert(self, alert: str) -> KnownAlert | None:
        """Return an alert that can be answered."""
        return self._lesson.alert(alert)

    def judge(self, alert: KnownAlert, verdict: Verdict) -> bool:
        """Tell the box what a teacher thinks; False when the broker could not be told. Waits."""
        told = self._connection.tell(
            AlertAck(episode=alert.episode, verdict=verdict),
            topic=self._connection.topics.alert_ack(alert.seat),
            corr=alert.message,
        )
        if told:
            self._lesson.note_verdict(alert.id, verdict)
            self.feed.changed()
        return told

    def _take(self, heard: HeardMessage) -> None:
        if self._lesson.take(heard):
            self.feed.changed()

    def _turn(self) -> None:
        connected = self._connection.connected
        if self._lesson.tick() or connected != self._was_connected:
            self._was_connected = connected
            self.feed.changed()
