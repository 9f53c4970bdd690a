"""Cameras are open only while nothing says no."""

from appliance.service.control.closures import Closure, Closures


class Shutter:
    """Counts what happens to it."""

    def __init__(self) -> None:
        """Begin open."""
        self.open = True
        self.closures = Closures(pause=self._close, resume=self._open)

    def _close(self) -> None:
        self.open = False

    def _open(self) -> None:
        self.open = True


def test_cameras_open_when_the_last_reason_goes() -> None:
    """A resume does not open what the timetable keeps closed."""
    shutter = Shutter()
    shutter.closures.close(Closure.TIMETABLE, why="opens Monday 08:00")
    shutter.closures.close(Closure.PAUSE, why="asked for by teacher-1")
    shutter.closures.open(Closure.PAUSE)
    assert not shutter.open
    assert shutter.closures.reasons() == {Closure.TIMETABLE: "opens Monday 08:00"}
    shutter.closures.open(Closure.TIMETABLE)
    assert shutter.open


def test_the_last_reason_given_counts() -> None:
    """Closing twice is closing once, with the newer words."""
    shutter = Shutter()
    shutter.closures.close(Closure.PAUSE, why="first")
    shutter.closures.close(Closure.PAUSE, why="second")
    assert shutter.closures.reasons() == {Closure.PAUSE: "second"}
    shutter.closures.open(Closure.PAUSE)
    assert shutter.open


def test_opening_what_was_never_closed_opens_nothing() -> None:
    """A resume out of nowhere leaves the cameras as they are."""
    shutter = Shutter()
    shutter.open = False
    shutter.closures.open(Closure.PAUSE)
    assert not shutter.open
