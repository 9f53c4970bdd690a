"""What was seen last is kept for those who may know, and goes with whoever it was about."""

import numpy as np

from appliance.domain.affect import Affect
from appliance.domain.tokens import SeatStatus
from appliance.service.control.board.seen import CALLED_S, SeatsSeen
from tests.support.clocks import ManualClock
from tests.support.rooms import A01, A02, Room


def test_status_state_alert_and_call_follow_the_tokens() -> None:
    """Through a lesson of somebody who tires until a teacher is called."""
    room, clock = Room(), ManualClock()
    seen = SeatsSeen([A01, A02], clock=clock)
    assert seen.of(A01).status is None

    for result in room.sit(100):
        seen.ticked(result)
    first = seen.of(A01)
    assert (first.status, first.state) == (SeatStatus.PRESENT, Affect.FATIGUED)
    assert first.since_s is not None
    assert seen.of(A02).status is None
    for result in room.sit(60):
        seen.ticked(result)
    assert seen.of(A01).alert is not None
    assert seen.of(A01).since_s == first.since_s

    room.pipeline.end_occupancy(A01)
    for result in room.sit(1):
        seen.ticked(result)
    assert (seen.of(A01).alert, seen.of(A01).state) == (None, None)


def test_a_call_is_told_for_ten_minutes_of_the_same_stay() -> None:
    """The next student was not meant."""
    room, clock = Room(), ManualClock()
    room.session.leading = np.float32(0.95)
    seen = SeatsSeen([A01, A02], clock=clock)
    for result in room.sit(280):
        seen.ticked(result)
    assert seen.teacher_called(A01)
    assert not seen.teacher_called(A02)

    clock.advance(CALLED_S)
    assert not seen.teacher_called(A01)
