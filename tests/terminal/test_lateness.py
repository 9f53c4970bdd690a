"""Nothing expired is shown and nothing twice, whatever sleeps, over a real broker."""

import json
import shutil
import time
from pathlib import Path

import pytest

from appliance.mqtt.contract.classroom import CommandAck
from appliance.mqtt.contract.commands import Hint, LockScreen, UnlockScreen
from appliance.terminal.applied import APPLIED_FILE, AppliedCommands
from tests.support.clocks import LeapingClock
from tests.support.messages import message_json
from tests.support.terminals import MakeSeat
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

HINT = Hint(text="Need a hint?", topic="fractions")
LOCK = LockScreen(text="Break", lock_s=30.0)
UNLOCK = UnlockScreen(text="Go on")
DONE = ["received", "started", "succeeded"]


def test_a_lock_is_over_after_a_suspend(make_seat: MakeSeat) -> None:
    """Opened again after a minute, the laptop is not locked for the rest of the 30 s."""
    seat = make_seat(longest_lock_s=30.0)
    command = seat.deliver(seat.command(LOCK))
    wait_until(lambda: seat.screen.covered)
    seat.clock.suspend(60)

    wait_until(lambda: not seat.screen.covered, timeout_s=5.0)
    wait_until(lambda: seat.statuses(command) == DONE)


def test_what_came_in_before_a_suspend_is_not_shown_after_it(make_seat: MakeSeat) -> None:
    """Accepted, then the lid was closed; kept on disk meanwhile, and then too late."""

    class SleepyDisk(AppliedCommands):
        clock: LeapingClock

        def keep(self, command: str, ack: CommandAck) -> None:
            super().keep(command, ack)
            self.clock.suspend(22)

    disk = SleepyDisk(None, now_s=0)
    seat = make_seat(applied=disk)
    disk.clock = seat.clock
    command = seat.deliver(seat.command(LOCK))

    wait_until(lambda: seat.statuses(command) == ["received", "expired"])
    assert seat.screen.shown == []


def test_two_synced_clocks_know_that_a_command_is_late(make_seat: MakeSeat) -> None:
    """The broker still gives it ten seconds, and has had it for none."""
    seat = make_seat(clock_state="synced")
    document = seat.command(LOCK)
    document |= {"ts": "2026-01-01T10:00:00.000Z", "clock": "synced"}
    late = seat.deliver(document)
    fresh = seat.deliver({**seat.command(HINT), "clock": "synced"})
    wait_until(lambda: seat.statuses(fresh) == DONE)

    assert seat.statuses(late) == ["expired"]
    assert [command for command, _ in seat.screen.shown] == [HINT]


def test_a_command_waits_for_the_disk_before_it_is_shown(
    make_seat: MakeSeat, tmp_path: Path
) -> None:
    """Killed in between, the terminal knows it."""
    applied = AppliedCommands(tmp_path / "state", now_s=0)
    seat = make_seat(applied=applied)
    known: list[str] = []
    seat.screen.before = lambda: known.append((tmp_path / "state" / APPLIED_FILE).read_text())
    command = seat.deliver(seat.command(HINT))
    wait_until(lambda: seat.statuses(command) == DONE)
    applied.close()

    assert command in known[0]


def test_what_cannot_be_kept_is_not_shown_unless_it_frees_the_screen(
    make_seat: MakeSeat, tmp_path: Path
) -> None:
    """After a restart nobody would know; to be freed twice harms nobody."""
    applied = AppliedCommands(tmp_path / "state", now_s=0)
    seat = make_seat(applied=applied, longest_lock_s=20.0)
    seat.deliver(seat.command(LOCK))
    wait_until(lambda: seat.screen.covered)
    shutil.rmtree(tmp_path / "state")
    hint, unlock = seat.deliver(seat.command(HINT)), seat.deliver(seat.command(UNLOCK))
    wait_until(lambda: seat.statuses(unlock) == DONE)
    wait_until(lambda: seat.statuses(hint) == ["received", "failed/not-kept"])
    applied.close()

    assert [command for command, _ in seat.screen.shown] == [LOCK, UNLOCK]


def test_after_a_damaged_record_nothing_older_is_shown(make_seat: MakeSeat, tmp_path: Path) -> None:
    """It could be the second time."""
    (tmp_path / APPLIED_FILE).write_text("{")
    tmp_path.chmod(0o700)
    earlier = json.loads(message_json("box/box-1", HINT, ttl_s=300))
    time.sleep(0.01)  # ``ts`` has milliseconds
    applied = AppliedCommands(tmp_path, now_s=time.time())
    seat = make_seat(applied=applied)
    old, new = seat.deliver(earlier), seat.deliver(seat.command(HINT))
    wait_until(lambda: seat.statuses(new) == DONE)
    applied.close()

    assert seat.statuses(old) == ["failed/maybe-shown"]
    assert seat.screen.shown == [(HINT, None)]
