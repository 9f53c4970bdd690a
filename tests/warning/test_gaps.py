"""What is not known freezes an episode; what lasts too long, or another student, ends it."""

import numpy as np
import pytest

from appliance.domain.affect import ReadingStatus
from appliance.domain.seats import OccupancyKey
from tests.support.readings import (
    SEAT,
    STUDENT,
    feed,
    reading,
    small_monitor,
    steady,
)


@pytest.mark.parametrize(
    ("status", "occupancy"),
    [
        pytest.param(ReadingStatus.UNKNOWN, STUDENT, id="unknown"),
        pytest.param(ReadingStatus.WARMING_UP, STUDENT, id="warming-up"),
        pytest.param(ReadingStatus.ABSENT, STUDENT, id="absent"),
        pytest.param(ReadingStatus.ABSENT, None, id="nobody"),
        pytest.param(ReadingStatus.KNOWN, None, id="known-but-nobody"),
    ],
)
def test_what_is_not_known_freezes_everything(
    status: ReadingStatus, occupancy: OccupancyKey | None
) -> None:
    """No alert while it lasts; afterwards means, counts and durations go on where they stood."""
    monitor, frozen = small_monitor(), small_monitor()
    feed(monitor, steady(24, fatigued=1.0))
    feed(frozen, steady(24, fatigued=1.0))
    pause = [reading(n, status=status, occupancy=occupancy) for n in range(25, 125)]

    assert feed(frozen, pause) == []
    (expected,) = feed(monitor, [reading(25, fatigued=1.0)])
    (resumed,) = feed(frozen, [reading(125, fatigued=1.0)])
    assert resumed.at_s == 25.0
    assert [resumed.episode, resumed.held, resumed.severe_s, resumed.evidence] == [
        expected.episode,
        expected.held,
        expected.severe_s,
        expected.evidence,
    ]


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_number_that_is_none_counts_as_unknown(wrong: float) -> None:
    """It must not stay in the running sums."""
    monitor = small_monitor()
    feed(monitor, steady(20, fatigued=1.0))
    broken = reading(21, fatigued=1.0)
    broken.probabilities[2] = wrong

    assert monitor.assess(broken) == ()
    (alert,) = feed(monitor, steady(4, start=22, fatigued=1.0))
    assert alert.intensity == 1.0


@pytest.mark.parametrize(
    ("status", "occupancy", "setting"),
    [
        pytest.param(ReadingStatus.ABSENT, STUDENT, "absence_s", id="absent"),
        pytest.param(ReadingStatus.ABSENT, None, "absence_s", id="nobody"),
        pytest.param(ReadingStatus.UNKNOWN, STUDENT, "stale_s", id="unknown"),
        pytest.param(ReadingStatus.WARMING_UP, STUDENT, "stale_s", id="warming-up"),
    ],
)
def test_what_lasts_longer_than_allowed_ends_the_occupancy(
    status: ReadingStatus, occupancy: OccupancyKey | None, setting: str
) -> None:
    """Not at the very second, but right after it; what comes then starts from nothing."""
    monitor = small_monitor(**{setting: 8.0})
    (opened,) = feed(monitor, steady(20, fatigued=1.0))
    pause = [reading(n, status=status, occupancy=occupancy) for n in range(21, 61)]

    assert feed(monitor, pause) == []  # 8 s after the last known token at 4 s
    (ended,) = feed(monitor, [reading(61, status=status, occupancy=occupancy)])
    assert (ended.episode, ended.cleared, ended.opened, ended.at_s) == ("e1", True, False, 12.2)
    assert (ended.affect, ended.intensity, ended.held) == (
        opened.affect,
        opened.intensity,
        opened.held,
    )
    # the window is full at 16.2 s, and 17 s is the next whole second
    assert feed(monitor, steady(23, start=62, fatigued=1.0)) == []
    assert [a.episode for a in feed(monitor, [reading(85, fatigued=1.0)])] == ["e2"]


@pytest.mark.parametrize(
    ("gap_s", "ends"),
    [
        pytest.param(60.0, False, id="at-the-default-absence"),
        pytest.param(60.5, True, id="beyond-the-default-absence"),
    ],
)
def test_default_absence(gap_s: float, ends: bool) -> None:
    """More than a minute of an empty seat ends the occupancy."""
    monitor = small_monitor()
    feed(monitor, steady(20, fatigued=1.0))

    absent = reading(0, status=ReadingStatus.ABSENT, at_s=4.0 + gap_s)
    assert bool(monitor.assess(absent)) is ends


@pytest.mark.parametrize(
    ("gap_s", "cleared"),
    [
        pytest.param(300.0, False, id="at-the-default-staleness"),
        pytest.param(300.5, True, id="beyond-the-default-staleness"),
    ],
)
def test_default_staleness_counts_missing_readings_too(gap_s: float, cleared: bool) -> None:
    """A pause of the camera is no absence; after five minutes the window is history."""
    monitor = small_monitor()
    feed(monitor, steady(20, fatigued=1.0))

    (alert,) = monitor.assess(reading(0, fatigued=1.0, at_s=4.0 + gap_s))
    assert alert.cleared is cleared


def test_unknown_is_presence() -> None:
    """Somebody who cannot be read for a while is not absent."""
    monitor = small_monitor(absence_s=8.0)
    feed(monitor, steady(20, fatigued=1.0))
    feed(monitor, [reading(0, status=ReadingStatus.UNKNOWN, at_s=11.0)])

    assert feed(monitor, [reading(0, status=ReadingStatus.ABSENT, at_s=19.0)]) == []
    assert feed(monitor, [reading(0, status=ReadingStatus.ABSENT, at_s=19.5)]) != []


def test_absence_does_not_refresh_itself() -> None:
    """Nor does an absent reading count as a known one."""
    monitor = small_monitor(absence_s=8.0)
    feed(monitor, steady(20, fatigued=1.0))
    feed(monitor, [reading(0, status=ReadingStatus.ABSENT, at_s=11.0)])

    assert feed(monitor, [reading(0, status=ReadingStatus.ABSENT, at_s=12.5)]) != []


def test_another_occupancy_ends_the_former_one() -> None:
    """Nothing learnt about one student is held against the next."""
    monitor = small_monitor()
    feed(monitor, steady(20, fatigued=1.0))
    other = OccupancyKey("student-2")
    alerts = feed(monitor, [reading(n, fatigued=1.0, occupancy=other) for n in range(21, 41)])

    assert [(a.occupancy, a.episode, a.cleared, a.at_s) for a in alerts] == [
        (STUDENT, "e1", True, 4.2),
        (other, "e2", False, 8.0),
    ]


def test_another_occupancy_ends_the_former_one_even_unread() -> None:
    """The end does not wait for a known reading of the successor."""
    monitor = small_monitor()
    feed(monitor, steady(20, fatigued=1.0))
    other = OccupancyKey("student-2")

    (alert,) = monitor.assess(
        reading(21, status=ReadingStatus.WARMING_UP, occupancy=other, fatigued=1.0)
    )
    assert (alert.occupancy, alert.cleared) == (STUDENT, True)


def test_a_clock_that_goes_back_starts_from_nothing() -> None:
    """The closing alert does not end before it began."""
    monitor = small_monitor()
    feed(monitor, steady(20, fatigued=1.0))
    (ended,) = monitor.assess(reading(1, fatigued=1.0))

    assert (ended.cleared, ended.at_s, ended.onset_s) == (True, 4.0, 0.0)
    assert feed(monitor, steady(18, start=2, fatigued=1.0)) == []


def test_the_same_token_counts_once() -> None:
    """A repeated capture time is the same observation."""
    monitor = small_monitor()
    twice = [each for each in steady(19, fatigued=1.0) for _ in range(2)]

    assert feed(monitor, [*twice, reading(20, fatigued=1.0)]) != []
    assert monitor.snapshot()["seats"][SEAT]["episodes"]["track"]["seen"] == 20


@pytest.mark.parametrize(
    ("at_s", "ended_s"),
    [
        pytest.param(4.5, 4.5, id="at-a-time"),
        pytest.param(None, 4.0, id="at-the-last-reading"),
        pytest.param(3.0, 4.0, id="not-before-it"),
    ],
)
def test_an_ended_seat_is_forgotten(at_s: float | None, ended_s: float) -> None:
    """Consent withdrawn: the episode closes, and nothing remains."""
    monitor = small_monitor()
    feed(monitor, steady(20, fatigued=1.0))
    (ended,) = monitor.end(SEAT, at_s=at_s)

    assert (ended.cleared, ended.opened, ended.at_s) == (True, False, ended_s)
    assert monitor.end(SEAT) == ()
    assert monitor.snapshot()["seats"] == {}
