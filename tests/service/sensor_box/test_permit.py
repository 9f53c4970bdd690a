"""At whom a sensor may look: nobody, until a lease says so, and only while nobody refuses."""

import pytest

from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.terminals import ControlCommand
from appliance.mqtt.contract.classroom import ControlRequestMessage
from appliance.mqtt.contract.seats import SightReason
from appliance.mqtt.contract.sensors import SeatLease, SensorLease
from appliance.service.sensor_box.permit import LookPermit
from tests.support.clocks import ManualClock

ONE, TWO = SeatKey("a01"), SeatKey("a02")
PC = TerminalKey("pc-01")
NO = ControlRequestMessage(command=ControlCommand.CONSENT, granted=False)


class Desk:
    """A sensor of two seats, and the decider that leases them."""

    def __init__(self) -> None:
        """Nothing has been said."""
        self.clock = ManualClock()
        self.permit = LookPermit(
            seats={ONE: PC, TWO: TerminalKey("pc-02")},
            teachers=["teacher-1"],
            profile="four-state",
            monotonic=self.clock.monotonic_s,
        )

    def lease(
        self,
        *,
        allowed: bool = True,
        occupant: str | None = "login-1",
        heard: tuple[str, ...] = (),
        calibrate: int = 0,
        profile: str = "four-state",
        old_s: float = 0.0,
    ) -> None:
        """Let one come."""
        seat = SeatLease(allowed=allowed, occupant=occupant, calibrate=calibrate)
        lease = SensorLease(
            decider="box-1", profile=profile, seats={ONE: seat, TWO: seat}, heard=heard
        )
        self.permit.take_lease(lease, sent_s=self.clock.monotonic_s() - old_s)

    def open(self) -> list[SeatKey]:
        """Seats that may be looked at."""
        return [seat for seat in (ONE, TWO) if self.permit.granted(seat)]


@pytest.fixture(name="desk")
def the_desk() -> Desk:
    """One for each test."""
    return Desk()


def test_without_a_lease_nobody_is_looked_at(desk: Desk) -> None:
    """Default deny."""
    assert desk.open() == []
    assert desk.permit.why(ONE) is SightReason.STARTING


def test_a_lease_ends_in_time_to_be_closed_within_ten_seconds(desk: Desk) -> None:
    """Of the sensor's own clock; and then all is forgotten."""
    desk.lease()
    desk.permit.settle()
    desk.clock.advance(9.4)
    before = desk.open(), desk.permit.settle().forget
    desk.clock.advance(0.2)

    assert before == ([ONE, TWO], frozenset())
    assert desk.open() == []
    assert desk.permit.settle().forget == {ONE, TWO}


def test_a_lapse_between_two_leases_is_a_lapse_all_the_same(desk: Desk) -> None:
    """Also where nobody looked in between."""
    desk.lease()
    desk.permit.settle()
    desk.clock.advance(11)
    desk.lease()

    orders = desk.permit.settle()

    assert orders.forget == {ONE, TWO}
    assert orders.begin == {ONE: "login-1", TWO: "login-1"}


def test_a_lease_that_lay_in_a_socket_is_as_old_as_it_is(desk: Desk) -> None:
    """A machine that slept does not look on yesterday's word."""
    desk.lease(old_s=10.5)
    slept = desk.open()
    desk.lease(old_s=8)
    desk.clock.advance(2.5)

    assert slept == desk.open() == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (NO, SightReason.NO_CONSENT),
        (ControlRequestMessage(command=ControlCommand.PAUSE), SightReason.SEAT_PAUSED),
        (ControlRequestMessage(command=ControlCommand.ERASE), SightReason.NO_CONSENT),
    ],
)
def test_a_terminal_closes_its_own_seat_at_once(
    desk: Desk, body: ControlRequestMessage, reason: SightReason
) -> None:
    """And no other."""
    desk.lease()
    desk.permit.settle()
    desk.permit.hear_request("r1", client="pc-01", body=body)

    assert desk.open() == [TWO]
    assert desk.permit.why(ONE) is reason
    assert desk.permit.settle().forget == {ONE}


def test_only_a_lease_that_has_heard_the_refusal_opens_again(desk: Desk) -> None:
    """One that was on its way does not."""
    desk.lease()
    desk.permit.hear_request("r1", client="pc-01", body=NO)
    desk.lease(heard=("r0",))
    crossed = desk.open()
    desk.lease(heard=("r0", "r1"), allowed=False)
    denied = desk.open()
    desk.lease(heard=("r1", "r2"))

    assert (crossed, denied, desk.open()) == ([TWO], [], [ONE, TWO])


def test_every_refusal_has_to_be_heard(desk: Desk) -> None:
    """Two people may say no at one moment."""
    desk.lease()
    desk.permit.hear_request("r1", client="pc-01", body=NO)
    desk.permit.hear_request("r2", client="teacher-1", body=NO)
    desk.lease(heard=("r1",))
    one = desk.open()
    desk.lease(heard=("r2",))

    assert (one, desk.open()) == ([], [ONE, TWO])


def test_an_unheard_refusal_ends_with_the_requests_own_life(desk: Desk) -> None:
    """And by a lease, never by itself."""
    desk.lease()
    desk.permit.hear_request("r1", client="pc-01", body=NO)
    for _ in range(14):
        desk.clock.advance(2)
        desk.lease()
    at_28_s = desk.open()
    desk.clock.advance(2)
    by_itself = desk.open()
    desk.lease()

    assert (at_28_s, by_itself, desk.open()) == ([TWO], [TWO], [ONE, TWO])


def test_a_refusal_without_a_lease_counts_for_the_next_one(desk: Desk) -> None:
    """The decider may have been told by nobody."""
    desk.permit.hear_request("r1", client="pc-01", body=NO)
    desk.lease()

    assert desk.open() == [TWO]


def test_a_teacher_closes_the_room_or_a_seat(desk: Desk) -> None:
    """Strangers and a neighbour's terminal close nothing."""
    pause = ControlCommand.PAUSE
    desk.lease()
    desk.permit.hear_request("x", client="stranger", body=NO)
    desk.permit.hear_request(
        "y", client="pc-02", body=ControlRequestMessage(command=pause, seat=ONE)
    )
    others = desk.open()
    desk.permit.hear_request(
        "r1", client="teacher-1", body=ControlRequestMessage(command=pause, seat=TWO)
    )
    seat = desk.open()
    desk.permit.hear_request("r2", client="teacher-1", body=ControlRequestMessage(command=pause))

    assert (others, seat, desk.open()) == ([ONE, TWO], [ONE], [])
    assert desk.permit.why(ONE) is SightReason.ROOM_PAUSED


@pytest.mark.parametrize(
    "body",
    [
        ControlRequestMessage(command=ControlCommand.RESUME),
        ControlRequestMessage(command=ControlCommand.CONSENT, granted=True),
        ControlRequestMessage(command=ControlCommand.CALIBRATE),
    ],
)
def test_what_refuses_nothing_changes_nothing(desk: Desk, body: ControlRequestMessage) -> None:
    """A yes is for the decider to hear."""
    desk.permit.hear_request("r1", client="pc-01", body=body)
    before = desk.open()
    desk.lease()
    desk.permit.hear_request("r2", client="pc-01", body=body)

    assert (before, desk.open()) == ([], [ONE, TWO])


def test_a_log_out_closes_until_the_lease_knows_of_it(desk: Desk) -> None:
    """Whoever sits there next is not the one who agreed."""
    desk.permit.hear_presence(PC, "login-1")
    desk.lease()
    desk.permit.settle()
    desk.permit.hear_presence(PC, None)
    gone, forgotten = desk.open(), desk.permit.settle().forget
    desk.lease()
    not_yet = desk.open()
    desk.lease(occupant=None)

    assert (gone, not_yet, desk.open()) == ([TWO], [TWO], [ONE, TWO])
    assert forgotten == {ONE}


def test_another_log_in_is_another_occupancy(desk: Desk) -> None:
    """Everything of the one before is forgotten first."""
    desk.permit.hear_presence(PC, "login-1")
    desk.lease()
    desk.permit.settle()
    desk.permit.hear_presence(PC, "login-2")
    closed = desk.open()
    desk.lease(occupant="login-2")

    orders = desk.permit.settle()

    assert (closed, desk.open()) == ([TWO], [ONE, TWO])
    assert orders.forget >= {ONE}
    assert orders.begin[ONE] == "login-2"


def test_another_profile_is_refused_and_said(desk: Desk) -> None:
    """Its tokens would mean something else."""
    desk.lease(profile="fatigue-only")

    assert desk.open() == []
    assert "fatigue-only" in desk.permit.refused
    assert "four-state" in desk.permit.refused


def test_each_calibration_is_asked_once_and_none_of_before(desk: Desk) -> None:
    """A sensor that has just started does not take an old count for news."""
    desk.lease(calibrate=3)
    first = desk.permit.settle().calibrate
    desk.lease(calibrate=4)
    second = desk.permit.settle().calibrate
    desk.lease(calibrate=4)

    third = desk.permit.settle().calibrate

    assert not first
    assert second == {ONE, TWO}
    assert not third
