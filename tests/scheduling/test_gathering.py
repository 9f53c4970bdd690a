"""Lanes wait for more frames while there is room before the next ones, and learn from a loss."""

import pytest

from appliance.scheduling.gathering import FIRST_CAUTION_S, LONGEST_S, ROOM, Gathering

PERIOD_S = 1 / 15


def settled(*, interval_s: float = PERIOD_S, burst_s: float = 0.0) -> Gathering:
    """Return a gathering that has long known these times."""
    gathering = Gathering()
    for _ in range(2000):
        gathering.note_interval(interval_s)
        gathering.note_burst(burst_s)
    return gathering


def test_without_knowledge_nobody_waits() -> None:
    """The first frames are looked at as they come."""
    assert Gathering().allowed_s == 0.0


@pytest.mark.parametrize(
    ("interval_s", "burst_s", "allowed_s"),
    [
        pytest.param(PERIOD_S, 0.0, LONGEST_S, id="light"),
        pytest.param(PERIOD_S, 0.030, ROOM * PERIOD_S - 0.030, id="half-busy"),
        pytest.param(PERIOD_S, 0.060, 0.0, id="busy"),
        pytest.param(1 / 30, 0.010, ROOM / 30 - 0.010, id="fast-camera"),
        pytest.param(1.0, 0.1, LONGEST_S, id="slow-cameras"),
    ],
)
def test_waiting_and_the_burst_fit_between_two_frames(
    interval_s: float, burst_s: float, allowed_s: float
) -> None:
    """With a fifth to spare."""
    allowed = settled(interval_s=interval_s, burst_s=burst_s).allowed_s

    assert allowed == pytest.approx(allowed_s, abs=1e-6)


def test_the_fastest_camera_counts() -> None:
    """Its frame is the one that would be replaced; one slow camera beside it changes little."""
    gathering = settled(burst_s=0.010)
    alone_s = gathering.allowed_s
    for _ in range(200):
        for seconds in (1 / 30, 1 / 30, PERIOD_S):
            gathering.note_interval(seconds)

    assert gathering.allowed_s < alone_s / 2


def test_a_loss_makes_it_careful_for_a_while() -> None:
    """At once, more with every further one, and less again as bursts go by without."""
    gathering = settled(burst_s=0.020)
    before_s = gathering.allowed_s
    gathering.note_loss()
    once_s = gathering.allowed_s
    gathering.note_loss()

    assert before_s - once_s == pytest.approx(FIRST_CAUTION_S)
    assert before_s - gathering.allowed_s == pytest.approx(2 * FIRST_CAUTION_S)
    for _ in range(347):
        gathering.note_burst(0.020)
    assert before_s - gathering.allowed_s == pytest.approx(FIRST_CAUTION_S, rel=0.01)


def test_losses_without_end_only_end_the_waiting() -> None:
    """A box that is too slow does not learn to wait less than nothing."""
    gathering = settled()
    for _ in range(100):
        gathering.note_loss()

    assert gathering.allowed_s == pytest.approx(max(0.0, ROOM * PERIOD_S - LONGEST_S), abs=1e-6)
