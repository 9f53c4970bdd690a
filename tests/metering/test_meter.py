"""A meter counts calls and the processor time of the threads that make them."""

import threading
import time

import pytest

from appliance.metering.meter import CpuMeter, StageCost


def spin(seconds: float) -> str:
    """Compute for some processor time."""
    until_s = time.thread_time() + seconds
    while time.thread_time() < until_s:
        pass
    return "spun"


def test_calls_and_time_of_all_threads_add_up() -> None:
    """Each thread has its own cell; a reading has them all, also of threads that have ended."""
    meter = CpuMeter()
    measured = meter.timed("spin", spin)

    threads = [threading.Thread(target=measured, args=(0.01,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert measured(0.01) == "spun"
    assert meter.read()["spin"].calls == 4
    assert meter.read()["spin"].cpu_s >= 0.04


def test_waiting_costs_nothing() -> None:
    """It is processor time, not time."""
    meter = CpuMeter()

    meter.timed("sleep", time.sleep)(0.2)

    assert meter.read()["sleep"].cpu_s < 0.1


def test_a_call_that_fails_is_counted_and_fails() -> None:
    """A meter changes nothing."""
    meter = CpuMeter()

    with pytest.raises(ZeroDivisionError):
        meter.timed("divide", divmod)(1, 0)

    assert meter.read()["divide"].calls == 1


def test_costs_add_and_subtract() -> None:
    """A span is the difference of two readings."""
    early, late = StageCost(cpu_s=1.0, calls=2), StageCost(cpu_s=2.5, calls=5)

    assert late - early == StageCost(cpu_s=1.5, calls=3)
    assert early + late == StageCost(cpu_s=3.5, calls=7)
