"""The agent and what holds a lock, in real processes: each ends what the other has left."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.terminal.agent import keeper as keepers
from appliance.terminal.agent.keeper import LockKeeper
from appliance.terminal.agent.record import LastLock, LockRecord
from appliance.terminal.clock import WakefulClock
from tests.support.lockable import FileScreen, holder_command
from tests.support.waiting import wait_until

NOW_S = WakefulClock().monotonic_s


@pytest.fixture(autouse=True)
def file_screens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks are held on a screen in a folder."""
    monkeypatch.setattr(keepers, "HOLDER", holder_command())


@contextmanager
def keeper_of(folder: Path) -> Iterator[LockKeeper]:
    """Run a keeper while a block lasts."""
    keeper = LockKeeper(FileScreen(folder), folder=folder, now_s=NOW_S)
    try:
        yield keeper
    finally:
        keeper.close()


def holder_of(folder: Path) -> int:
    """Return the process that holds a lock."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (entry / "cmdline").exists():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"tests.support.lockable" in words and str(folder).encode() in words:
                return int(entry.name)
    return 0


def test_a_lock_comes_and_goes_by_itself(tmp_path: Path) -> None:
    """Said again and again it neither lasts longer nor comes again."""
    screen = FileScreen(tmp_path)
    with keeper_of(tmp_path) as keeper:
        began_s = NOW_S()
        keeper.want("one", left_s=5.0)
        wait_until(screen.locked)
        keeper.want("one", left_s=30.0)
        wait_until(lambda: not screen.locked())
        assert NOW_S() - began_s < 5.5
        wait_until(lambda: not keeper.holding)

        keeper.want("one", left_s=30.0)
        assert not keeper.holding


def test_a_lock_ends_when_it_is_wanted_no_more(tmp_path: Path) -> None:
    """Long before its time."""
    screen = FileScreen(tmp_path)
    with keeper_of(tmp_path) as keeper:
        keeper.want("one", left_s=30.0)
        wait_until(screen.locked)
        keeper.want(None, left_s=0.0)
        wait_until(lambda: not screen.locked())


def test_a_lock_that_is_nearly_over_is_not_begun(tmp_path: Path) -> None:
    """A message that was late."""
    with keeper_of(tmp_path) as keeper:
        keeper.want("one", left_s=1.0)
        assert not keeper.holding


def test_what_holds_a_lock_is_killed(tmp_path: Path) -> None:
    """The agent ends the lock at once."""
    screen = FileScreen(tmp_path)
    with keeper_of(tmp_path) as keeper:
        keeper.want("one", left_s=30.0)
        wait_until(screen.locked)
        os.kill(holder_of(tmp_path), signal.SIGKILL)
        wait_until(lambda: not screen.locked() and not keeper.holding)
        assert LockRecord(tmp_path).read() == LastLock(id="one", open=False)


def test_what_holds_a_lock_is_stopped(tmp_path: Path) -> None:
    """The agent has it go on, and it ends the lock in time."""
    screen = FileScreen(tmp_path)
    with keeper_of(tmp_path) as keeper:
        keeper.want("one", left_s=5.0)
        wait_until(screen.locked)
        os.kill(holder_of(tmp_path), signal.SIGSTOP)
        wait_until(lambda: not screen.locked() and not keeper.holding)


def test_a_lock_of_an_agent_that_was_killed_is_ended_by_the_next(tmp_path: Path) -> None:
    """And it is not begun again by the server that still wants it."""
    screen = FileScreen(tmp_path)
    screen.begin()
    LockRecord(tmp_path).write(LastLock(id="one", open=True))

    with keeper_of(tmp_path) as keeper:
        assert not screen.locked()
        keeper.want("one", left_s=20.0)
        assert not keeper.holding


def test_a_lock_that_was_over_is_not_ended_for_somebody_else(tmp_path: Path) -> None:
    """What is locked at the agent's start is a teacher's."""
    screen = FileScreen(tmp_path)
    screen.begin()
    LockRecord(tmp_path).write(LastLock(id="one", open=False))

    with keeper_of(tmp_path):
        assert screen.locked()


def test_an_agent_that_ends_begins_nothing_more(tmp_path: Path) -> None:
    """What the server still says is for the next one."""
    with keeper_of(tmp_path) as keeper:
        keeper.close()
        keeper.want("one", left_s=20.0)
        assert not keeper.holding
