"""The state of the room as the teacher's page shows it; nothing is kept beyond the lesson."""

import threading
from collections.abc import Mapping

from appliance.domain.seats import SeatKey
from appliance.domain.terminals import Verdict
from appliance.mqtt.contract.box import AlertMessage, BoxInfo, BoxState, BoxStatus
from appliance.mqtt.contract.seats import BoardSeat, Sight, SightReason
from appliance.mqtt.contract.topics import RoomTopics
from appliance.ports import Clock
from appliance.screens.allowed import ShowsAllowed, may_name, only_allowed, strictest
from appliance.screens.connection import HeardMessage
from appliance.screens.room.alerts import AlertBook, KnownAlert, alert_id
from appliance.screens.room.chart import EVERY_S, LessonChart
from appliance.screens.room.seats import LONGEST_ID, SeatBoard

SILENCE_S = 300.0
"""A lesson of whose end nobody has spoken is over when no board has held for so long."""

MOST_BOXES = 16
_AWAY = (BoxState.LOST, BoxState.DISCONNECTED)


class RoomLesson:
    """Takes what the boxes say; any thread may call."""

    def __init__(
        self, *, topics: RoomTopics, clock: Clock, allowed: ShowsAllowed = only_allowed
    ) -> None:
        """Begin with an empty room.

        Args:
            topics: Of the room.
            clock: Monotonic time for lifetimes, wall time for pages.
            allowed: Keeps names of states from pages.
        """
        self._topics = topics
        self._clock = clock
        self._allowed = allowed
        self._lock = threading.Lock()
        self._statuses: dict[str, BoxStatus] = {}
        self._profiles: dict[str, str] = {}
        self._board = SeatBoard()
        self._alerts = AlertBook()
        self._chart = LessonChart()
        self._ended = False
        """A box has said that a lesson is over."""
        self._heard_s = clock.monotonic_s()
        self._told_s = clock.wall_s()
        self._tick_due_s = 0.0

    @property
    def profile(self) -> str | None:
        """The policy profile that holds; None while no box has said any."""
        with self._lock:
            return strictest(self._profiles.values())

    @property
    def boxes(self) -> int | None:
        """How many boxes will answer a request; None while that is not known."""
        with self._lock:
            there = sum(status.state not in _AWAY for status in self._statuses.values())
            return there or None

    @property
    def boxes_away(self) -> bool:
        """True once every box that was heard of has gone."""
        with self._lock:
            states = [status.state for status in self._statuses.values()]
            return bool(states) and all(state in _AWAY for state in states)

    def knows(self, seat: SeatKey) -> bool:
        """Tell whether a box has a board for a seat now."""
        with self._lock:
            return seat in self._board.seats

    def alert(self, alert: str) -> KnownAlert | None:
        """Return an alert that can be answered, None where there is none."""
        with self._lock:
            found = self._alerts.find(alert)
            named = found is not None and may_name(found.affect, self._strictest())
            return found if named and self._lesson() else None

    def note_verdict(self, alert: str, verdict: Verdict) -> None:
        """Show what a teacher has said of an alert."""
        with self._lock:
            if (found := self._alerts.find(alert)) is not None:
                found.verdict = verdict
                self._told_s = self._clock.wall_s()

    def take(self, heard: HeardMessage) -> bool:
        """Take a message; False when pages need not be told."""
        with self._lock:
            changed = self._take(heard)
            if changed:
                self._settle()
                self._told_s = self._clock.wall_s()
            return changed

    def tick(self) -> bool:
        """Let time pass; False when pages need not be told. Once a second is often enough."""
        with self._lock:
            now_s = self._clock.monotonic_s()
            changed = self._board.expire(now_s=now_s)
            changed |= self._alerts.follow(self._board.seats, now_s=now_s)
            changed |= self._settle()
            if self._lesson():
                changed |= self._chart.add(
                    list(self._board.seats.values()),
                    alerts=len(self._shown_alerts()),
                    profile=self._strictest(),
                    now_s=now_s,
                    wall_s=self._clock.wall_s(),
                )
            if now_s >= self._tick_due_s:  # pages hold their clocks against ours
                self._tick_due_s = now_s + EVERY_S
                changed = True
            if changed:
                self._told_s = self._clock.wall_s()
            return changed

    def state(self, *, connected: bool) -> Mapping[str, object]:
        """Return what the page shows, for JSON; waits for nobody."""
        with self._lock:
            profile = self._strictest()
            lesson = self._lesson()
            boards = list(self._board.seats.values()) if lesson else []
            alerts = self._shown_alerts() if lesson else []
            known = {one.seat: one for one in reversed(self._alerts.open())}
            for board in boards:  # what has just been cleared, and its board says it still
                if board.alert is not None and board.seat not in known:
                    cleared = self._alerts.find(alert_id(board.seat, board.alert))
                    known |= {} if cleared is None else {board.seat: cleared}
            shown = {
                "profile": profile,
                "live": any(
                    board.state is not None and may_name(board.state, profile) for board in boards
                ),
                "connected": connected,
                "now_s": round(self._told_s),
                "lesson": lesson,
                "paused": any(board.reason is SightReason.ROOM_PAUSED for board in boards),
                "exam": bool(boards) and all(board.exam for board in boards),
                "boxes": [
                    {"id": box, "state": status.state.value, "reason": status.reason}
                    for box, status in sorted(self._statuses.items())
                ],
                "seats": [_row(board, profile, known.get(board.seat)) for board in boards],
                "alerts": [alert.as_row(paused=self._paused(alert.seat)) for alert in alerts],
                "chart": self._chart.points if lesson else [],
            }
        allowed = self._allowed(shown, profile)
        return allowed if isinstance(allowed, Mapping) else {}

    def _take(self, heard: HeardMessage) -> bool:
        kind, name, *_ = [*heard.topic.split("/")[4:], "", ""]
        if heard.message is None:
            return self._take_away(kind, name)
        body, now_s = heard.message.body, self._clock.monotonic_s()
        if isinstance(body, BoardSeat) and heard.topic == self._topics.board(body.seat):
            self._ended |= not body.lesson
            return self._board.take(body, expiry_s=heard.expiry_s, now_s=now_s)
        if isinstance(body, AlertMessage) and heard.topic == self._topics.alert(body.seat):
            self._alerts.take(
                body, message=heard.message.id, now_s=now_s, wall_s=self._clock.wall_s()
            )
            return True
        return isinstance(body, BoxStatus | BoxInfo) and self._take_box(name, body, heard.topic)

    def _take_away(self, kind: str, name: str) -> bool:
        if kind == "board":
            self._ended = True
            return self._board.clear(SeatKey(name))
        return kind == "box" and self._statuses.pop(name, None) is not None

    def _take_box(self, name: str, body: BoxStatus | BoxInfo, topic: str) -> bool:
        known = self._statuses.keys() | self._profiles
        if len(name) > LONGEST_ID or (name not in known and len(known) >= MOST_BOXES):
            return False
        box = self._topics.box(name)
        if isinstance(body, BoxStatus) and topic == box.status:
            self._statuses[name] = body
        elif isinstance(body, BoxInfo) and topic == box.info:
            self._profiles[name] = body.profile
        else:
            return False
        return True

    def _settle(self) -> bool:
        """Forget everything once the lesson is over; False while it is not, or it was before."""
        now_s = self._clock.monotonic_s()
        if self._lesson():
            self._heard_s, self._ended = now_s, False
            return False
        if not (self._ended or now_s - self._heard_s >= SILENCE_S):
            return False
        kept = bool(self._chart.points or self._alerts.open() or self._board.seats)
        self._board.forget()
        self._alerts.forget()
        self._chart.forget()
        return kept

    def _lesson(self) -> bool:
        return any(board.lesson for board in self._board.seats.values())

    def _strictest(self) -> str | None:
        return strictest(self._profiles.values())

    def _shown_alerts(self) -> list[KnownAlert]:
        """Return the open ones; of a seat that is paused only what still waits for an answer."""
        profile = self._strictest()
        return [
            one
            for one in self._alerts.open()
            if may_name(one.affect, profile) and (one.waits or not self._paused(one.seat))
        ]

    def _paused(self, seat: SeatKey) -> bool:
        board = self._board.seats.get(seat)
        return board is not None and board.sight is Sight.PAUSED


def _row(board: BoardSeat, profile: str | None, known: KnownAlert | None) -> dict[str, object]:
    state = board.state if board.state is not None and may_name(board.state, profile) else None
    if board.sight is Sight.PAUSED and not (known is not None and known.waits):
        alert = None
    elif known is not None:
        alert = known.id if may_name(known.affect, profile) else None
    else:  # one that was told before our restart has no row, but the seat's mark stays
        alert = None if board.alert is None else alert_id(board.seat, board.alert)
    return {
        "seat": board.seat,
        "sight": board.sight.value,
        "reason": board.reason.value,
        "consent": board.consent.value,
        "calibration": board.calibration.value,
        "terminal": board.terminal,
        "exam": board.exam,
        "since_s": None if state is None else board.since_s,
        "state": None if state is None else state.value,
        "alert": alert,
    }
