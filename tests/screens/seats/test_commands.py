"""A command is on the page of its seat once, in time, and what the student does is told."""

import time
from pathlib import Path

import pytest

from appliance.mqtt.contract.commands import (
    TEST,
    AdjustDifficulty,
    CommandBody,
    FocusBreak,
    Hint,
    LockScreen,
    MandatoryRest,
    PushContent,
    UnlockScreen,
)
from tests.support.seat_pages import SeatTab
from tests.support.seat_rooms import BoxSide, MakeServer
from tests.support.seat_server import FIRST, SECOND
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

HINT = Hint(text="Need a hint?", topic="fractions")
LOCK = LockScreen(text="Break", lock_s=30.0)
SHORT = LockScreen(text="Break", lock_s=1.0)
REST = MandatoryRest(text="Rest", rest_s=300.0, escape=True)
DONE = ["received", "started", "succeeded"]


@pytest.mark.parametrize(
    ("body", "row"),
    [
        (FocusBreak(text="x", timer_s=300.0, eye_settings=True), {"kind": "focus_break"}),
        (HINT, {"kind": "hint", "topic": "fractions"}),
        (Hint(text="x", topic="a2 is bored"), {"kind": "hint", "topic": ""}),
        (PushContent(text="x", topic="algebra"), {"kind": "push_content", "topic": "algebra"}),
        (AdjustDifficulty(text="x", step=-1), {"kind": "adjust_difficulty", "step": -1}),
        (TEST, {"kind": "test"}),
    ],
)
def test_a_pop_up_is_offered_painted_answered_and_rated(
    serve: MakeServer, box: BoxSide, body: CommandBody, row: dict[str, object]
) -> None:
    """Each of Table 1; nothing that the page shows tells more than its kind."""
    with SeatTab(serve().port) as tab:
        tab.connected()
        command = box.send(body)["id"]
        wait_until(lambda: box.statuses(command) == ["received", "started"])
        assert tab.state["prompts"][0].items() >= {"id": command, "stage": "asked", **row}.items()

        assert tab.answer(command, "accepted") == 200
        wait_until(lambda: box.statuses(command) == DONE)
        wait_until(lambda: tab.state["prompts"][0]["stage"] == "accepted")
        assert tab.answer(command, "completed") == 200
        wait_until(lambda: tab.prompts == [])
        assert tab.answer(command, "rated", rating=4) == 200
        wait_until(lambda: box.feedback(command) == ["accepted", "completed", "rated 4"])
    assert tab.painted == [command]


def test_nothing_is_asked_of_the_box_before_the_page_has_painted(
    serve: MakeServer, box: BoxSide
) -> None:
    """What a hidden tab holds has not been seen: it is not started, and a lock's time stands."""
    with SeatTab(serve().port, paints=False) as tab:
        tab.connected()
        command = box.send(SHORT)["id"]
        wait_until(lambda: tab.state["hold"] is not None)
        time.sleep(1.3)
        assert box.statuses(command) == ["received"]
        assert tab.state["hold"]["left_s"] == tab.state["hold"]["whole_s"] == 1.0
        began_s = time.monotonic()
        assert tab.post("/seat/shown", id=command) == (200, {"status": "done"})
        wait_until(lambda: tab.state["hold"] is None)
        assert time.monotonic() - began_s >= 0.9
        wait_until(lambda: box.statuses(command) == DONE)


def test_what_is_not_painted_in_time_is_never_shown(serve: MakeServer, box: BoxSide) -> None:
    """It leaves the state; a page that comes too late is told that it is over."""
    with SeatTab(serve().port, paints=False) as tab:
        tab.connected()
        command = box.send(SHORT, expiry_s=4)["id"]
        wait_until(lambda: tab.state["hold"] is not None)
        wait_until(lambda: box.statuses(command) == ["received", "expired"])
        wait_until(lambda: tab.state["hold"] is None)
        assert tab.post("/seat/shown", id=command) == (404, {"error": "unknown-command"})
        assert tab.answer(command, "accepted") == 404
        time.sleep(0.2)
    assert box.feedback(command) == []


def test_two_prompts_each_get_their_own_answer(serve: MakeServer, box: BoxSide) -> None:
    """An answer names its prompt."""
    with SeatTab(serve().port) as tab:
        tab.connected()
        first, second = box.send(HINT)["id"], box.send(PushContent(text="x"))["id"]
        wait_until(lambda: box.statuses(first) == box.statuses(second) == ["received", "started"])
        assert tab.answer(second, "dismissed") == 200
        wait_until(lambda: tab.prompts == [first])
        assert tab.answer(first, "accepted", after_s=2.5) == 200
        wait_until(lambda: box.feedback(first) == ["accepted"])
        wait_until(lambda: box.feedback(second) == ["dismissed"])


def test_two_tabs_are_one_seat(serve: MakeServer, box: BoxSide) -> None:
    """Both show it, the first answer counts, and once."""
    server = serve()
    with SeatTab(server.port) as one, SeatTab(server.port) as other:
        one.connected()
        command = box.send(HINT)["id"]
        wait_until(lambda: one.prompts == other.prompts == [command])
        wait_until(lambda: box.statuses(command) == ["received", "started"])
        assert [one.answer(command, "accepted"), other.answer(command, "accepted")] == [200, 200]
        wait_until(lambda: box.statuses(command) == DONE)
        wait_until(lambda: other.state["prompts"][0]["stage"] == "accepted")
        time.sleep(0.2)
    assert box.feedback(command) == ["accepted"]


def test_a_duplicate_is_shown_once(serve: MakeServer, box: BoxSide) -> None:
    """While it is offered, while it is asked, and after it was answered."""
    with SeatTab(serve().port, paints=False) as tab:
        tab.connected()
        document = box.send(HINT)
        command = document["id"]
        box.send_again(document, expiry_s=300)
        wait_until(lambda: tab.prompts == [command])
        tab.post("/seat/shown", id=command)
        box.send_again(document, expiry_s=300)
        wait_until(lambda: box.statuses(command).count("started") == 2)
        tab.answer(command, "dismissed")
        wait_until(lambda: "succeeded" in box.statuses(command))
        box.send_again(document, expiry_s=300)
        wait_until(lambda: box.statuses(command).count("succeeded") == 2)
        assert tab.prompts == []
    assert box.feedback(command) == ["dismissed"]


def test_a_rest_is_left_after_it_was_accepted(serve: MakeServer, box: BoxSide) -> None:
    """The way out is open to the end; each answer is told."""
    with SeatTab(serve().port) as tab:
        tab.connected()
        command = box.send(REST)["id"]
        wait_until(lambda: box.statuses(command) == ["received", "started"])
        assert tab.state["hold"]["escape"]
        tab.answer(command, "accepted")
        wait_until(lambda: box.feedback(command) == ["accepted"])
        assert tab.state["hold"] is not None
        tab.answer(command, "dismissed")
        wait_until(lambda: tab.state["hold"] is None)
        wait_until(lambda: box.statuses(command) == DONE)
    assert box.feedback(command) == ["accepted", "dismissed"]


def test_a_lock_is_answered_and_stays(serve: MakeServer, box: BoxSide) -> None:
    """Only its time or a teacher ends it; what frees the page is a notice that asks nothing."""
    with SeatTab(serve().port) as tab:
        tab.connected()
        lock = box.send(LOCK)["id"]
        wait_until(lambda: box.statuses(lock) == ["received", "started"])
        tab.answer(lock, "dismissed")
        wait_until(lambda: box.feedback(lock) == ["dismissed"])
        assert tab.state["hold"]["id"] == lock
        unlock = box.send(UnlockScreen(text="Go on"))["id"]
        wait_until(lambda: tab.state["hold"] is None and tab.prompts == [unlock])
        wait_until(lambda: box.statuses(unlock) == DONE and box.statuses(lock) == DONE)
        tab.answer(unlock, "accepted")
        wait_until(lambda: tab.prompts == [])
    assert box.feedback(unlock) == []


def test_an_unlock_before_the_paint_takes_the_lock_back(serve: MakeServer, box: BoxSide) -> None:
    """A lock that a teacher has ended is not shown afterwards."""
    with SeatTab(serve().port, paints=False) as tab:
        tab.connected()
        lock = box.send(LOCK)["id"]
        wait_until(lambda: tab.state["hold"] is not None)
        box.send(UnlockScreen(text="Go on"))
        wait_until(lambda: box.statuses(lock) == ["received", "failed/unseen"])
        assert tab.post("/seat/shown", id=lock)[0] == 404


def test_an_unlock_that_ends_nothing_tells_the_student_nothing(
    serve: MakeServer, box: BoxSide
) -> None:
    """Neither on the page, nor is anything asked."""
    with SeatTab(serve().port) as tab:
        tab.connected()
        unlock = box.send(UnlockScreen(text="Go on"))["id"]
        wait_until(lambda: box.statuses(unlock) == ["received", "succeeded"])
        assert tab.prompts == tab.painted == []


def test_a_seat_never_sees_or_answers_what_is_anothers(serve: MakeServer, box: BoxSide) -> None:
    """Each cookie opens its own terminal."""
    server = serve()
    with SeatTab(server.port) as own, SeatTab(server.port, terminal=SECOND) as other:
        own.connected()
        other.connected()
        command = box.send(HINT, to=FIRST)["id"]
        wait_until(lambda: own.prompts == [command])
        assert other.post("/seat/shown", id=command)[0] == 404
        assert other.answer(command, "dismissed") == 404
        assert other.prompts == []
        wait_until(lambda: box.statuses(command) == ["received", "started"])
    assert box.feedback(command) == box.feedback(command, of=SECOND) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "accepted"},
        {"id": "x", "kind": "applauded"},
        {"id": 3, "kind": "accepted"},
        {"id": "x", "kind": "rated"},
        {"id": "x", "kind": "rated", "rating": 6},
        {"id": "x", "kind": "rated", "rating": True},
        {"id": "x", "kind": "accepted", "rating": 3},
        {"id": "x", "kind": "accepted", "after_s": -1},
    ],
)
def test_an_answer_that_says_nothing_is_refused(
    serve: MakeServer, fields: dict[str, object]
) -> None:
    """A page of ours never sends one."""
    with SeatTab(serve().port) as tab:
        assert tab.post("/seat/answer", **fields)[0] == 400


def test_a_topic_that_the_school_has_keeps_its_name(
    serve: MakeServer, box: BoxSide, tmp_path: Path
) -> None:
    """It is the school's word, and as the school writes it; any other is looked at."""
    (tmp_path / "content" / "Focused light").mkdir(parents=True)
    with SeatTab(serve(school=tmp_path / "content").port) as tab:
        tab.connected()
        box.send(Hint(text="x", topic="FOCUSED light"))
        box.send(Hint(text="x", topic="focused light on a1"))
        wait_until(lambda: len(tab.state["prompts"]) == 2)
        assert [one["topic"] for one in tab.state["prompts"]] == ["Focused light", ""]
