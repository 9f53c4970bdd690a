"""Presence tells of the page: nothing before it is there, offline after it has gone."""

import time
from pathlib import Path

import pytest

from appliance.mqtt.contract.commands import Hint, LockScreen
from appliance.mqtt.private_broker import PrivateBroker
from tests.support.seat_pages import SeatTab, post
from tests.support.seat_rooms import BoxSide, MakeServer
from tests.support.seat_server import SECOND, KilledServer
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

HINT = Hint(text="Need a hint?", topic="fractions")
LOCK = LockScreen(text="Break", lock_s=30.0)
ONLINE, OFFLINE = ("online", None), ("offline", None)


def test_a_seat_connects_with_its_page_and_nobody_is_logged_in(
    serve: MakeServer, box: BoxSide
) -> None:
    """A server that starts says nothing for anybody; the other seat stays silent."""
    server = serve()
    time.sleep(1.2)
    assert box.presence() == []
    with SeatTab(server.port) as tab:
        tab.connected()
        assert not tab.state["here"]
        wait_until(lambda: box.presence() == [ONLINE])
    assert box.presence(SECOND) == []


def test_a_log_in_is_fresh_and_outlasts_a_reload(serve: MakeServer, box: BoxSide) -> None:
    """Said again it changes nothing; out and in again it is another."""
    server = serve()
    with SeatTab(server.port) as tab:
        tab.connected()
        tab.post("/seat/here", here=True)
        tab.post("/seat/here", here=True)
        wait_until(lambda: tab.state["here"])
    with SeatTab(server.port) as tab:
        assert tab.state["here"]
        tab.post("/seat/here", here=False)
        tab.post("/seat/here", here=True)
        wait_until(lambda: len(box.presence()) >= 4)
    nobody, first, again_nobody, second = box.presence()
    assert nobody == again_nobody == ONLINE
    assert first[1]
    assert second[1]
    assert first != second


def test_a_log_out_takes_what_is_on_the_page_along(serve: MakeServer, box: BoxSide) -> None:
    """The next one is not asked about the last one's exercises, nor locked."""
    with SeatTab(serve().port) as tab:
        tab.connected()
        tab.post("/seat/here", here=True)
        hint, lock = box.send(HINT)["id"], box.send(LOCK)["id"]
        wait_until(lambda: tab.prompts == [hint] and tab.state["hold"] is not None)
        wait_until(lambda: box.statuses(lock) == ["received", "started"])
        tab.post("/seat/here", here=False)
        wait_until(lambda: tab.prompts == [] and tab.state["hold"] is None)
        wait_until(lambda: box.statuses(lock) == ["received", "started", "succeeded"])


def test_offline_some_time_after_the_last_stream_and_what_comes_is_kept(
    serve: MakeServer, box: BoxSide
) -> None:
    """A hint that still lives is delivered when the page is back, a lock of before is not."""
    server = serve(gone_s=0.5)
    with SeatTab(server.port) as tab, SeatTab(server.port) as other:
        tab.connected()
        post(server.port, "/seat/here", {"here": True})
        other.__exit__()
        time.sleep(0.8)
        assert OFFLINE not in box.presence()
    wait_until(lambda: box.presence()[-1] == OFFLINE)
    wait_until(lambda: not next(iter(server.seats)).connected)
    hint, lock = box.send(HINT)["id"], box.send(LOCK, expiry_s=1)["id"]
    time.sleep(1.5)
    occupant = box.presence()[-2][1]
    with SeatTab(server.port) as tab:
        wait_until(lambda: tab.prompts == [hint])
        wait_until(lambda: box.presence()[-1] == ("online", occupant))
        assert tab.state["here"]
        wait_until(lambda: box.statuses(hint) == ["received", "started"])
        assert tab.state["hold"] is None
        assert "started" not in box.statuses(lock)


def test_nobody_is_logged_in_any_more_after_a_long_absence(serve: MakeServer, box: BoxSide) -> None:
    """Who sits down then is somebody else."""
    server = serve(gone_s=0.2, left_s=0.6)
    with SeatTab(server.port) as tab:
        tab.connected()
        tab.post("/seat/here", here=True)
        wait_until(lambda: tab.state["here"])
    wait_until(lambda: box.presence()[-1] == OFFLINE)
    wait_until(lambda: not any(seat.state()["here"] for seat in server.seats))
    with SeatTab(server.port) as tab:
        tab.connected()
        wait_until(lambda: box.presence()[-1] == ONLINE)


def test_a_server_that_is_killed_in_the_middle_goes_on(
    broker: PrivateBroker, box: BoxSide, own_port: int, tmp_path: Path
) -> None:
    """Its last will says offline; then the seat is back, with whoever was there.

    What the page had not painted is offered again under its id, what it had painted is not; an
    answer to that is told all the same, and a lock is over.
    """
    server = KilledServer(broker.port, own_port, tmp_path / "seats")
    server.start()
    try:
        wait_until(lambda: _answers(own_port))
        with SeatTab(own_port, paints=False) as tab:
            tab.connected()
            tab.post("/seat/here", here=True)
            painted, lock, unpainted = box.send(HINT), box.send(LOCK), box.send(HINT)
            wait_until(lambda: len(tab.prompts) == 2 and tab.state["hold"] is not None)
            for each in (painted, lock):
                tab.post("/seat/shown", id=each["id"])
            wait_until(lambda: "started" in box.statuses(painted["id"]))
            wait_until(lambda: "started" in box.statuses(lock["id"]))
            wait_until(lambda: box.presence()[-1][1] is not None)
            occupant = box.presence()[-1]
            server.kill()
            wait_until(lambda: box.presence()[-1] == OFFLINE)
        server.start()
        wait_until(lambda: _answers(own_port))
        with SeatTab(own_port) as tab:
            tab.connected()
            wait_until(lambda: box.presence()[-1] == occupant)
            for each in (painted, lock, unpainted):  # as a box does when a terminal is back
                box.send_again(each, expiry_s=10)
            wait_until(lambda: box.statuses(unpainted["id"])[-1] == "started")
            assert tab.prompts == [unpainted["id"]]
            assert tab.state["hold"] is None
            wait_until(lambda: box.statuses(painted["id"])[-1] == "failed/restarted")
            wait_until(lambda: box.statuses(lock["id"])[-1] == "failed/restarted")
            assert tab.answer(painted["id"], "accepted") == 200
            assert tab.answer(painted["id"], "accepted") == 200
            assert tab.answer(painted["id"], "rated", rating=5) == 200
            wait_until(lambda: box.feedback(painted["id"]) == ["accepted", "rated 5"])
    finally:
        server.kill()


def _answers(port: int) -> bool:
    try:
        return post(port, "/seat/shown", {"id": "x"})[0] == 404
    except OSError:
        return False


def test_whoever_is_sent_away_has_left(serve: MakeServer, box: BoxSide) -> None:
    """No browser is its page any more, so it is offline at once and not ten seconds later."""
    server = serve(enrolled=False)
    with SeatTab(server.port) as tab:
        tab.connected()
        tab.post("/seat/here", here=True)
        wait_until(lambda: tab.state["here"] and len(box.presence()) >= 2)
    wait_until(lambda: box.presence()[-1] == OFFLINE, timeout_s=5.0)
    wait_until(lambda: not any(seat.connected for seat in server.seats), timeout_s=3.0)
    with SeatTab(server.port) as tab:
        assert not tab.state["here"]
