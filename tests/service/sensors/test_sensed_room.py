"""A decider and two sensors: what one does leaves the other's seat alone."""

from pathlib import Path

import numpy as np
import pytest

from appliance.deciding import TickResult
from appliance.domain.affect import ReadingStatus
from appliance.domain.alerts import Alert
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.token_packets import SensorKey
from appliance.domain.tokens import SeatStatus
from appliance.mqtt.contract.seats import Sight, SightReason
from appliance.mqtt.contract.sensors import (
    SensorHealth,
    SensorLease,
    SensorSeat,
    SensorState,
    SensorStatus,
)
from appliance.service.continuity import Continuity
from appliance.service.sensors.leases import RENEWED_S, LeaseKeeper
from appliance.service.sensors.watch import REFUSED_S, SILENT_S, STALE_S
from appliance.storage.store import Storage
from tests.support.clocks import ManualClock
from tests.support.rooms import A01, A02
from tests.support.sensed_seats import ENCODER, ONE, SENSORS, TWO, SensedRoom

STUDENT = OccupancyKey("019abc00-0000-7000-8000-00000000000f")


@pytest.fixture
def clock() -> ManualClock:
    """A clock for the test to move."""
    return ManualClock()


@pytest.fixture
def room(clock: ManualClock) -> SensedRoom:
    """A decider."""
    return SensedRoom(clock)


def said(results: list[TickResult]) -> list[tuple[object, ...]]:
    """What was read of the first seat."""
    return [
        (round(one.at_s, 6), one.status, one.occupancy, one.probabilities.tobytes())
        for result in results
        for one in result.readings
        if one.seat == A01
    ]


def test_a_forger_and_an_old_sensor_are_refused_and_others_untouched(clock: ManualClock) -> None:
    """Each is told both sides and what to do; the honest seat reads what it always reads."""
    alone, beside = SensedRoom(clock), SensedRoom(clock)
    expected, found = [], []
    for number in range(30):
        clock.monotonic += 1
        expected += alone.second(number)
        beside.second(number, sensor=TWO)  # lab-2 on the topic of lab-1's seat
        beside.second(number, seat=A02, encoder="expression_mobilevit 1.0.0")
        found += beside.second(number)
    assert len(said(expected)) == 150
    assert said(found) == said(expected)
    assert "lab-2" in (line := beside.watch.refused(TWO))
    assert "expression_mobilevit 1.0.0" in line
    assert ENCODER in line
    assert "install the same release" in line
    assert beside.watch.refused(ONE) == ""
    assert beside.watch.standings()[TWO].refusals == 60
    clock.monotonic += REFUSED_S + 1
    assert beside.watch.refused(TWO) == ""


def test_a_stranger_is_noted_at_the_sensor_whose_seat_it_takes(room: SensedRoom) -> None:
    """There is nobody else to tell."""
    room.second(0, sensor=SensorKey("intruder"))
    assert "intruder" in room.watch.refused(ONE)
    assert "lab-1" in room.watch.refused(ONE)


@pytest.mark.parametrize("forged", [(A02, ONE), (A01, TWO), (A01, SensorKey("intruder"))])
def test_whose_tokens_are_taken_is_not_away_whatever_is_sent_in_its_name(
    clock: ManualClock, room: SensedRoom, forged: tuple[SeatKey, SensorKey]
) -> None:
    """On whatever topic; once no token of its own is taken, the refusal is why."""
    seat, name = forged
    for number in range(10):
        clock.monotonic += 1
        room.second(number, seat=seat, sensor=name)
        room.second(number)
        room.second(number, seat=A02)
    assert not room.watch.readers()[A01].away
    assert not room.watch.readers()[A02].away
    told = TWO if name == TWO else ONE
    its = A02 if told == TWO else A01
    for number in range(10, 14):
        clock.monotonic += 1
        room.second(number, seat=seat, sensor=name)
    assert "sends tokens of seat" in room.watch.readers()[its].last_error


def test_a_sensor_that_is_lost_takes_its_own_seats_alone(
    clock: ManualClock, room: SensedRoom
) -> None:
    """Its seats are not seen because of their camera; the other's are."""
    for number in range(round(SILENT_S) + 2):
        clock.monotonic += 1
        room.second(number)
        if number == 0:
            room.second(number, seat=A02)
    readers, standings = room.watch.readers(), room.watch.standings()
    assert (readers[A01].away, readers[A02].away) == (False, True)
    assert (standings[ONE].state, standings[TWO].state) == ("live", "lost")
    assert standings[ONE].tokens_hz == pytest.approx(5, abs=1)
    room.watch.hear(ONE, SensorStatus(state=SensorState.DISCONNECTED))  # its last will
    assert room.watch.readers()[A01].away


def test_what_was_seen_on_a_seat_holds_only_while_its_tokens_come(
    clock: ManualClock, room: SensedRoom
) -> None:
    """Without a lease no token comes, and the last one says nothing of now."""
    seen = {A01: SeatStatus.PRESENT, A02: SeatStatus.PRESENT}
    room.second(0)
    assert room.watch.current(seen) == {A01: SeatStatus.PRESENT, A02: SeatStatus.NO_CONSENT}
    clock.monotonic += STALE_S + 1
    assert room.watch.current(seen)[A01] is SeatStatus.NO_CONSENT


def test_a_camera_that_a_sensor_says_is_lost_is_lost(room: SensedRoom) -> None:
    """Both its tokens and its report can say so."""
    room.second(0, camera_ok=False)
    assert room.watch.readers()[A01].away
    room.second(1)
    assert not room.watch.readers()[A01].away
    health = SensorHealth(
        seats={A01: _seat(SightReason.CAMERA)},
    )
    room.watch.hear(ONE, health)
    assert room.watch.readers()[A01].away


def _seat(reason: SightReason) -> SensorSeat:
    return SensorSeat(sight=Sight.NOT_OBSERVED, reason=reason)


def test_without_consent_nothing_of_a_token_is_used(clock: ManualClock, room: SensedRoom) -> None:
    """What was on its way is dropped, and whoever agrees begins anew."""
    room.second(0)
    room.consent.seats.discard(A01)
    clock.monotonic += 1
    (refused, *_) = room.second(1)
    row = refused.tokens.seats.index(A01)
    assert not refused.tokens.face[row].any()
    assert refused.readings[0].status is ReadingStatus.ABSENT
    room.consent.seats.add(A01)
    clock.monotonic += 1
    again = room.second(2)
    assert bool(again[0].tokens.restarted[row])
    assert not bool(again[1].tokens.restarted[row])


def test_whoever_has_gone_does_not_come_back_with_a_late_token(
    clock: ManualClock, room: SensedRoom
) -> None:
    """The sensor hears of a log-out later than this box."""
    room.second(0)
    assert room.pipeline.occupancy(A01) == STUDENT
    room.pipeline.end_occupancy(A01)
    clock.monotonic += 1
    room.second(1)
    assert room.pipeline.occupancy(A01) is None
    room.pipeline.begin_occupancy(A01, OccupancyKey("next"))
    clock.monotonic += 1
    room.second(2)  # still of the one before
    assert room.pipeline.occupancy(A01) == "next"
    clock.monotonic += 1
    results = room.second(3, occupancies=(OccupancyKey("next"),) * 5)
    assert bool(results[0].tokens.restarted[0])


def test_the_two_minutes_are_the_sensors(room: SensedRoom) -> None:
    """They are asked for by the lease, begin with its answer and end with whoever began them."""
    room.second(0)
    assert room.pipeline.calibrated_s(A01) is None
    room.pipeline.calibrate(A01)
    assert (room.seats.asked(A01), room.pipeline.calibrated_s(A01)) == (1, 0.0)
    room.second(1)  # before the sensor has heard of it
    assert room.pipeline.calibrated_s(A01) == 0.0
    ages = (0.2 * (1 + np.arange(5))).astype(np.float32)
    room.second(2, age_s=ages, restarted=np.array([True, *[False] * 4]))
    assert room.pipeline.calibrated_s(A01) == pytest.approx(1.0)
    room.pipeline.end_occupancy(A01)
    assert room.pipeline.calibrated_s(A01) is None


class Broker:
    """Hears leases."""

    def __init__(self) -> None:
        """Begin with none."""
        self.leases: list[tuple[SensorKey, SensorLease]] = []
        self.answered: tuple[str, ...] = ()

    def publish_lease(self, sensor: SensorKey, lease: SensorLease) -> bool:
        """Keep one."""
        self.leases.append((sensor, lease))
        return True

    def heard(self) -> tuple[str, ...]:
        """What was answered."""
        return self.answered


def test_leases_follow_every_change_and_are_renewed(clock: ManualClock, room: SensedRoom) -> None:
    """Consent, log-ins, the room's pause, requests that were answered, and two seconds."""
    broker, closed = Broker(), {"pause": False}
    keeper = LeaseKeeper(
        box="box-1",
        profile="four-state",
        sensors=SENSORS,
        seats=room.seats,
        permitted=room.consent,
        closed=lambda: closed["pause"],
        refused=room.watch.refused,
        publisher=broker,
        clock=clock,
    )

    def news() -> dict[SensorKey, SensorLease]:
        broker.leases.clear()
        keeper.tell()
        return dict(broker.leases)

    assert news().keys() == {ONE, TWO}
    assert news() == {}
    room.consent.seats.discard(A01)
    assert not news()[ONE].seats[A01].allowed
    room.consent.seats.add(A01)
    room.pipeline.begin_occupancy(A01, STUDENT)
    room.pipeline.calibrate(A01)
    lease = news()[ONE].seats[A01]
    assert (lease.allowed, lease.occupant, lease.calibrate) == (True, STUDENT, 1)
    broker.answered = ("request",)
    assert news()[TWO].heard == ("request",)
    room.second(0, encoder="old 1")
    assert "old 1" in news()[ONE].refused
    closed["pause"] = True
    assert not any(seat.allowed for lease in news().values() for seat in lease.seats.values())
    closed["pause"] = False
    news()
    room.pipeline.erase(A01)
    assert not news()[ONE].seats[A01].allowed  # so that the sensor forgets
    assert news() == {}
    clock.monotonic += RENEWED_S
    assert news()[ONE].seats[A01].allowed


def test_open_episodes_go_on_behind_a_decider_that_died(
    tmp_path: Path, clock: ManualClock, room: SensedRoom
) -> None:
    """The sensor goes on counting; the decider's next process takes over."""
    storage = Storage.open(tmp_path, clock=clock)
    storage.start()
    opened: list[Alert] = []
    number = 0
    while not opened:
        clock.monotonic += 1
        clock.wall += 1
        results = room.second(number)
        opened = [one for result in results for one in result.alerts if one.opened]
        number += 1
        assert number < 200
    _continuity(room, storage, clock).save()
    clock.monotonic += 8
    clock.wall += 8
    number += 8

    back = SensedRoom(clock)
    assert _continuity(back, storage, clock).start()
    alerts = []
    for more in range(number, number + 25):
        clock.monotonic += 1
        results = back.second(more)
        alerts += [one for result in results for one in result.alerts]
    storage.stop()
    assert alerts
    assert {one.episode for one in alerts} == {opened[0].episode}
    assert not any(one.opened for one in alerts)


def _continuity(room: SensedRoom, storage: Storage, clock: ManualClock) -> Continuity:
    return Continuity(
        pipeline=room.pipeline, checkpoints=storage.checkpoints, clock=clock, seats=[A01, A02]
    )
