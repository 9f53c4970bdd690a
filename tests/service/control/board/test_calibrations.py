"""Two minutes known to be awake: for whoever sits there and has agreed, and for nobody else."""

from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.terminals import ControlCommand, ControlRequest, ControlRole, ControlStatus
from appliance.service.control.board.calibrations import LASTS_S, Calibrations
from tests.support.clocks import ManualClock
from tests.support.rooms import A01, Room


def asked(seat: SeatKey | None = A01) -> ControlRequest:
    """Return what a student asks."""
    return ControlRequest(
        id="1",
        command=ControlCommand.CALIBRATE,
        role=ControlRole.TERMINAL,
        client="pc-01",
        seat=seat,
        granted=None,
    )


class Desk:
    """A seat whose facts the test changes."""

    def __init__(self) -> None:
        """Begin with a student who has agreed."""
        self.clock, self.begun = ManualClock(), 0
        self.granted, self.occupancy = True, OccupancyKey("first")
        self.calibrations = Calibrations(
            permitted=lambda _: self.granted,
            occupancy=lambda _: self.occupancy or None,
            begin_anew=self._begin,
            clock=self.clock,
        )

    def _begin(self, _: SeatKey) -> None:
        self.begun += 1


def test_it_runs_for_two_minutes_and_is_done() -> None:
    """To the second."""
    desk = Desk()
    assert desk.calibrations.state(A01) == ("none", None)
    assert desk.calibrations.take(asked()).status is ControlStatus.DONE
    desk.clock.advance(LASTS_S - 1)
    assert desk.calibrations.state(A01) == ("running", 1.0)
    assert desk.calibrations.running(A01)
    desk.clock.advance(1)
    assert desk.calibrations.state(A01) == ("done", None)
    assert desk.begun == 1


def test_the_next_student_has_had_none() -> None:
    """It is about who sat there, not about the seat."""
    desk = Desk()
    desk.calibrations.take(asked())
    desk.occupancy = OccupancyKey("second")

    assert desk.calibrations.state(A01) == ("none", None)


def test_nobody_and_whoever_has_not_agreed_are_refused() -> None:
    """Nothing begins."""
    desk = Desk()
    desk.granted = False
    refused = [desk.calibrations.take(asked())]
    desk.granted, desk.occupancy = True, OccupancyKey("")
    refused += [desk.calibrations.take(asked()), desk.calibrations.take(asked(None))]

    assert {each.status for each in refused} == {ControlStatus.REFUSED}
    assert desk.begun == 0


def test_the_baseline_begins_with_the_next_token() -> None:
    """As for somebody who has just sat down, and the occupancy stays."""
    room = Room()
    room.sit(90)
    before = room.pipeline.occupancy(A01)
    room.pipeline.begin_anew(A01)
    (first,) = room.sit(0.2)

    assert first.tokens.restarted[0]
    assert first.tokens.age_s[0] < 1
    assert room.pipeline.occupancy(A01) == before is not None
