"""A lock that ran out while the laptop was closed is over when it is opened."""

import time

import pytest

from appliance.terminal.clock import WakefulClock


def test_monotonic_time_counts_a_suspend(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test can suspend the machine: the clock that is asked is the one that goes on."""
    monkeypatch.setattr(time, "clock_gettime", {time.CLOCK_BOOTTIME: 5.0}.__getitem__)

    assert WakefulClock().monotonic_s() == 5.0


def test_a_system_without_that_clock_has_a_terminal_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is Linux that has it."""
    monkeypatch.delattr(time, "CLOCK_BOOTTIME")

    assert abs(WakefulClock().monotonic_s() - time.monotonic()) < 60
