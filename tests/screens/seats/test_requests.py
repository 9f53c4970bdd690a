"""What a student asks of the box, and what the box says of the seat."""

import json
import threading
import time
from dataclasses import replace

import pytest

from appliance.domain.terminals import ControlStatus
from appliance.mqtt.contract.box import ControlResponse
from appliance.mqtt.contract.seats import (
    CalibrationState,
    ConsentWord,
    SeatView,
    Sight,
    SightReason,
)
from tests.support.messages import ROOM, SITE, message_json
from tests.support.seat_pages import SeatTab, post
from tests.support.seat_rooms import BoxSide, MakeServer
from tests.support.seat_server import FIRST
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

ROOM_TOPIC = f"cb/v1/{SITE}/{ROOM}"
REQUESTS, ANSWERS = f"{ROOM_TOPIC}/control/{FIRST}/req", f"{ROOM_TOPIC}/control/{FIRST}/resp"
VIEW_TOPIC = f"{ROOM_TOPIC}/seat/{FIRST}/view"
VIEW = SeatView(
    sight=Sight.NOT_OBSERVED,
    reason=SightReason.NO_CONSENT,
    consent=ConsentWord.NOT_GIVEN,
    calibration=CalibrationState.RUNNING,
    calibrating_left_s=80.0,
    exam=True,
)


ACTS: list[tuple[str, dict[str, object], dict[str, object], str]] = [
    ("consent", {"granted": True}, {"command": "consent", "granted": True}, "consent-given"),
    ("consent", {"granted": False}, {"granted": False}, "consent-withdrawn"),
    ("pause", {"paused": True}, {"command": "pause"}, "pause"),
    ("pause", {"paused": False}, {"command": "resume"}, "resume"),
    ("calibrate", {}, {"command": "calibrate"}, "calibrate"),
]


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act[3])
def test_what_a_student_asks_goes_to_the_box_and_is_answered(
    serve: MakeServer, box: BoxSide, act: tuple[str, dict[str, object], dict[str, object], str]
) -> None:
    """Under the terminal's own name and without naming a seat; another box's no does not count."""
    path, fields, asked, noted = act
    server = serve()
    said: list[tuple[int, dict[str, object]]] = []
    with SeatTab(server.port) as tab:
        tab.connected()
        asking = threading.Thread(target=lambda: said.append(tab.post(f"/seat/{path}", **fields)))
        asking.start()
        wait_until(lambda: box.listener.on(REQUESTS))
        request = box.listener.on(REQUESTS)[0]
        assert request.document["data"].items() >= {"seat": None, **asked}.items()
        assert request.document["src"] == f"seat/{FIRST}"
        for number, status in ((2, ControlStatus.REFUSED), (1, ControlStatus.DONE)):
            body = ControlResponse(status=status, detail="")
            text = message_json(f"box/box-{number}", body, ttl_s=30, corr=request.document["id"])
            box.listener.publish(ANSWERS, text, expiry_s=30)
        asking.join(15)
    assert said == [(200, {"status": "done", "detail": ""})]
    assert server.acts == [(FIRST, noted, "done")]


def test_a_student_is_told_that_a_teacher_has_ended_the_own_pause(
    serve: MakeServer, box: BoxSide
) -> None:
    """By the next view, and no longer once the student pauses again."""

    def look(reason: SightReason) -> None:
        view = replace(VIEW, reason=reason)
        box.listener.publish(VIEW_TOPIC, message_json("box/box-1", view, ttl_s=60), expiry_s=60)

    with SeatTab(serve().port) as tab:
        tab.connected()
        asking = threading.Thread(target=lambda: tab.post("/seat/pause", paused=True))
        asking.start()
        wait_until(lambda: box.listener.on(REQUESTS))
        look(SightReason.SEAT_PAUSED)
        body, asked = ControlResponse(status=ControlStatus.DONE), box.listener.on(REQUESTS)[0]
        text = message_json("box/box-1", body, ttl_s=30, corr=asked.document["id"])
        box.listener.publish(ANSWERS, text, expiry_s=30)
        asking.join(15)
        wait_until(lambda: (tab.state["view"] or {}).get("reason") == "seat-paused")
        assert not tab.state["pause_ended"]
        look(SightReason.NO_CONSENT)
        wait_until(lambda: tab.state["pause_ended"])


def test_without_a_broker_nothing_is_asked(serve: MakeServer, box: BoxSide) -> None:
    """What waited would come about when nobody expects it any more."""
    del box
    status, said = post(serve().port, "/seat/consent", {"granted": True})
    assert (status, said["status"]) == (200, "failed")


def test_the_page_shows_what_the_box_says_until_that_is_old(
    serve: MakeServer, box: BoxSide
) -> None:
    """Retained, so that it is there at once; from nobody but a box."""
    text = message_json("box/box-1", VIEW, ttl_s=4)
    box.listener.publish(VIEW_TOPIC, text, expiry_s=4, retain=True)
    with SeatTab(serve().port) as tab:
        wait_until(lambda: tab.state["view"] is not None)
        assert tab.state["view"] == {
            "sight": "not-observed",
            "reason": "no-consent",
            "consent": "not-given",
            "calibration": "running",
            "calibrating_left_s": 80.0,
            "teacher_called": False,
        }
        assert tab.state["exam"]
        wait_until(lambda: tab.state["view"] is None, timeout_s=10.0)
        forged = json.loads(text) | {"src": "seat/terminal-08"}
        box.listener.publish(VIEW_TOPIC, json.dumps(forged), expiry_s=60)
        box.listener.publish(VIEW_TOPIC, text)  # without a lifetime
        time.sleep(0.3)
        assert tab.state["view"] is None
