"""Who has ended a student's own pause: the student, or somebody else, which is said."""

import pytest

from appliance.domain.terminals import ControlCommand, ControlReply, ControlStatus
from appliance.mqtt.contract.seats import SightReason
from appliance.screens.seats.own_pause import TOLD_S, OwnPause

PAUSE, RESUME = ControlCommand.PAUSE, ControlCommand.RESUME
PAUSED, SEEN, ROOM = SightReason.SEAT_PAUSED, SightReason.NONE, SightReason.ROOM_PAUSED
DONE = ControlReply(status=ControlStatus.DONE)


def paused() -> OwnPause:
    """Return a seat that has asked for a pause and is in it."""
    pause = OwnPause()
    pause.asks(PAUSE)
    pause.look(PAUSED, now_s=0.0)
    pause.answered(PAUSE, DONE)
    return pause


def test_somebody_else_has_ended_it_and_that_is_told_for_a_while() -> None:
    """Once: the next view says nothing new."""
    pause = paused()
    assert not pause.ended(now_s=1.0)
    pause.look(SEEN, now_s=1.0)
    assert pause.ended(now_s=1.0)
    pause.look(SEEN, now_s=50.0)
    assert pause.ended(now_s=TOLD_S)
    assert not pause.ended(now_s=1.0 + TOLD_S)


def test_the_student_has_ended_it() -> None:
    """The view may come before the answer; nobody else did anything."""
    pause = paused()
    pause.asks(RESUME)
    pause.look(SEEN, now_s=1.0)
    pause.answered(RESUME, DONE)
    assert not pause.ended(now_s=1.0)


def test_a_pause_of_the_room_hides_it_and_ends_nothing() -> None:
    """What comes before it in a view tells nothing of the seat's own pause."""
    pause = paused()
    for reason in (ROOM, PAUSED, SightReason.NO_LESSON):
        pause.look(reason, now_s=1.0)
    assert not pause.ended(now_s=1.0)
    pause.look(SightReason.CAMERA, now_s=2.0)
    assert pause.ended(now_s=2.0)


@pytest.mark.parametrize(
    "reply", [None, ControlReply(status=ControlStatus.REFUSED)], ids=["timeout", "refused"]
)
def test_a_pause_of_somebody_else_is_none_of_ones_own(reply: ControlReply | None) -> None:
    """What the box has not done was not the student's."""
    pause = OwnPause()
    pause.asks(PAUSE)
    pause.answered(PAUSE, reply)
    pause.look(PAUSED, now_s=0.0)
    pause.look(SEEN, now_s=1.0)
    assert not pause.ended(now_s=1.0)


def test_another_pause_or_another_student_takes_the_word_away() -> None:
    """It is about what was before."""
    for end in (lambda pause: pause.asks(PAUSE), OwnPause.forget):
        pause = paused()
        pause.look(SEEN, now_s=1.0)
        end(pause)
        assert not pause.ended(now_s=1.0)
