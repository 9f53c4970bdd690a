"""Terminals and teachers are told at each change, again in time, and nothing after a lesson."""

from dataclasses import replace

from appliance.domain.seats import SeatKey, TerminalKey
from appliance.mqtt.contract.seats import BoardSeat, CalibrationState, SeatView
from appliance.service.control.board.notices import AGAIN_S, Notices
from appliance.service.control.board.standing import SeatStanding
from appliance.service.control.closures import Closure
from tests.support.clocks import ManualClock
from tests.support.standings import OBSERVED

A01, PC = SeatKey("a01"), TerminalKey("pc-01")


class Heard:
    """What was told, in order."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.words: list[str] = []

    def tell_view(self, terminal: TerminalKey, view: SeatView) -> None:
        """Note a view."""
        self.words.append(f"{terminal} {view.sight}")

    def tell_board(self, board: BoardSeat) -> None:
        """Note a board."""
        self.words.append(f"board {board.sight}")

    def clear_board(self, seat: SeatKey) -> None:
        """Note that it is gone."""
        self.words.append(f"no board of {seat}")


class Desk:
    """One seat whose standing the test changes."""

    def __init__(self) -> None:
        """Begin with an observed seat."""
        self.clock, self.heard, self.standing = ManualClock(), Heard(), OBSERVED
        self.notices = Notices(
            terminals={A01: PC},
            standings=lambda: [self.standing],
            news=self.heard,
            clock=self.clock,
        )

    def follow(self, standing: SeatStanding | None = None) -> list[str]:
        """Let a second pass; return what was told in it."""
        self.standing = standing or self.standing
        self.clock.advance(1.0)
        self.heard.words.clear()
        self.notices.follow()
        return list(self.heard.words)


def test_only_what_has_changed_is_told() -> None:
    """And a countdown is no change: the page counts by itself."""
    desk = Desk()
    counting = replace(OBSERVED, calibration=CalibrationState.RUNNING, calibrating_left_s=90.0)

    assert desk.follow() == ["pc-01 observed", "board observed"]
    assert desk.follow() == []
    assert desk.follow(replace(OBSERVED, paused=True)) == ["pc-01 paused", "board paused"]
    assert desk.follow(counting) == ["pc-01 observed", "board observed"]
    assert desk.follow(replace(counting, calibrating_left_s=89.0)) == []


def test_it_is_told_again_before_it_dies() -> None:
    """Twice within the 120 s that a message lives."""
    desk = Desk()
    desk.follow()
    told = [desk.follow() for _ in range(120)]

    assert sum(map(bool, told)) == 120 // AGAIN_S


def test_a_board_is_cleared_once_when_the_lesson_ends() -> None:
    """The student still reads why nobody is observed."""
    desk = Desk()
    over = replace(OBSERVED, closed={Closure.TIMETABLE: "opens Monday 08:00"})
    desk.follow()

    assert desk.follow(over) == ["pc-01 not-observed", "no board of a01"]
    assert desk.follow() == []
    assert desk.follow(OBSERVED) == ["pc-01 observed", "board observed"]


def test_a_box_that_starts_at_night_clears_what_the_last_run_has_left() -> None:
    """A board of yesterday may still be retained."""
    over = replace(OBSERVED, closed={Closure.TIMETABLE: ""})

    assert Desk().follow(over) == ["pc-01 not-observed", "no board of a01"]
