"""Cameras are open in lessons, and only once the clock can be believed."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from appliance.scheduling.timetable import Timetable
from appliance.service.control.closures import Closure, Closures
from appliance.service.control.lessons import CLOCK_UNSET, FAILED, LessonFollower
from tests.support.clocks import ManualClock

HOUR_S = 3600.0


class Room:
    """Cameras, a timetable with one lesson, and whoever follows it."""

    def __init__(self, *, synced: bool = True) -> None:
        """Stand at the beginning of the lesson, which takes an hour."""
        self.open = True
        self.synced = synced
        self.clock = ManualClock()
        self.clock.wall = 1_799_650_800.0  # Monday 2027-01-11 07:00 UTC
        self.closures = Closures(pause=self._pause, resume=self._resume)
        self.follower = LessonFollower(
            Timetable(
                zone=ZoneInfo("Europe/Berlin"),
                lessons={0: ((timedelta(hours=8), timedelta(hours=9)),)},
            ),
            closures=self.closures,
            clock=self.clock,
            clock_synced=lambda: self.synced,
        )

    def _pause(self) -> None:
        self.open = False

    def _resume(self) -> None:
        self.open = True


def test_cameras_follow_the_lesson() -> None:
    """Open in it, closed behind it, with the time at which they open again."""
    room = Room()
    assert not room.follower.lesson  # nobody has looked yet
    room.follower.follow()
    assert room.open
    assert room.follower.lesson

    room.clock.advance(HOUR_S)
    room.follower.follow()
    assert not room.open
    assert not room.follower.lesson
    assert room.closures.reasons() == {Closure.TIMETABLE: "opens Monday 2027-01-18 08:00"}

    room.clock.advance(7 * 24 * HOUR_S - HOUR_S)
    room.follower.follow()
    assert room.open


def test_nobody_opens_the_cameras_outside_of_a_lesson() -> None:
    """Whoever ends a pause ends the pause alone."""
    room = Room()
    room.clock.advance(HOUR_S)
    room.follower.follow()
    room.closures.close(Closure.PAUSE, why="teacher")

    room.closures.open(Closure.PAUSE)
    assert not room.open


def test_a_lesson_does_not_end_a_pause() -> None:
    """The teacher's word lasts until the teacher takes it back."""
    room = Room()
    room.closures.close(Closure.PAUSE, why="teacher")
    room.follower.follow()
    assert not room.open


def test_a_clock_that_nobody_sets_keeps_them_closed() -> None:
    """Such a box would film at night; once set, the clock is believed until the process ends."""
    room = Room(synced=False)
    room.follower.follow()
    assert not room.open
    assert room.closures.reasons() == {Closure.TIMETABLE: CLOCK_UNSET}

    room.synced = True
    room.follower.follow()
    assert room.open
    room.synced = False  # the time service is started again
    room.follower.follow()
    assert room.open


def test_a_timetable_that_fails_closes_the_cameras(monkeypatch: pytest.MonkeyPatch) -> None:
    """And goes on when it works again."""
    room = Room()
    room.follower.follow()
    assert room.open
    with monkeypatch.context() as patch:
        patch.setattr(room.clock, "wall_s", lambda: float("nan"))
        with pytest.raises(ValueError, match="NaN"):
            room.follower.follow()
        assert room.closures.reasons() == {Closure.TIMETABLE: FAILED}
    room.follower.follow()
    assert room.open
