"""The room's state: what a page is told, and for how long."""

from dataclasses import replace

import pytest

from appliance.domain.affect import Affect
from appliance.domain.seats import SeatKey
from appliance.domain.terminals import Verdict
from appliance.mqtt.contract.box import (
    AlertPhase,
    AlertPriority,
    BoxState,
    BoxStatus,
    OtherSeat,
)
from appliance.mqtt.contract.seats import Sight, SightReason
from appliance.screens.room.alerts import alert_id
from tests.support.clocks import NOON_S
from tests.support.held_room import HeldRoom
from tests.support.spoken_box import TOPICS, alert_of, board_of


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


def test_boxes_are_away_once_all_have_gone(room: HeldRoom) -> None:
    """A farewell or the last will; one that was never heard of is none."""
    assert not room.lesson.boxes_away
    for box, state in (
        ("box-1", BoxState.DISCONNECTED),
        ("box-2", BoxState.READY),
        ("box-2", BoxState.LOST),
    ):
        assert room.hear(TOPICS.box(box).status, BoxStatus(state=state))
        assert room.lesson.boxes_away is (state is not BoxState.READY)
    room.hear(TOPICS.box("box-1").status, BoxStatus(state=BoxState.INIT))
    assert not room.lesson.boxes_away


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


def test_a_board_that_says_nothing_new_is_not_told_again(room: HeldRoom) -> None:
    """Each comes every 50 s; a page with 32 of them would get its whole state all the time."""
    topic = TOPICS.board(SeatKey("a1"))
    assert room.hear(topic, board_of("a1"), expiry_s=120)
    assert not room.hear(topic, board_of("a1"), expiry_s=110)
    assert room.hear(topic, replace(board_of("a1"), exam=True), expiry_s=120)
    assert not room.hear(topic, replace(board_of("a1"), exam=True), expiry_s=120)
    assert room.hear(topic, None)
    assert not room.hear(topic, None)


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


def test_an_alert_of_a_paused_seat_leaves_and_comes_back_with_the_seat(room: HeldRoom) -> None:
    """Where the box has kept it open; what it has ended meanwhile stays away."""
    watched = [replace(board_of(seat), alert=f"e-{seat}") for seat in ("a1", "a2")]
    for seat in ("a1", "a2"):
        room.alert(alert_of(seat), seat=seat)
    paused = [
        replace(board, sight=Sight.PAUSED, reason=SightReason.ROOM_PAUSED) for board in watched
    ]
    room.board(*paused)
    assert room.shown("alerts") == []
    assert {seat["alert"] for seat in room.shown("seats")} == {None}

    room.board(replace(paused[0], alert=None))
    room.wait(1)
    room.board(replace(watched[0], alert=None), watched[1])
    assert [alert["seat"] for alert in room.shown("alerts")] == ["a2"]
    assert [seat["alert"] is None for seat in room.shown("seats")] == [True, False]


def test_what_a_rule_asked_for_says_that_it_is_over_while_its_seat_is_paused(
    room: HeldRoom,
) -> None:
    """Nobody can make it go unread by a pause; an answer takes it away."""
    room.alert(replace(alert_of("a1"), rule="0", evidence=None))
    room.board(replace(board_of("a1"), alert="e-a1"))
    assert [alert["phase"] for alert in room.shown("alerts")] == ["raised"]

    room.board(replace(board_of("a1"), sight=Sight.PAUSED, reason=SightReason.SEAT_PAUSED))
    room.wait(90)
    (alert,) = room.shown("alerts")
    assert alert["phase"] == "cleared"
    room.lesson.note_verdict(str(alert["id"]), Verdict.USEFUL)
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
