"""What is never put into a teacher's page, whatever arrives."""

from dataclasses import replace

import pytest

from appliance.domain.affect import Affect
from appliance.domain.seats import SeatKey
from appliance.mqtt.contract.box import AlertPhase, BoxState, BoxStatus
from appliance.screens.room.alerts import MOST_ALERTS, alert_id
from tests.support.clocks import NOON_S
from tests.support.held_room import HeldRoom
from tests.support.spoken_box import TOPICS, alert_of, board_of


@pytest.fixture
def room() -> HeldRoom:
    """A room whose box may name four states."""
    room = HeldRoom()
    room.profile("four-state")
    return room


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
    cleared = replace(alert_of("a3"), affect=Affect.BORED, episode="bored-3")
    room.alert(replace(cleared, phase=AlertPhase.CLEARED), seat="a3")
    assert [seat["alert"] is not None for seat in room.shown("seats")] == [
        False,
        False,
        True,
        False,
    ]


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
