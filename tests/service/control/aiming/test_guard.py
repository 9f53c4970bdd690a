"""A camera is not pointed at somebody who has not agreed, unless staff who are there say they have.

Staff sit on the seats before the lesson; nobody is logged in then.
"""

import pytest

from appliance.domain.frames import CameraKey
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.service.control.aiming.guard import AimGuard
from appliance.service.control.closures import Closure, Closures

FRONT, BACK = CameraKey("front"), CameraKey("back")
A01, A02, B01 = SeatKey("a01"), SeatKey("a02"), SeatKey("b01")


class Room:
    """Who sits where, and what they have said."""

    def __init__(self) -> None:
        """Begin with an empty room in which nobody was asked."""
        self.agreed: set[SeatKey] = set()
        self.refusals: set[SeatKey] = set()
        self.pauses: set[SeatKey] = set()
        self.present: dict[SeatKey, OccupancyKey] = {}
        self.closures = Closures(pause=lambda: None, resume=lambda: None)
        self.guard = AimGuard(
            seats={FRONT: [A01, A02], BACK: [B01]},
            closures=self.closures,
            permitted=self,
            occupancy=self.present.get,
        )

    def granted(self, seat: SeatKey) -> bool:
        """Tell who has agreed."""
        return seat in self.agreed

    def refused(self, seat: SeatKey) -> bool:
        """Tell who has refused."""
        return seat in self.refusals

    def paused(self, seat: SeatKey) -> bool:
        """Tell whose seat is paused."""
        return seat in self.pauses

    def sit(self, seat: SeatKey) -> None:
        """Log somebody in."""
        self.present[seat] = OccupancyKey("somebody")


def test_an_empty_room_may_be_aimed_at() -> None:
    """That nobody has agreed yet does not matter: nobody is known to be there."""
    assert Room().guard.objection(FRONT, informed=False) == ""


def test_whoever_has_agreed_may_be_there() -> None:
    """Consent covers it."""
    room = Room()
    room.sit(A01)
    room.agreed.add(A01)
    assert room.guard.objection(FRONT, informed=False) == ""


def test_somebody_who_was_not_asked_stops_it() -> None:
    """The seat is named, and the other camera is not concerned."""
    room = Room()
    room.sit(A02)
    assert "logged in on seat a02" in room.guard.objection(FRONT, informed=False)
    assert room.guard.objection(BACK, informed=False) == ""


def test_a_refusal_stops_it_also_from_an_empty_seat() -> None:
    """Whoever refused may sit there without being logged in."""
    room = Room()
    room.refusals.add(A01)
    assert "refused on seat a01" in room.guard.objection(FRONT, informed=False)


def test_a_pause_of_a_seat_stops_it() -> None:
    """Also where consent was given; the other camera is not concerned."""
    room = Room()
    room.agreed.add(A01)
    room.pauses.add(A01)
    assert "a pause was asked for on seat a01" in room.guard.objection(FRONT, informed=False)
    assert room.guard.objection(BACK, informed=False) == ""


def test_staff_who_are_there_may_say_that_all_agree() -> None:
    """Whoever refused has left the room, for example."""
    room = Room()
    room.refusals.add(A01)
    room.sit(A02)
    assert room.guard.objection(FRONT, informed=True) == ""


def test_outside_of_lessons_it_is_said_how_to_aim() -> None:
    """That is when staff do it."""
    room = Room()
    room.closures.close(Closure.TIMETABLE, why="opens Monday 08:00")
    assert "systemctl stop classbox" in room.guard.objection(FRONT, informed=False)


@pytest.mark.parametrize("informed", [False, True])
def test_closed_cameras_stay_closed(informed: bool) -> None:
    """Nobody's word opens them for aiming."""
    room = Room()
    room.closures.close(Closure.PAUSE, why="asked for by teacher/t1")
    assert "pause: asked for by teacher/t1" in room.guard.objection(FRONT, informed=informed)
