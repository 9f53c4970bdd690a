"""The room's state: what a page is told, for how long, and what is never put into it."""

from dataclasses import replace

import pytest

from appliance.domain.affect import Affect
from appliance.domain.seats import SeatKey
from appliance.domain.terminals import Verdict
from appliance.mqtt.contract.box import (
    AlertPhase,
    AlertPriority,
    BoxInfo,
    BoxState,
    BoxStatus,
    OtherSeat,
)
from appliance.mqtt.contract.envelope import Body
from appliance.mqtt.contract.seats import BoardSeat, Sight, SightReason
from appliance.screens.connection import HeardMessage
from appliance.screens.room.alerts import MOST_ALERTS, alert_id
from appliance.screens.room.lesson import RoomLesson
from tests.support.clocks import NOON_S, HeldClock
from tests.support.messages import stamper
from tests.support.spoken_box import TOPICS, alert_of, board_of


class HeldRoom:
    """A lesson's state on a clock that a test moves."""

    def __init__(self) -> None:
        """Begin with an empty room."""
        self.clock = HeldClock()
        self.lesson = RoomLesson(topics=TOPICS, clock=self.clock)
        self._stamper = stamper("box/box-1")

    def hear(self, topic: str, body: Body | None, *, expiry_s: int | None = None) -> bool:
        """Take a message as the connection hands it on."""
        message = None if body is None else self._stamper.stamp(body, ttl_s=None)
        return self.lesson.take(HeardMessage(topic=topic, message=message, expiry_s=expiry_s))

    def board(self, *boards: BoardSeat, expiry_s: int = 120) -> None:
        """Hear boards."""
        for board in boards:
            self.hear(TOPICS.board(board.seat), board, expiry_s=expiry_s)

    def alert(self, body: Body, *, seat: str = "a1") -> None:
        """Hear an alert on a seat's topic."""
        self.hear(TOPICS.alert(SeatKey(seat)), body)

    def profile(self, profile: str, *, box: str = "box-1") -> None:
        """Hear what a box may show."""
        info = BoxInfo(software="1", contract="1.5.0", profile=profile)
        self.hear(TOPICS.box(box).info, info)

    def clear(self, *seats: str) -> None:
        """Hear that boards are taken away."""
        for seat in seats:
            self.hear(TOPICS.board(SeatKey(seat)), None)

    def wait(self, seconds: float) -> None:
        """Let time pass, second by second, as the connection does."""
        until_s = self.clock.now_s + seconds
        while self.clock.now_s < until_s:
            self.clock.now_s += 1.0
            self.lesson.tick()

    def shown(self, key: str) -> list[dict[str, object]]:
        """Return a list of the state."""
        found = self.lesson.state(connected=True)[key]
        assert isinstance(found, list)
        return found


@pytest.fixture
def room() -> HeldRoom:
    """A room whose box may name four states."""
    room = HeldRoom()
    room.profile("four-state")
    return room


def test_a_seat_is_shown_as_its_board_says_it(room: HeldRoom) -> None:
    """Word for word, and an open alert by its id."""
    room.board(
        replace(board_of("a2"), sight=Sight.NOT_OBSERVED, reason=SightReason.NO_CONSENT, exam=True),
        replace(board_of("a1"), state=Affect.BORED, since_s=NOON_S, alert="e-a1"),
    )
    room.alert(alert_of("a1"))

    first, second = room.shown("seats")
    assert first == {
        "seat": "a1",
        "sight": "observed",
        "reason": "",
        "consent": "given",
        "calibration": "none",
        "terminal": "online",
        "exam": False,
        "since_s": NOON_S,
        "state": "bored",
        "alert": room.shown("alerts")[0]["id"],
    }
    assert (second["sight"], second["reason"], second["exam"]) == (
        "not-observed",
        "no-consent",
        True,
    )
    assert room.lesson.state(connected=True)["live"] is True


def test_a_board_holds_as_long_as_its_message(room: HeldRoom) -> None:
    """What was left of its lifetime counts, at most two minutes; then nothing is known of it."""
    room.board(board_of("a1"), expiry_s=20)
    room.board(board_of("a2"), expiry_s=9999)
    room.wait(19)
    assert [seat["seat"] for seat in room.shown("seats")] == ["a1", "a2"]
    room.wait(1)
    assert [seat["seat"] for seat in room.shown("seats")] == ["a2"]
    room.wait(100)
    assert room.shown("seats") == []


def test_an_alert_carries_its_evidence_in_numbers(room: HeldRoom) -> None:
    """Share and minutes; whoever was named beside it has neither, and each can be answered."""
    room.board(board_of("a1"), board_of("a2"))
    other = OtherSeat(
        seat=SeatKey("a2"), episode="e-2", affect=Affect.CONFUSED, priority=AlertPriority.HIGHEST
    )
    room.alert(replace(alert_of("a1"), others=(other,)))

    urgent, alert = room.shown("alerts")
    assert (urgent["seat"], urgent["share"], urgent["minutes"]) == ("a2", None, None)
    assert alert == {
        "id": alert_id(SeatKey("a1"), "e-a1"),
        "seat": "a1",
        "affect": "fatigued",
        "priority": "normal",
        "phase": "raised",
        "since_s": NOON_S - 210,
        "share": 0.83,
        "minutes": 3.5,
        "verdict": None,
    }
    found = [room.lesson.alert(str(one["id"])) for one in (urgent, alert)]
    assert [one.episode for one in found if one is not None] == ["e-2", "e-a1"]
    assert len({one.message for one in found if one is not None}) == 1


def test_a_cleared_alert_goes_and_can_be_answered_for_five_minutes(room: HeldRoom) -> None:
    """The teacher may be on the way back from that seat."""
    room.board(board_of("a1"))
    room.alert(alert_of("a1"))
    (alert,) = room.shown("alerts")
    room.alert(replace(alert_of("a1"), phase=AlertPhase.CLEARED))
    assert room.shown("alerts") == []

    for _ in range(4):
        room.wait(60)
        room.board(board_of("a1"))
    room.wait(59)
    assert room.lesson.alert(str(alert["id"])) is not None
    room.wait(1)
    assert room.lesson.alert(str(alert["id"])) is None


def test_a_clearing_that_was_never_heard_is_seen_on_the_board(room: HeldRoom) -> None:
    """What a rule asked for stays until somebody has answered it: it may have cleared before."""
    room.alert(alert_of("a1"))
    room.alert(replace(alert_of("a2"), rule="0", evidence=None), seat="a2")
    room.board(replace(board_of("a1"), alert="e-a1"), board_of("a2"))
    room.wait(60)
    assert {alert["seat"] for alert in room.shown("alerts")} == {"a1", "a2"}

    room.board(board_of("a1"))
    room.wait(1)
    assert [alert["seat"] for alert in room.shown("alerts")] == ["a2"]
    room.lesson.note_verdict(str(room.shown("alerts")[0]["id"]), Verdict.USEFUL)
    assert room.shown("alerts")[0]["verdict"] == "useful"
    room.wait(1)
    assert room.shown("alerts") == []


def test_the_chart_counts_every_half_minute(room: HeldRoom) -> None:
    """Counts only; states where the boards carry them."""
    room.board(
        replace(board_of("a1"), state=Affect.FATIGUED, since_s=NOON_S),
        replace(board_of("a2"), sight=Sight.PAUSED),
    )
    room.wait(1)
    room.alert(alert_of("a1"))
    room.wait(59)
    room.board(board_of("a1"))
    room.wait(1)

    points = room.shown("chart")
    assert [point["t_s"] for point in points] == [NOON_S + 1, NOON_S + 31, NOON_S + 61]
    assert points[1] == {
        "t_s": NOON_S + 31,
        "observed": 1,
        "paused": 1,
        "alerts": 1,
        "states": {"fatigued": 1},
    }
    assert points[2]["states"] is None


def test_the_chart_is_bounded(room: HeldRoom) -> None:
    """Eight hours."""
    for _ in range(10 * 60 * 2):
        room.board(board_of("a1"))
        room.clock.now_s += 30
        room.lesson.tick()
    points = room.shown("chart")
    assert len(points) == 8 * 60 * 2
    assert points[-1]["t_s"] == NOON_S + room.clock.now_s


@pytest.mark.parametrize("way", ["cleared", "no lesson"])
def test_nothing_is_kept_beyond_the_lesson(room: HeldRoom, way: str) -> None:
    """Nor comes back with the next one."""
    room.board(board_of("a1"), board_of("a2"))
    room.alert(alert_of("a1"))
    room.wait(31)
    (alert,) = room.shown("alerts")
    assert room.lesson.state(connected=True)["lesson"] is True

    room.clear("a1")
    assert room.shown("alerts") != []  # the other seat's lesson goes on
    if way == "cleared":
        room.clear("a2")
    else:
        room.board(replace(board_of("a2"), lesson=False))
    state = room.lesson.state(connected=True)
    assert [state[key] for key in ("lesson", "live", "paused", "exam")] == [False] * 4
    assert [state[key] for key in ("seats", "alerts", "chart")] == [[], [], []]
    assert room.lesson.alert(str(alert["id"])) is None

    room.board(board_of("a1"))
    assert room.shown("alerts") == room.shown("chart") == []


def test_a_box_that_comes_back_finds_its_lesson_and_one_that_stays_away_does_not(
    room: HeldRoom,
) -> None:
    """Four minutes without a broker are no end; beyond five nobody knows."""
    room.board(board_of("a1"))
    room.wait(119)
    before = room.shown("chart")
    room.wait(240)
    assert room.shown("chart") == []
    room.board(board_of("a1"))
    assert room.shown("chart") == before

    room.wait(120 + 300)
    room.board(board_of("a1"))
    assert room.shown("chart") == []


def test_room_words(room: HeldRoom) -> None:
    """Paused when the room is; an exam when it is on every seat; boxes with their reason."""
    room.hear(TOPICS.box("box-1").status, BoxStatus(state=BoxState.DEGRADED, reason="camera: lost"))
    room.board(
        replace(board_of("a1"), sight=Sight.PAUSED, reason=SightReason.ROOM_PAUSED, exam=True),
        replace(board_of("a2"), sight=Sight.PAUSED, reason=SightReason.SEAT_PAUSED),
    )
    state = room.lesson.state(connected=False)
    assert (state["paused"], state["exam"], state["connected"]) == (True, False, False)
    assert state["boxes"] == [{"id": "box-1", "state": "degraded", "reason": "camera: lost"}]
    assert room.lesson.boxes == 1
    room.hear(TOPICS.box("box-1").status, BoxStatus(state=BoxState.LOST))
    assert room.lesson.boxes is None


@pytest.mark.parametrize("order", ["profile first", "profile last", "no profile"])
def test_a_fatigue_only_page_is_told_of_fatigue_alone(order: str) -> None:
    """Whatever arrives, in whatever order, also while the profile is not known yet."""
    room = HeldRoom()
    if order == "profile first":
        room.profile("fatigue-only")
        room.profile("four-state", box="box-2")  # the strictest holds
    for place, affect in enumerate(Affect):
        seat = f"a{place}"
        room.board(replace(board_of(seat), state=affect, since_s=NOON_S, alert=f"{affect}-{place}"))
        room.alert(replace(alert_of(seat), affect=affect, episode=f"{affect}-{place}"), seat=seat)
    room.hear(TOPICS.box("box-1").status, BoxStatus(state=BoxState.READY, reason="a2 is Bored"))
    room.wait(31)
    if order == "profile last":
        room.profile("fatigue-only")

    state = room.lesson.state(connected=True)
    text = str(state).lower()
    assert [word for word in ("focused", "confused", "bored") if word in text] == []
    assert [alert["affect"] for alert in room.shown("alerts")] == ["fatigued"]
    assert [seat["state"] for seat in room.shown("seats")] == [None, None, "fatigued", None]
    assert room.shown("chart")[-1]["states"] == {"fatigued": 1}
    assert room.shown("chart")[-1]["alerts"] == 1
    hidden = alert_id(SeatKey("a3"), "bored-3")
    assert room.lesson.alert(hidden) is None


def test_what_is_hostile_is_bounded_and_stays_text(room: HeldRoom) -> None:
    """An id that is too long has no seat, a reason is text, a topic is believed before a body."""
    script = "<script>alert(1)</script>"
    room.board(board_of("a1"))
    room.hear(TOPICS.board(SeatKey("a1")), board_of("a2"))
    room.hear(TOPICS.board(SeatKey("x" * 65)), board_of("x" * 65))
    room.hear(TOPICS.alert(SeatKey("a1")), alert_of("a2"))
    room.hear(TOPICS.alert(SeatKey("x" * 65)), alert_of("x" * 65))
    room.alert(replace(alert_of("a1"), episode=script[:64], reason=script))
    room.hear(TOPICS.box("box-1").status, BoxStatus(state=BoxState.READY, reason=script))
    for number in range(40):
        room.hear(TOPICS.box(f"b-{number}").status, BoxStatus(state=BoxState.READY))

    state = room.lesson.state(connected=True)
    assert [seat["seat"] for seat in room.shown("seats")] == ["a1"]
    assert [alert["seat"] for alert in room.shown("alerts")] == ["a1"]
    assert room.shown("boxes")[-1]["reason"] == script
    assert len(room.shown("boxes")) == 16
    assert str(state).count("script") == 2  # the reason alone


def test_more_alerts_than_a_school_has_are_bounded(room: HeldRoom) -> None:
    """The oldest goes."""
    room.board(board_of("a1"))
    for number in range(MOST_ALERTS + 8):
        room.alert(replace(alert_of("a1"), episode=f"e-{number}"))
    assert len(room.shown("alerts")) == MOST_ALERTS
    assert room.lesson.alert(alert_id(SeatKey("a1"), "e-7")) is None
    assert room.lesson.alert(alert_id(SeatKey("a1"), "e-8")) is not None
