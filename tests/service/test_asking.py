"""Who may ask the box for what, when, and what becomes of it: at a Mosquitto with the shipped ACL.

The broker vouches for the client in the topic; role and own seat follow from it.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from appliance.domain.interventions import FeedbackKind
from appliance.domain.seats import OccupancyKey, SeatKey, TerminalKey
from appliance.domain.terminals import ControlCommand
from appliance.mqtt.contract.classroom import (
    ControlRequestMessage,
    FeedbackMessage,
    PresenceMessage,
    PresenceState,
)
from appliance.storage.pause import PauseFile
from tests.support.acl_broker import AclBroker
from tests.support.asked_boxes import (
    PC,
    STRANGER,
    TEACHER,
    TOPICS,
    AskedBox,
    Asker,
    asked_broker,
)
from tests.support.disk import PRIVACY, rows
from tests.support.messages import fresh_id, intervention, message_json
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


def request(
    command: ControlCommand, *, seat: SeatKey | None = None, granted: bool | None = None
) -> str:
    """Write a request of now that a teacher could have sent."""
    body = ControlRequestMessage(command=command, seat=seat, granted=granted)
    return message_json(f"teacher/{TEACHER}", body, ttl_s=30)


def log_in(asker: Asker, nonce: str | None) -> None:
    """Say who is logged in on a terminal, as its software does."""
    body = PresenceMessage(state=PresenceState.ONLINE, occupant=nonce)
    text = message_json(f"seat/{asker.name}", body, ttl_s=None)
    asker.listener.publish(TOPICS.terminal(TerminalKey(asker.name)).presence, text, retain=True)


def answer(asker: Asker, command: str, kind: FeedbackKind = FeedbackKind.ACCEPTED) -> str:
    """Tell what a student did with a command; return what was sent."""
    body = FeedbackMessage(kind=kind)
    text = message_json(f"seat/{asker.name}", body, ttl_s=60, corr=command)
    asker.listener.publish(TOPICS.terminal(TerminalKey(asker.name)).feedback, text, expiry_s=60)
    return text


def feedback(state: Path) -> list[tuple[object, ...]]:
    """Return the answers on record."""
    return rows(state / PRIVACY, "SELECT command, kind, terminal FROM feedback ORDER BY rowid")


def test_a_terminal_cannot_ask_in_anothers_name(broker: AclBroker, state: Path) -> None:
    """Neither on a teacher's topic, nor by writing a teacher's name on its own."""
    with AskedBox(state, broker) as box, ExitStack() as stack:
        pc, teacher = (stack.enter_context(Asker(broker, name)) for name in (str(PC), TEACHER))
        pc.listener.publish(
            TOPICS.control_request(TEACHER), request(ControlCommand.PAUSE), expiry_s=30
        )
        said = pc.send(request(ControlCommand.UNLOCK_ALL))
        closed = dict(box.closures.reasons())
        teachers = teacher.answers()
        record = box.audit()

    assert said["status"] == "refused"
    assert (closed, teachers) == ({}, [])
    assert record == [("control_unlock-all", "seat/pc-01", "", "refused")]


@pytest.mark.parametrize("command", [ControlCommand.PAUSE, ControlCommand.CONSENT])
def test_a_terminal_asks_for_its_own_seat_only(
    broker: AclBroker, state: Path, command: ControlCommand
) -> None:
    """The neighbour is neither paused nor spoken for; without a seat its own is meant."""
    with AskedBox(state, broker) as box, Asker(broker, str(PC)) as pc:
        box.storage.consent.grant(A01, actor="test")
        box.storage.consent.grant(A02, actor="test")
        neighbour = pc.ask(command, seat=A02, granted=False)
        others = [box.permitted.granted(seat) for seat in (A01, A02)]
        own = pc.ask(command, granted=False)
        after = [box.permitted.granted(seat) for seat in (A01, A02)]

    assert (neighbour["status"], neighbour["detail"]) == (
        "refused",
        "a terminal asks for its own seat only",
    )
    assert own["status"] == "done"
    assert (others, after) == ([True, True], [False, True])


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("it-1", {"aim", "test-alert"}),
        (str(PC), {"pause", "resume", "consent"}),
        (STRANGER, set()),
    ],
)
def test_a_role_may_ask_for_its_own_things(
    broker: AclBroker, state: Path, name: str, allowed: set[str]
) -> None:
    """Everything else is refused; nobody whom the configuration does not name gets anything."""
    with AskedBox(state, broker), Asker(broker, name) as asker:
        done = {
            command.value
            for command in ControlCommand
            if asker.ask(
                command, seat=A01 if command is ControlCommand.TEST_ALERT else None, granted=False
            )["status"]
            == "done"
        }
    assert done == allowed


def test_a_retained_grant_of_long_ago_overrides_no_revocation(
    broker: AclBroker, state: Path
) -> None:
    """It comes with every start; whoever kept it there hears that it does not count."""
    with AskedBox(state, broker) as box, Asker(broker, TEACHER) as teacher:
        document = json.loads(request(ControlCommand.CONSENT, seat=A01, granted=True))
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
        said = teacher.send(request(ControlCommand.ERASE, seat=A01), expiry_s=expiry_s)
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
        teacher.post(request(command, seat=A01))
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
        pytest.param({"data": {"command": "calibrate"}}, "unsupported: ", True, id="new"),
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
    document = json.loads(request(ControlCommand.PAUSE))
    text = "no JSON" if change is None else json.dumps(document | change)
    with AskedBox(state, broker) as box, ExitStack() as stack:
        pc, teacher = (stack.enter_context(Asker(broker, name)) for name in (str(PC), TEACHER))
        said = pc.send(text)
        closed = dict(box.closures.reasons())
        others = teacher.answers()

    assert (said["status"], said["corr"]) == ("refused", document["id"] if known else None)
    assert said["detail"].startswith(detail)
    assert (closed, others) == ({}, [])


def test_a_pause_of_a_seat_survives_a_restart(broker: AclBroker, state: Path) -> None:
    """The seat alone, whatever becomes of the database; the room's resume does not end it."""
    with AskedBox(state, broker) as box, ExitStack() as stack:
        pc, teacher = (stack.enter_context(Asker(broker, name)) for name in (str(PC), TEACHER))
        for seat in (A01, A02):
            box.storage.consent.grant(seat, actor="test")
        assert pc.ask(ControlCommand.PAUSE)["status"] == "done"
        resumed = teacher.ask(ControlCommand.RESUME)
        before = [box.permitted.granted(seat) for seat in (A01, A02)]
        cameras = dict(box.closures.reasons())

    with AskedBox(state, broker) as again, Asker(broker, str(PC)) as pc:
        after = [again.permitted.granted(seat) for seat in (A01, A02)]
        pc.ask(ControlCommand.RESUME)
        open_again = again.permitted.granted(A01)
        record = again.audit()

    assert resumed["detail"] == "seats that stay paused: a01"
    assert (before, cameras) == ([False, True], {})
    assert (after, open_again) == ([False, True], True)
    assert ("control_pause", "seat/pc-01", "a01", "") in record
    assert ("control_resume", "seat/pc-01", "a01", "") in record


@pytest.mark.parametrize("first", ["teacher", "terminal"])
def test_a_terminal_cannot_resume_what_a_teacher_has_paused(
    broker: AclBroker, state: Path, first: str
) -> None:
    """Whoever of the two paused first, also after a restart; its own pause it can end."""
    with AskedBox(state, broker) as box, ExitStack() as stack:
        pc, teacher = (stack.enter_context(Asker(broker, name)) for name in (str(PC), TEACHER))
        both = [
            lambda: teacher.ask(ControlCommand.PAUSE, seat=A01),
            lambda: pc.ask(ControlCommand.PAUSE),
        ]
        for pause in both if first == "teacher" else reversed(both):
            assert pause()["status"] == "done"
        refused = pc.ask(ControlCommand.RESUME)
        assert box.pauses.paused(A01)

    with AskedBox(state, broker) as box, ExitStack() as stack:
        pc, teacher = (stack.enter_context(Asker(broker, name)) for name in (str(PC), TEACHER))
        again = pc.ask(ControlCommand.RESUME)
        assert box.pauses.paused(A01)
        resumed = teacher.ask(ControlCommand.RESUME, seat=A01)
        paused = box.pauses.paused(A01)

    assert refused["status"] == again["status"] == "refused"
    assert "somebody else has paused this seat" in refused["detail"]
    assert (resumed["status"], paused) == ("done", False)
    assert PauseFile(state, seat=A01).read() is None


def test_a_student_says_no_and_yes_for_the_present_log_in(broker: AclBroker, state: Path) -> None:
    """Nobody consents for whoever comes next, and a yes after a no counts for the same student."""
    with AskedBox(state, broker) as box, Asker(broker, str(PC)) as pc:
        nobody = pc.ask(ControlCommand.CONSENT, granted=True)
        log_in(pc, "first-student")
        granted = []
        for word in (True, False, True):
            assert pc.ask(ControlCommand.CONSENT, granted=word)["status"] == "done"
            granted.append(box.permitted.granted(A01))
        log_in(pc, "other-student")
        wait_until(lambda: box.room.pipeline.occupancy(A01) == "other-student")
        next_one = box.permitted.granted(A01)

    assert nobody["status"] == "refused"
    assert granted == [True, False, True]
    assert not next_one


def test_unlocking_a_seat_unlocks_it_alone(broker: AclBroker, state: Path) -> None:
    """And without a seat everybody; a seat that the box has not is refused."""
    with AskedBox(state, broker) as box, ExitStack() as stack:
        one, other, teacher = (
            stack.enter_context(Asker(broker, name)) for name in (str(PC), "pc-02", TEACHER)
        )
        stranger = teacher.ask(ControlCommand.UNLOCK_ALL, seat=SeatKey("z99"))
        teacher.ask(ControlCommand.UNLOCK_ALL, seat=A02)
        wait_until(lambda: other.listener.of_type("command.unlock_screen"))
        alone = len(one.listener.of_type("command.unlock_screen"))
        teacher.ask(ControlCommand.UNLOCK_ALL)
        wait_until(lambda: one.listener.of_type("command.unlock_screen"))
        sent = box.client.health().published

    assert (stranger["status"], alone, sent) == ("refused", 0, 3)


def test_an_answer_counts_only_for_a_command_of_that_terminal(
    broker: AclBroker, state: Path
) -> None:
    """What was made up or sent to another is dropped, counted, and stored nowhere."""
    with AskedBox(state, broker) as box, ExitStack() as stack:
        pc, other = (stack.enter_context(Asker(broker, name)) for name in (str(PC), "pc-02"))
        decision = intervention()
        box.storage.decisions.record_intervention(decision, terminal=PC)
        for _ in range(3):
            answer(pc, fresh_id())
        answer(other, decision.id)
        answer(pc, decision.id)
        wait_until(lambda: feedback(state))
        wait_until(lambda: box.client.health().drops["invalid"] == 4)

        assert feedback(state) == [(decision.id, "accepted", PC)]


def test_an_identical_repeat_after_a_failure_is_taken(broker: AclBroker, state: Path) -> None:
    """A disk that did not take an answer, and a request that failed: both may be said again."""
    with AskedBox(state, broker) as box, ExitStack() as stack:
        pc, teacher = (stack.enter_context(Asker(broker, name)) for name in (str(PC), TEACHER))
        decision = intervention()
        box.storage.decisions.record_intervention(decision, terminal=PC)
        with closing(sqlite3.connect(state / PRIVACY, isolation_level=None)) as database:
            for table in ("feedback", "consent"):
                database.execute(
                    f"CREATE TRIGGER no_{table} BEFORE INSERT ON {table} "
                    "BEGIN SELECT RAISE(FAIL, 'the disk fails'); END"
                )
            text = answer(pc, decision.id)
            asked = request(ControlCommand.CONSENT, seat=A02, granted=True)
            failed = teacher.send(asked)
            wait_until(lambda: box.client.health().callback_errors == 1)
            for table in ("feedback", "consent"):
                database.execute(f"DROP TRIGGER no_{table}")
        pc.listener.publish(TOPICS.terminal(PC).feedback, text, expiry_s=60)
        done = teacher.send(asked)
        teacher.post(asked)  # and a third time nothing
        wait_until(lambda: feedback(state))
        kept, granted = feedback(state), box.permitted.granted(A02)
        answers = len(teacher.answers())

    assert (failed["status"], done["status"], answers) == ("failed", "done", 2)
    assert (kept, granted) == ([(decision.id, "accepted", PC)], True)
