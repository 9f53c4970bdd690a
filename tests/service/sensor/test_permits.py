"""At whom a sensor may look, by a clock that stands still until it is moved."""

import pytest

from appliance.domain.seats import SeatKey
from appliance.mqtt.contract.seats import SightReason
from appliance.mqtt.contract.sensors import SeatLease, SensorLease
from appliance.service.sensor.permits import LeasedPermits
from tests.support.clocks import ManualClock
from tests.support.rooms import A01, A02

REQUEST = "019abc00-0000-7000-8000-000000000001"


@pytest.fixture
def clock() -> ManualClock:
    """Noon."""
    return ManualClock()


@pytest.fixture
def permits(clock: ManualClock) -> LeasedPermits:
    """Of a sensor that sees two seats."""
    return LeasedPermits(seats=[A01, A02], profile="four-state", monotonic=clock.monotonic_s)


def lease(*seats: SeatKey, **changes: object) -> SensorLease:
    """Allow some seats."""
    fields = {
        "decider": "box-1",
        "profile": "four-state",
        "seats": {str(seat): SeatLease(allowed=seat in seats) for seat in (A01, A02)},
    }
    return SensorLease(**fields | changes)  # type: ignore[arg-type]


def test_nobody_is_looked_at_until_somebody_says_so(permits: LeasedPermits) -> None:
    """And then that seat alone."""
    assert not permits.granted(A01)
    assert permits.fault() == "no decider says at whom to look"
    permits.take_lease(lease(A01))

    assert permits.granted(A01)
    assert not permits.granted(A02)
    assert permits.reason(A02) is SightReason.NO_CONSENT
    assert permits.fault() == ""


def test_a_lease_lives_for_ten_seconds(permits: LeasedPermits, clock: ManualClock) -> None:
    """By the sensor's own clock, from when it was heard."""
    permits.take_lease(lease(A01))
    clock.monotonic += 9.99
    assert permits.granted(A01)
    clock.monotonic += 0.01

    assert not permits.granted(A01)
    assert permits.leased() == {}
    permits.take_lease(lease(A01))
    assert permits.granted(A01)


def test_a_no_counts_before_the_decider_has_heard_it(
    permits: LeasedPermits, clock: ManualClock
) -> None:
    """Leases that do not know of it open nothing; the first that does decides."""
    permits.take_lease(lease(A01, A02))
    permits.refuse(A01, request=REQUEST)
    assert not permits.granted(A01)
    assert permits.granted(A02)
    for _ in range(3):
        clock.monotonic += 2
        permits.take_lease(lease(A01, A02))
        assert not permits.granted(A01)
    permits.take_lease(lease(A02, heard=(REQUEST,)))
    assert not permits.granted(A01)
    permits.take_lease(lease(A01, heard=(REQUEST,)))

    assert permits.granted(A01)


def test_a_request_that_nobody_answers_is_over_with_its_life(
    permits: LeasedPermits, clock: ManualClock
) -> None:
    """After thirty seconds the decider never heard it, and its word counts again."""
    permits.take_lease(lease(A01))
    permits.refuse(A01, request=REQUEST)
    clock.monotonic += 29.9
    permits.take_lease(lease(A01))
    assert not permits.granted(A01)
    clock.monotonic += 0.1
    permits.take_lease(lease(A01))

    assert permits.granted(A01)


def test_a_log_out_needs_a_lease_that_can_know_of_it(
    permits: LeasedPermits, clock: ManualClock
) -> None:
    """One of the same moment was sent before."""
    permits.take_lease(lease(A01))
    permits.presence_changed(A01)
    clock.monotonic += 0.99
    permits.take_lease(lease(A01))
    assert not permits.granted(A01)
    clock.monotonic += 0.01
    permits.take_lease(lease(A01))

    assert permits.granted(A01)


def test_another_profile_lets_nobody_be_looked_at(permits: LeasedPermits) -> None:
    """Both are named, and what to do."""
    permits.take_lease(lease(A01, profile="fatigue-only"))

    assert not permits.granted(A01)
    assert permits.fault() == (
        "the decider box-1 has the profile fatigue-only, and this sensor four-state: set the same "
        "[policy] profile on both"
    )


def test_who_is_refused_looks_again_after_a_minute(
    permits: LeasedPermits, clock: ManualClock
) -> None:
    """Tokens that nobody takes are no reason to look; the decider may have been mended."""
    permits.take_lease(lease(A01, refused="an old encoder"))
    assert not permits.granted(A01)
    assert permits.fault() == permits.refused() == "an old encoder"
    for _ in range(30):
        clock.monotonic += 2
        permits.take_lease(lease(A01))

    assert permits.granted(A01)
    assert permits.refused() == ""
