"""The reference terminal keeps the promises of the contract, over a real broker."""

import time

import pytest

from appliance.domain.interventions import FeedbackKind
from appliance.mqtt.contract.classroom import ContextMessage
from appliance.mqtt.contract.commands import (
    CommandBody,
    FocusBreak,
    Hint,
    LockScreen,
    MandatoryRest,
    UnlockScreen,
)
from appliance.mqtt.contract.schemas import Contracts
from appliance.mqtt.private_broker import PrivateBroker
from tests.support.listener import Listener
from tests.support.messages import message_json
from tests.support.terminals import PREFIX, MakeSeat
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

HINT = Hint(text="Need a hint?", topic="fractions")
LOCK = LockScreen(text="Break", lock_s=30.0)
REST = MandatoryRest(text="Rest", rest_s=300.0, escape=True)
DONE = ["received", "started", "succeeded"]


def test_a_command_is_received_started_answered_and_succeeds(make_seat: MakeSeat) -> None:
    """Shown once; what the student did is told; every message keeps the contract."""
    seat = make_seat()
    command = seat.deliver(seat.command(HINT))
    wait_until(lambda: seat.statuses(command) == DONE)

    assert seat.screen.shown == [(HINT, None)]
    assert seat.feedback(command) == ["accepted"]
    contracts = Contracts.load()
    for each in seat.listener.heard:
        contracts.check(each.document, schema=each.document["type"])
    assert [event.step for event in seat.events] == [
        "received",
        "started",
        "feedback.accepted",
        "succeeded",
    ]


def test_a_duplicate_is_answered_again_but_not_shown_again(make_seat: MakeSeat) -> None:
    """The box asks because an answer may have been lost; feedback keeps its id."""
    seat = make_seat(auto=FeedbackKind.DISMISSED)
    document = seat.command(HINT)
    command = seat.deliver(document)
    wait_until(lambda: seat.statuses(command) == DONE)

    seat.deliver(document)
    wait_until(lambda: seat.statuses(command) == [*DONE, "succeeded"])

    assert len(seat.screen.shown) == 1
    feedback = seat.answers_to(command, "feedback")
    assert len(feedback) == 2
    assert len({each.document["id"] for each in feedback}) == 1


def test_a_lock_ends_by_itself_and_duplicates_never_extend_it(make_seat: MakeSeat) -> None:
    """Half a second here; duplicates keep coming all the while."""
    seat = make_seat()
    document = seat.command(LOCK)
    began_s = time.monotonic()
    command = seat.deliver(document)
    wait_until(lambda: seat.screen.covered)
    while seat.screen.covered:
        seat.deliver(document)
        assert time.monotonic() - began_s < 5.0
        time.sleep(0.05)
    lasted_s = time.monotonic() - began_s

    wait_until(lambda: seat.screen.released == [LOCK])
    wait_until(lambda: "succeeded" in seat.statuses(command))
    assert lasted_s >= 0.5
    assert len(seat.screen.shown) == 1


def test_a_second_lock_is_refused_while_one_holds(make_seat: MakeSeat) -> None:
    """Two locks in a row would be one long lock."""
    seat = make_seat()
    first = seat.deliver(seat.command(LOCK))
    second = seat.deliver(seat.command(LOCK))
    wait_until(lambda: seat.statuses(first) == DONE)

    assert seat.statuses(second) == ["rejected/busy"]


def test_a_lock_ends_with_the_broker_dead(broker: PrivateBroker, make_seat: MakeSeat) -> None:
    """The terminal's own timer needs nobody."""
    seat = make_seat()
    seat.deliver(seat.command(LOCK))
    wait_until(lambda: seat.screen.covered)
    broker.kill()

    wait_until(lambda: not seat.screen.covered, timeout_s=3.0)
    wait_until(lambda: seat.screen.released == [LOCK])


def test_a_lock_ends_and_is_reported_failed_when_the_screen_breaks(make_seat: MakeSeat) -> None:
    """The box must not believe that the student saw something."""
    seat = make_seat()
    seat.screen.broken = True
    command = seat.deliver(seat.command(LOCK))
    wait_until(lambda: seat.statuses(command) == ["received", "failed/terminal-error"])

    seat.screen.broken = False
    again = seat.deliver(seat.command(LOCK))
    wait_until(lambda: seat.statuses(again) == DONE)


@pytest.mark.parametrize(
    ("auto", "feedback"),
    [(FeedbackKind.ACCEPTED, ["accepted", "completed"]), (FeedbackKind.DISMISSED, ["dismissed"])],
)
def test_a_rest_can_always_be_left(
    make_seat: MakeSeat, auto: FeedbackKind, feedback: list[str]
) -> None:
    """Accepted it runs to its end and is completed; dismissed it is over at once."""
    seat = make_seat(auto=auto)
    command = seat.deliver(seat.command(REST))
    wait_until(lambda: seat.statuses(command) == DONE)

    assert seat.feedback(command) == feedback
    assert seat.screen.released == [REST]


def test_a_teacher_can_end_a_lock(make_seat: MakeSeat) -> None:
    """Unlock takes effect at once and is itself acknowledged."""
    seat = make_seat()
    lock = seat.deliver(seat.command(LOCK))
    wait_until(lambda: seat.screen.covered)
    unlock = seat.deliver(seat.command(UnlockScreen(text="Go on")))
    wait_until(lambda: not seat.screen.covered)

    wait_until(lambda: seat.statuses(unlock) == DONE and seat.statuses(lock) == DONE)


def test_an_unlock_that_ends_nothing_is_not_shown(make_seat: MakeSeat) -> None:
    """Nothing was locked, so nothing was ended; it is acknowledged all the same."""
    seat = make_seat()
    unlock = seat.deliver(seat.command(UnlockScreen(text="Go on")))

    wait_until(lambda: seat.statuses(unlock) == ["received", "succeeded"])
    assert seat.screen.shown == []


def test_a_command_without_expiry_is_dropped(make_seat: MakeSeat) -> None:
    """It could be a year old; the box hears why nothing happened."""
    seat = make_seat()
    command = seat.deliver(seat.command(HINT), expiry_s=None)
    wait_until(lambda: seat.statuses(command) == ["rejected/no-expiry"])

    assert seat.screen.shown == []


def test_an_unknown_action_is_rejected_as_unsupported(make_seat: MakeSeat) -> None:
    """A newer box finds out what this terminal cannot do."""
    seat = make_seat()
    command = seat.deliver({**seat.command(HINT), "type": "command.play_music"})

    wait_until(lambda: seat.statuses(command) == ["rejected/unsupported"])


def test_wrong_data_are_rejected_as_invalid(make_seat: MakeSeat) -> None:
    """A lock of an hour is not cut to 30 s but refused: its sender is broken."""
    seat = make_seat()
    document = seat.command(LOCK)
    document["data"]["lock_s"] = 3600
    command = seat.deliver(document)
    wait_until(lambda: seat.statuses(command) == ["rejected/invalid"])

    assert seat.screen.shown == []


@pytest.mark.parametrize("src", ["seat/terminal-08", "teacher/teacher-1"])
def test_only_a_box_can_command(make_seat: MakeSeat, src: str) -> None:
    """The broker's ACL says so too; the terminal does not rely on it."""
    seat = make_seat()
    seat.deliver(seat.command(LOCK, src=src))
    after = seat.deliver(seat.command(HINT))
    wait_until(lambda: seat.statuses(after) == DONE)

    assert seat.screen.shown == [(HINT, None)]
    assert {event.command for event in seat.events} == {after}


def test_a_retained_command_is_dropped(broker: PrivateBroker, make_seat: MakeSeat) -> None:
    """Commands are events; a retained one would come back at every log-in."""
    with Listener(broker.port) as careless:
        text = message_json("box/box-1", HINT, ttl_s=60)
        careless.publish(f"{PREFIX}/cmd", text, expiry_s=60, retain=True)

    seat = make_seat()
    after = seat.deliver(seat.command(LOCK))
    wait_until(lambda: seat.statuses(after) == DONE)

    assert [command for command, _ in seat.screen.shown] == [LOCK]


@pytest.mark.parametrize(
    ("context", "body", "status"),
    [
        pytest.param(ContextMessage(exam=True), HINT, "rejected/exam", id="exam-hint"),
        pytest.param(ContextMessage(exam=True), LOCK, "rejected/exam", id="exam-lock"),
        pytest.param(ContextMessage(unsaved=True), LOCK, "rejected/unsaved", id="unsaved-lock"),
        pytest.param(ContextMessage(unsaved=True), REST, "rejected/unsaved", id="unsaved-rest"),
        pytest.param(ContextMessage(unsaved=True), HINT, "received", id="unsaved-hint"),
        pytest.param(ContextMessage(exam=True), UnlockScreen(text="x"), "received", id="unlock"),
    ],
)
def test_the_terminal_knows_when_not_to_interrupt(
    make_seat: MakeSeat, context: ContextMessage, body: CommandBody, status: str
) -> None:
    """The last word about an exam or unsaved work is with the machine that has it."""
    seat = make_seat(context=context)
    command = seat.deliver(seat.command(body))

    wait_until(lambda: seat.statuses(command)[:1] == [status])


def test_presence_is_fresh_for_each_log_in_and_offline_at_the_end(
    broker: PrivateBroker, make_seat: MakeSeat
) -> None:
    """The nonce is random and new; nobody can link two log-ins by it."""
    seat = make_seat()
    seat.terminal.log_in()
    seat.terminal.log_out()
    presence = f"{PREFIX}/presence"
    wait_until(lambda: len(seat.listener.on(presence)) >= 2 and _occupant(seat.listener) is None)
    nonces = {each.document["data"]["occupant"] for each in seat.listener.on(presence)}
    assert len(nonces - {None}) == len(seat.listener.on(presence)) - 1

    seat.terminal.stop()

    with Listener(broker.port, presence) as late:
        wait_until(lambda: late.heard)
    assert [each.document["data"]["state"] for each in late.heard] == ["offline"]
    assert late.heard[0].retained


def test_context_is_retained_with_its_lifetime(broker: PrivateBroker, make_seat: MakeSeat) -> None:
    """A box that starts later knows what the student works on, for 15 minutes."""
    seat = make_seat(context=ContextMessage(topic="algebra", difficulty=0.5))
    wait_until(lambda: seat.listener.on(f"{PREFIX}/context"))

    with Listener(broker.port, f"{PREFIX}/context") as late:
        wait_until(lambda: late.heard)
    assert late.heard[0].retained
    assert late.heard[0].document["data"]["topic"] == "algebra"
    assert late.heard[0].expiry_s is not None
    assert 890 <= late.heard[0].expiry_s <= 900


def test_stopping_in_the_middle_of_a_lock_frees_the_screen(make_seat: MakeSeat) -> None:
    """Logging out must never leave a covered screen behind."""
    seat = make_seat()
    command = seat.deliver(seat.command(LOCK))
    wait_until(lambda: seat.screen.covered)

    assert seat.terminal.stop()

    assert seat.screen.released == [LOCK]
    wait_until(lambda: seat.statuses(command) == DONE)


def test_a_pop_up_offers_what_the_box_says(make_seat: MakeSeat) -> None:
    """The optional timer and the eye settings reach the screen."""
    seat = make_seat()
    body = FocusBreak(text="Look up", timer_s=300.0, eye_settings=True)
    seat.deliver(seat.command(body))

    wait_until(lambda: seat.screen.shown == [(body, None)])


def _occupant(listener: Listener) -> object:
    return listener.on(f"{PREFIX}/presence")[-1].document["data"]["occupant"]
