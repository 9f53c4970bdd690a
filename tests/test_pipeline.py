"""From observations to a command: the stages connected, with a scripted model."""

import pytest

from appliance.domain.affect import Affect, ReadingStatus
from appliance.domain.interventions import Action, TaskContext
from appliance.domain.seats import TerminalKey
from appliance.domain.tokens import SeatStatus
from tests.support.rooms import A01, Room


def test_a_tired_student_gets_what_table_1_names() -> None:
    """The warm-up counts for nothing; then 3 minutes above 0.6 lead to a reminder with a lock."""
    room = Room()

    results = room.sit(240)

    decisions = [one for result in results for one in result.interventions]
    assert [(one.seat, one.affect, one.action, one.rule) for one in decisions] == [
        (A01, Affect.FATIGUED, Action.REMINDER_LOCK_30S, "2")
    ]
    # 20 s of warm-up, 30 s until the first mean, and more than 180 s above the level.
    assert decisions[0].at_s == pytest.approx(20 + 30 + 180, abs=1.5)
    opened = [alert for result in results for alert in result.alerts if alert.opened]
    assert [alert.affect for alert in opened] == [Affect.FATIGUED]
    # The teacher hears of it once, a minute later: somebody else might have joined.
    (message,) = [one for result in results for one in result.messages]
    assert [alert.seat for alert in message.alerts] == [A01]
    assert message.alerts[0].at_s == pytest.approx(opened[0].at_s + 60, abs=1.5)


def test_only_seats_that_are_due_are_read() -> None:
    """A camera that is behind does not age the seats of the others."""
    room = Room()

    results = room.sit(1)

    assert all([reading.seat for reading in result.readings] == [A01] for result in results)
    assert results[-1].readings[0].status is ReadingStatus.WARMING_UP


def test_without_consent_nothing_is_kept() -> None:
    """Revoking ends everything that was learnt; granting again starts from nothing."""
    room = Room()
    room.sit(30)
    room.consent.seats.discard(A01)

    denied = room.sit(1)[-1]
    room.consent.seats.add(A01)
    again = room.sit(1)[-1]

    assert denied.tokens.status[0] is SeatStatus.NO_CONSENT
    assert denied.readings[0].status is ReadingStatus.ABSENT
    assert float(denied.tokens.face[0].max()) == 0
    assert again.readings[0].status is ReadingStatus.WARMING_UP


@pytest.mark.parametrize("how", ["revoked", "logged-out"])
def test_an_open_alert_ends_with_the_occupancy(how: str) -> None:
    """The teacher's list does not keep somebody who has left."""
    room = Room()
    room.sit(130)
    if how == "revoked":
        room.consent.seats.discard(A01)
    else:
        room.pipeline.end_occupancy(A01)

    results = room.sit(0.4)

    cleared = [alert.seat for result in results for alert in result.alerts if alert.cleared]
    assert cleared == [A01]


def test_an_exam_and_the_switch_keep_the_screen_free() -> None:
    """The decision is refused with its cause, and nothing is sent."""
    exam, off = Room(), Room(enabled=False)
    exam.contexts[A01] = TaskContext(terminal=TerminalKey("pc-01"), exam=True)

    for room, cause in ((exam, "exam"), (off, "kill_switch")):
        results = room.sit(240)
        assert [one for result in results for one in result.interventions] == []
        refusals = [one for result in results for one in result.refusals]
        assert [(one.rule, one.cause) for one in refusals] == [("2", cause)]


def test_a_restart_goes_on_where_it_stopped() -> None:
    """An episode that was two minutes old is not two minutes younger afterwards."""
    room = Room()
    told = [one for result in room.sit(180) for one in result.messages]
    snapshot = room.pipeline.snapshot()
    key = room.pipeline.occupancy(A01)
    assert key is not None

    room.pipeline = room.connect()
    assert room.pipeline.restore(snapshot, shift_s=0.0)
    results = room.sit(90)

    decisions = [one for result in results for one in result.interventions]
    assert [one.rule for one in decisions] == ["2"]
    assert room.pipeline.occupancy(A01) == key
    assert len(told) == 1  # and not again by a box that has forgotten
    assert [one for result in results for one in result.messages] == []
