"""Every clock keeps the promises of ``Clock``, those that tests hold included."""

import itertools
from datetime import UTC, datetime

import pytest

from appliance.host.clock import SystemClock
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
