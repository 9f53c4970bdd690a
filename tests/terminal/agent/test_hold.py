"""One lock, from its begin to a free screen, on a clock that the test moves."""

from pathlib import Path

import pytest

from appliance.terminal.agent.hold import LONGEST_S, HoldOutcome, hold
from appliance.terminal.agent.record import LastLock, LockRecord
from appliance.terminal.agent.veyon import END_TAKES_S
from tests.support.lockable import FileScreen


class Timeline:
    """A clock whose waits are over at once; things happen at their time."""

    def __init__(self) -> None:
        """Begin at 100 s."""
        self.now_s = 100.0
        self.over_at_s = float("inf")
        self.unlock_at_s = float("inf")
        self.screen: FileScreen | None = None

    def read(self) -> float:
        """Tell the time."""
        return self.now_s

    def over(self, longest_s: float) -> bool:
        """Let time go by."""
        self.now_s += longest_s
        if self.screen is not None and self.now_s >= self.unlock_at_s:
            self.screen.lock.unlink(missing_ok=True)
        return self.now_s >= self.over_at_s


@pytest.fixture(name="timeline")
def a_timeline() -> Timeline:
    """A clock."""
    return Timeline()


def held(folder: Path, timeline: Timeline, screen: FileScreen, *, for_s: float) -> HoldOutcome:
    """Hold a lock named one."""
    timeline.screen = screen
    return hold(
        screen,
        LockRecord(folder),
        lock="one",
        until_s=timeline.now_s + for_s,
        now_s=timeline.read,
        over=timeline.over,
    )


@pytest.mark.parametrize(
    ("for_s", "ends_s"),
    [(10.0, 10.0 - END_TAKES_S), (30.0, 30.0 - END_TAKES_S), (300.0, LONGEST_S - END_TAKES_S)],
)
def test_a_lock_ends_by_its_own_clock(
    tmp_path: Path, timeline: Timeline, for_s: float, ends_s: float
) -> None:
    """So early that the screen is free in time; whatever was asked for, after 30 s."""
    screen = FileScreen(tmp_path)

    assert held(tmp_path, timeline, screen, for_s=for_s) is HoldOutcome.DONE
    assert timeline.now_s == pytest.approx(100.0 + ends_s)
    assert not screen.locked()
    assert LockRecord(tmp_path).read() == LastLock(id="one", open=False)


def test_a_lock_ends_when_the_agent_says_so_or_is_gone(tmp_path: Path, timeline: Timeline) -> None:
    """Both are heard in the same way."""
    timeline.over_at_s = 103.0
    screen = FileScreen(tmp_path)

    assert held(tmp_path, timeline, screen, for_s=20.0) is HoldOutcome.DONE
    assert timeline.now_s == pytest.approx(103.0, abs=0.3)
    assert not screen.locked()


def test_anothers_lock_is_left_alone(tmp_path: Path, timeline: Timeline) -> None:
    """A teacher's: neither begun again nor ended, at no time."""
    screen = FileScreen(tmp_path)
    screen.begin()

    assert held(tmp_path, timeline, screen, for_s=20.0) is HoldOutcome.ANOTHERS
    assert screen.locked()
    assert screen.ends == 0
    assert LockRecord(tmp_path).read() is None


def test_a_lock_that_a_teacher_ended_is_not_ended_twice(tmp_path: Path, timeline: Timeline) -> None:
    """The teacher may have locked again at once."""
    timeline.unlock_at_s = 105.0
    screen = FileScreen(tmp_path)

    assert held(tmp_path, timeline, screen, for_s=20.0) is HoldOutcome.DONE
    assert timeline.now_s == pytest.approx(105.0, abs=0.5)
    assert screen.ends == 0


def test_a_lock_that_does_not_come_is_given_up(tmp_path: Path, timeline: Timeline) -> None:
    """And ended all the same, should it come late."""
    screen = FileScreen(tmp_path, works=False)
    moving = timeline.read

    def later() -> float:
        timeline.now_s += 0.5  # the look-out for a late one does not wait by this clock
        return moving()

    outcome = hold(
        screen,
        LockRecord(tmp_path),
        lock="one",
        until_s=130.0,
        now_s=later,
        over=timeline.over,
    )

    assert outcome is HoldOutcome.NOT_COME
    assert screen.ends == 1
    assert timeline.now_s < 130.0
