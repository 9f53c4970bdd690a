"""Every clock keeps the promises of ``Clock``, those that tests hold included."""

import itertools
from datetime import UTC, datetime

import pytest

from appliance.host.clock import SleeplessClock, SystemClock, boot_time
from appliance.ports import Clock
from appliance.terminal.clock import WakefulClock
from tests.support.clocks import HeldClock, LeapingClock, ManualClock

CLOCKS = [SystemClock(), WakefulClock(), HeldClock(), ManualClock(), LeapingClock()]


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_clock_keeps_its_promises(clock: Clock) -> None:
    """Wall time counts from the Unix epoch, monotonic time never goes back."""
    times = [clock.monotonic_s() for _ in range(1000)]

    assert all(later >= earlier for earlier, later in itertools.pairwise(times))
    assert datetime.fromtimestamp(clock.wall_s(), tz=UTC).year >= 2024


def test_a_clock_for_lifetimes_goes_on_as_the_other_and_never_falls_behind() -> None:
    """It adds what the machine has slept, which is nothing on one that never does."""
    clock = ManualClock()
    sleepless = SleeplessClock(clock)
    first = sleepless.monotonic_s()
    clock.advance(5.0)

    assert sleepless.monotonic_s() - first == pytest.approx(5.0, abs=0.1)
    assert sleepless.monotonic_s() >= clock.monotonic_s() - 0.1
    assert sleepless.wall_s() == clock.wall_s()


def test_running_time_is_of_this_boot() -> None:
    """Two moments of one boot have its id and follow each other."""
    first, second = boot_time(), boot_time()

    assert first.boot == second.boot != ""
    assert 0 < first.s <= second.s
