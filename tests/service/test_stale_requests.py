"""A request counts when it is made, is answered whatever it is, and may be said again if it failed.

At a Mosquitto with the shipped ACL, over restarts of the box.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from appliance.domain.seats import OccupancyKey
from appliance.domain.terminals import ControlCommand
from appliance.mqtt.contract.classroom import PresenceMessage, PresenceState
from tests.support.acl_broker import AclBroker
from tests.support.asked_boxes import (
    PC,
    TEACHER,
    TOPICS,
    AskedBox,
    Asker,
    asked_broker,
    kept_feedback,
    log_in,
    say_feedback,
    teachers_request,
)
from tests.support.disk import PRIVACY
from tests.support.messages import intervention, message_json
from tests.support.rooms import A01, A02
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

LONG_AGO = "2020-01-01T08:00:00.000Z"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[AclBroker]:
    """The room's broker."""
    with asked_broker(tmp_path / "broker") as running:
        yield running


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The box's state folder."""
    return tmp_path / "state"


def test_a_retained_grant_of_long_ago_overrides_no_revocation(
    broker: AclBroker, state: Path
) -> None:
    """It comes with every start; whoever kept it there hears that it does not count."""
    with AskedBox(state, broker) as box, Asker(broker, TEACHER) as teacher:
        document = json.loads(teachers_request(ControlCommand.CONSENT, seat=A01, granted=True))
        live = teacher.send(json.dumps(document | {"ts": LONG_AGO}), expiry_s=None, retain=True)
        teacher.ask(ControlCommand.CONSENT, seat=A01, granted=True)
        teacher.ask(ControlCommand.CONSENT, seat=A01, granted=False)
        assert not box.permitted.granted(A01)

    with Asker(broker, TEACHER) as teacher, AskedBox(state, broker) as again:
        wait_until(teacher.answers)
        granted, record = again.permitted.granted(A01), again.audit()
        said = teacher.answers()

    assert not granted
    for each in (live, *said):
        assert (each["status"], each["corr"]) == ("refused", document["id"])
        assert each["detail"].startswith("retained: ")
    refused = ("control_consent", f"teacher/{TEACHER}", "a01", "refused: retained")
    assert record.count(refused) == 2


@pytest.mark.parametrize(
    ("expiry_s", "detail"),
    [
        pytest.param(None, "no-expiry", id="no-expiry"),
        pytest.param(31, "stale", id="expiry-beyond-the-lifetime"),
        pytest.param(86400, "stale", id="expiry-of-a-day"),
    ],
)
def test_a_request_whose_age_nobody_can_tell_is_refused(
    broker: AclBroker, state: Path, expiry_s: int | None, detail: str
) -> None:
    """Nothing is erased, and both say why."""
    with AskedBox(state, broker) as box, Asker(broker, TEACHER) as teacher:
        box.room.pipeline.begin_occupancy(A01, OccupancyKey("nonce"))
        said = teacher.send(teachers_request(ControlCommand.ERASE, seat=A01), expiry_s=expiry_s)
        present = box.room.pipeline.occupancy(A01)
        record = box.audit()

    assert said["status"] == "refused"
    assert said["detail"].startswith(f"{detail}: ")
    assert present == "nonce"
    assert record == [("control_erase", f"teacher/{TEACHER}", "a01", f"refused: {detail}")]


@pytest.mark.parametrize("command", [ControlCommand.ERASE, ControlCommand.PAUSE])
def test_what_waited_for_a_box_that_was_away_is_refused(
    broker: AclBroker, state: Path, command: ControlCommand
) -> None:
    """The broker kept it in the box's session, and it has time left."""
    with AskedBox(state, broker):
        pass
    with Asker(broker, TEACHER) as teacher:
        teacher.post(teachers_request(command, seat=A01))
        with AskedBox(state, broker) as box:
            wait_until(teacher.answers)
            paused, record = box.pauses.paused(A01), box.audit()
            again = teacher.ask(command, seat=A01)
        (said, _) = teacher.answers()

    assert said["status"] == "refused"
    assert said["detail"].startswith("stale: it may be from before the box has started")
    assert not paused
    assert (f"control_{command}", f"teacher/{TEACHER}", "a01", "refused: stale") in record
    assert again["status"] == "done"


def test_what_waited_while_the_broker_was_away_counts(broker: AclBroker, state: Path) -> None:
    """The same run of the box, and the request is not over: nobody's pause is lost in a hiccup."""
    with AskedBox(state, broker) as box:
        broker.broker.stop()
        wait_until(lambda: not box.client.connected)
        broker.broker.start()
        with Asker(broker, TEACHER) as teacher:
            said = teacher.ask(ControlCommand.PAUSE, seat=A01)
            paused = box.pauses.paused(A01)

    assert (said["status"], paused) == ("done", True)


@pytest.mark.parametrize(
    ("change", "detail", "known"),
    [
        pytest.param({"data": {"command": "levitate"}}, "unsupported: ", True, id="new"),
        pytest.param({"data": {"command": 7}}, "control.request: ", True, id="wrong-type"),
        pytest.param({"data": {}}, "control.request: ", True, id="no-command"),
        pytest.param({"ttl_s": 3600}, "control.request: ", True, id="lives-too-long"),
        pytest.param({"ts": "now"}, "envelope: ", True, id="no-time"),
        pytest.param({"type": "ack"}, "", True, id="another-type"),
        pytest.param({"type": "later"}, "type later does not", True, id="unknown-type"),
        pytest.param({"id": "1"}, "envelope: ", False, id="no-id"),
        pytest.param(None, "message: expected JSON", False, id="no-json"),
    ],
)
def test_whatever_cannot_be_understood_is_answered(
    broker: AclBroker,
    state: Path,
    change: dict[str, object] | None,
    detail: str,
    *,
    known: bool,
) -> None:
    """With the request's id wherever that can be read, and to nobody but who asked."""
    document = json.loads(teachers_request(ControlCommand.PAUSE))
    text = "no JSON" if change is None else json.dumps(document | change)
    with AskedBox(state, broker) as box, ExitStack() as stack:
        pc, teacher = (stack.enter_context(Asker(broker, name)) for name in (str(PC), TEACHER))
        said = pc.send(text)
        closed = dict(box.closures.reasons())
        others = teacher.answers()

    assert (said["status"], said["corr"]) == ("refused", document["id"] if known else None)
    assert said["detail"].startswith(detail)
    assert (closed, others) == ({}, [])


def test_an_identical_repeat_after_a_failure_is_taken(broker: AclBroker, state: Path) -> None:
    """A disk that did not take an answer, and a request that failed: both may be said again."""
    with AskedBox(state, broker, on_file=(A02,)) as box, ExitStack() as stack:
        pc, teacher = (stack.enter_context(Asker(broker, name)) for name in (str(PC), TEACHER))
        box.storage.consent.revoke(A02, actor="test")
        decision = intervention()
        box.storage.decisions.record_intervention(decision, terminal=PC)
        with closing(sqlite3.connect(state / PRIVACY, isolation_level=None)) as database:
            for table in ("feedback", "consent"):
                database.execute(
                    f"CREATE TRIGGER no_{table} BEFORE INSERT ON {table} "
                    "BEGIN SELECT RAISE(FAIL, 'the disk fails'); END"
                )
            text = say_feedback(pc, decision.id)
            asked = teachers_request(ControlCommand.CONSENT, seat=A02, granted=True)
            failed = teacher.send(asked)
            wait_until(lambda: box.client.health().callback_errors == 1)
            for table in ("feedback", "consent"):
                database.execute(f"DROP TRIGGER no_{table}")
        pc.listener.publish(TOPICS.terminal(PC).feedback, text, expiry_s=60)
        done = teacher.send(asked)
        again = teacher.send(asked)  # whoever has lost the answer gets it once more
        wait_until(lambda: kept_feedback(state))
        kept, granted = kept_feedback(state), box.permitted.granted(A02)
        answers = len(teacher.answers())

    assert (failed["status"], done["status"], again, answers) == ("failed", "done", done, 3)
    assert (kept, granted) == ([(decision.id, "accepted", PC)], True)


def test_a_no_counts_under_whatever_id(broker: AclBroker, state: Path) -> None:
    """A program that gives two requests one id has asked for two things."""
    with AskedBox(state, broker) as box, Asker(broker, str(PC)) as pc:
        log_in(pc, "n" * 16)
        wait_until(lambda: box.room.pipeline.occupancy(A01) is not None)
        yes = teachers_request(ControlCommand.CONSENT, granted=True)
        given = pc.send(yes)
        before = box.permitted.granted(A01)
        taken = pc.send(yes.replace('"granted":true', '"granted":false'))

        assert (given["status"], before) == ("done", True)
        assert (taken["status"], box.permitted.granted(A01)) == ("done", False)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(('"' + "m" * 16 + '"', '"anna"'), id="short-nonce"),
        pytest.param(('"pseudonym":null', '"pseudonym":7'), id="pseudonym-no-text"),
        pytest.param(("seat/pc-01", "seat/pc-02"), id="of-another"),
    ],
)
def test_a_log_in_that_cannot_be_read_ends_the_stay_before(
    broker: AclBroker, state: Path, wrong: tuple[str, str]
) -> None:
    """One agrees, another logs in with a program that is broken: nobody has agreed."""
    with AskedBox(state, broker) as box, Asker(broker, str(PC)) as pc:
        log_in(pc, "n" * 16)
        wait_until(lambda: box.room.pipeline.occupancy(A01) is not None)
        assert pc.ask(ControlCommand.CONSENT, granted=True)["status"] == "done"
        body = PresenceMessage(state=PresenceState.ONLINE, occupant="m" * 16)
        text = message_json("seat/pc-01", body, ttl_s=None)
        assert wrong[0] in text
        pc.listener.publish(TOPICS.terminal(PC).presence, text.replace(*wrong), retain=True)
        wait_until(lambda: box.client.health().drops["invalid"] == 1)
        wait_until(lambda: not box.permitted.granted(A01))

        assert box.room.pipeline.occupancy(A01) is None
