"""``classbox test-alert`` and the control request: the whole chain, and nothing of it on record."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from appliance.domain.seats import SeatKey
from appliance.domain.terminals import ControlCommand
from appliance.mqtt.contract.classroom import ContextMessage, ControlRequestMessage
from tests.support.faults.student import SETTLE_S
from tests.support.listener import Listener
from tests.support.messages import message_json
from tests.support.scenes import ROOM, SEAT, SITE, TEACHER, TERMINAL, Scene, scene
from tests.support.service import run_classbox
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

PREFIX = f"cb/v1/{SITE}/{ROOM}"


def box_without_consent(here: Scene) -> int:
    """Run a box that may look at nobody; return the broker's port."""
    here.seat = {"consent": '"ask"'}
    port = here.run_broker()
    here.run_box()
    return port


def test_a_test_is_shown_without_consent_and_leaves_no_decision(tmp_path: Path) -> None:
    """Marked on the wire, in the audit, and neither a decision nor an answer is stored."""
    with scene(tmp_path) as here:
        port = box_without_consent(here)
        here.run_terminal(port)
        with Listener(port, f"{PREFIX}/#") as listener:
            here.wait(SETTLE_S)
            done = run_classbox("test-alert", SEAT, "--config", str(here.config), "--json")
            (command,) = listener.of_type("command.hint")
            wait_until(lambda: listener.of_type("feedback"))

    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["step"] for answer in answers[:-1]] == [
        "queued", "published", "received", "started", "answered",
    ]  # fmt: skip
    times = [answer["ms"] for answer in answers[:-1]]
    assert times == sorted(times)
    assert answers[-1] == {"shown": True, "terminal": TERMINAL}
    assert command.topic == f"{PREFIX}/seat/{TERMINAL}/cmd"
    assert command.document["data"]["test"] is True
    assert command.document["ttl_s"] == 30
    with closing(sqlite3.connect(here.state / "privacy.db")) as database:
        count = {
            table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
            for table in ("decisions", "feedback", "commands")
        }
        audit = database.execute("SELECT event, actor, seat, detail FROM audit").fetchall()
    assert count == {"decisions": 0, "feedback": 0, "commands": 1}
    assert ("test_alert", "operator", SEAT, command.document["id"]) in audit


def test_an_exam_is_said(tmp_path: Path) -> None:
    """Code 69: the way is fine and the student must not be disturbed."""
    with scene(tmp_path) as here:
        port = box_without_consent(here)
        here.run_terminal(port, context=ContextMessage(exam=True))
        here.wait(SETTLE_S)
        done = run_classbox("test-alert", SEAT, "--config", str(here.config))

    assert done.returncode == 69
    assert "the terminal refuses it: an exam is on" in done.stdout
    assert "Next: try again when the exam is over" in done.stdout


def test_without_a_service_there_is_nobody_to_ask(tmp_path: Path) -> None:
    """Code 69 and how to start it; a seat that does not exist is a mistake of its own, code 78."""
    with scene(tmp_path) as here:
        here.write()
        away = run_classbox("test-alert", SEAT, "--config", str(here.config))
        unknown = run_classbox("test-alert", "z99", "--config", str(here.config))

    assert (away.returncode, unknown.returncode) == (69, 78)
    assert "systemctl start classbox" in away.stderr
    assert "there are a01" in unknown.stderr


def test_a_teacher_asks_for_a_test_over_mqtt(tmp_path: Path) -> None:
    """Done when it is on its way; refused for a seat that the box has not."""
    with scene(tmp_path) as here:
        port = box_without_consent(here)
        with Listener(port, f"{PREFIX}/#") as teacher:
            here.wait(SETTLE_S)
            for seat in (SEAT, "z99"):
                request = ControlRequestMessage(
                    command=ControlCommand.TEST_ALERT, seat=SeatKey(seat)
                )
                teacher.publish(
                    f"{PREFIX}/control/{TEACHER}/req",
                    message_json(f"teacher/{TEACHER}", request, ttl_s=30),
                    expiry_s=30,
                )
            wait_until(lambda: len(teacher.of_type("control.response")) == 2)
            answers = [one.document["data"] for one in teacher.of_type("control.response")]
            wait_until(lambda: teacher.of_type("command.hint"))

    assert [answer["status"] for answer in answers] == ["done", "refused"]
    told = f"unattended: nobody is logged in on terminal {TERMINAL}"
    assert answers[0]["detail"].startswith(told)
