"""Who may ask the box for what, when, and what becomes of it: at a Mosquitto with the shipped ACL.

The broker vouches for the client in the topic; role and own seat follow from it.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from appliance.domain.seats import SeatKey
from appliance.domain.terminals import ControlCommand
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
    kept_feedback,
    log_in,
    say_feedback,
    teachers_request,
)
from tests.support.messages import fresh_id, intervention
from tests.support.rooms import A01, A02
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[AclBroker]:
    """The room's broker."""
    with asked_broker(tmp_path / "broker") as running:
        yield running


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The box's state folder."""
    return tmp_path / "state"


def test_a_terminal_cannot_ask_in_anothers_name(broker: AclBroker, state: Path) -> None:
    """Neither on a teacher's topic, nor by writing a teacher's name on its own."""
    with AskedBox(state, broker) as box, ExitStack() as stack:
        pc, teacher = (stack.enter_context(Asker(broker, name)) for name in (str(PC), TEACHER))
        pc.listener.publish(
            TOPICS.control_request(TEACHER), teachers_request(ControlCommand.PAUSE), expiry_s=30
        )
        said = pc.send(teachers_request(ControlCommand.UNLOCK_ALL))
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
    with AskedBox(state, broker, on_file=(A01, A02)) as box, Asker(broker, str(PC)) as pc:
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


def test_a_terminal_takes_no_refusal_back_for_everybody(broker: AclBroker, state: Path) -> None:
    """Where the school holds the consent, a yes would be everybody's: a teacher has to give it."""
    with (
        AskedBox(state, broker, on_file=(A01,)) as box,
        Asker(broker, str(PC)) as pc,
        Asker(broker, TEACHER) as teacher,
    ):
        assert pc.ask(ControlCommand.CONSENT, granted=False)["status"] == "done"
        again = pc.ask(ControlCommand.CONSENT, granted=True)
        refused = not box.permitted.granted(A01)
        given = teacher.ask(ControlCommand.CONSENT, seat=A01, granted=True)

        assert (again["status"], refused) == ("refused", True)
        assert (given["status"], box.permitted.granted(A01)) == ("done", True)


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("it-1", {"aim", "test-alert"}),
        (str(PC), {"pause", "resume", "consent", "calibrate"}),
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
                command,
                seat=A01 if command is ControlCommand.TEST_ALERT else None,
                granted=False,
                on=True,
            )["status"]
            == "done"
        }
    assert done == allowed


def test_a_pause_of_a_seat_survives_a_restart(broker: AclBroker, state: Path) -> None:
    """The seat alone, whatever becomes of the database; the room's resume does not end it."""
    with AskedBox(state, broker, on_file=(A01, A02)) as box, ExitStack() as stack:
        pc, teacher = (stack.enter_context(Asker(broker, name)) for name in (str(PC), TEACHER))
        assert pc.ask(ControlCommand.PAUSE)["status"] == "done"
        resumed = teacher.ask(ControlCommand.RESUME)
        before = [box.permitted.granted(seat) for seat in (A01, A02)]
        cameras = dict(box.closures.reasons())

    with AskedBox(state, broker, on_file=(A01, A02)) as again, Asker(broker, str(PC)) as pc:
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
    """And without a seat everybody, once each; a seat that the box has not is refused."""
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

    assert (stranger["status"], alone, sent) == ("refused", 0, 2)


def test_an_answer_counts_only_for_a_command_of_that_terminal(
    broker: AclBroker, state: Path
) -> None:
    """What was made up or sent to another is dropped, counted, and stored nowhere."""
    with AskedBox(state, broker) as box, ExitStack() as stack:
        pc, other = (stack.enter_context(Asker(broker, name)) for name in (str(PC), "pc-02"))
        decision = intervention()
        box.storage.decisions.record_intervention(decision, terminal=PC)
        for _ in range(3):
            say_feedback(pc, fresh_id())
        say_feedback(other, decision.id)
        say_feedback(pc, decision.id)
        wait_until(lambda: kept_feedback(state))
        wait_until(lambda: box.client.health().drops["invalid"] == 4)

        assert kept_feedback(state) == [(decision.id, "accepted", PC)]
