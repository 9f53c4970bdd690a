"""A wall clock that jumps deletes nothing; what has really become old goes in the end."""

from pathlib import Path

import pytest

from appliance.domain.boot import BootTime
from appliance.storage.keeping.copies import DAY_S
from appliance.storage.keeping.timekeeper import LASTING_S, SETTLING_S
from appliance.storage.retention import EVERY_S
from appliance.storage.store import Storage
from tests.support.clocks import ManualClock
from tests.support.disk import PRIVACY, rows, settle
from tests.support.rows import TERMINAL, make_entry, make_intervention, open_storage


class Machine:
    """A box that can be switched off, and its wall clock."""

    def __init__(self, folder: Path) -> None:
        """Boot it for the first time, years of its running time ago."""
        self.folder = folder
        self.clock = ManualClock()
        self.boot = 1
        self.storage = self.start()

    def start(self) -> Storage:
        """Start the service."""
        return open_storage(
            self.folder,
            self.clock,
            boot=lambda: BootTime(boot=f"boot-{self.boot}", s=self.clock.monotonic),
            on_file=(),
        )

    def restart(self) -> None:
        """Stop the service and start it."""
        self.storage.stop()
        self.storage = self.start()

    def off(self, seconds: float) -> None:
        """Switch the machine off for a while; its clock has a battery."""
        self.storage.stop()
        self.boot += 1
        self.clock.wall += seconds
        self.clock.monotonic = 20.0
        self.storage = self.start()

    def run(self, seconds: float) -> None:
        """Let it run, and look after itself every hour."""
        while seconds > 0:
            self.clock.advance(min(EVERY_S, seconds))
            seconds -= EVERY_S
            settle(self.storage)

    def decide(self) -> None:
        """Put a decision on record."""
        self.storage.decisions.record_intervention(make_intervention(), terminal=TERMINAL)

    def decisions(self) -> int:
        """Count what is on record."""
        return int(rows(self.folder / PRIVACY, "SELECT count(*) FROM decisions")[0][0])


@pytest.fixture
def machine(folder: Path) -> Machine:
    """Return a box that has one decision of today on record."""
    box = Machine(folder)
    box.decide()
    box.run(2 * EVERY_S)
    return box


@pytest.mark.parametrize("days", [31, -1, 400, -400])
@pytest.mark.parametrize("restarted", [False, True])
def test_a_jump_deletes_nothing(machine: Machine, days: int, restarted: bool) -> None:
    """Neither while it lasts nor when it is taken back, over a restart of the service too."""
    machine.clock.wall += days * DAY_S
    if restarted:
        machine.restart()
    machine.run(2 * DAY_S)
    assert machine.decisions() == 1

    machine.clock.wall -= days * DAY_S
    machine.run(2 * DAY_S)
    assert machine.decisions() == 1
    machine.storage.stop()


def test_age_is_counted_while_the_wall_clock_is_wrong(machine: Machine) -> None:
    """Thirty days are thirty days, whatever the wall clock says."""
    machine.clock.wall += 400 * DAY_S
    machine.run(LASTING_S / 2)
    machine.clock.wall -= 400 * DAY_S
    machine.run(29 * DAY_S - LASTING_S / 2)
    assert machine.decisions() == 1
    machine.run(2 * DAY_S)
    assert machine.decisions() == 0
    machine.storage.stop()


def test_a_jump_that_lasts_is_believed(machine: Machine) -> None:
    """A clock that was years behind when the box was installed is right in the end."""
    machine.clock.wall += 400 * DAY_S
    machine.run(LASTING_S - 2 * EVERY_S)
    assert machine.decisions() == 1
    machine.run(4 * EVERY_S)
    assert machine.decisions() == 0
    machine.storage.stop()


def test_after_the_holidays_what_is_too_old_goes(machine: Machine) -> None:
    """A clock with a battery: an hour after the box is on again, not before."""
    machine.off(42 * DAY_S)
    settle(machine.storage)
    machine.run(SETTLING_S - 60)
    assert machine.decisions() == 1
    machine.run(2 * EVERY_S)
    assert machine.decisions() == 0
    machine.storage.stop()


def test_without_a_battery_it_goes_when_the_clock_has_been_set(machine: Machine) -> None:
    """It begins where it ended before the holidays, until NTP answers minutes later."""
    machine.off(0.0)
    machine.run(600)
    machine.clock.wall += 42 * DAY_S
    machine.run(SETTLING_S - 60)
    assert machine.decisions() == 1
    machine.run(2 * EVERY_S)
    assert machine.decisions() == 0
    machine.storage.stop()


def test_a_box_that_is_off_every_night_keeps_up(machine: Machine) -> None:
    """Its nights count, though it never runs for a day."""
    for _ in range(29):
        machine.off(16 * 3600)
        machine.run(8 * 3600)
    assert machine.decisions() == 1
    for _ in range(2):
        machine.off(16 * 3600)
        machine.run(8 * 3600)
    assert machine.decisions() == 0
    machine.storage.stop()


@pytest.mark.parametrize("days", [31, -1])
def test_open_commands_move_with_the_clock(machine: Machine, days: int) -> None:
    """What was set while nothing ran neither ends nor revives a command."""
    now_s = machine.clock.wall
    machine.storage.outbox.put(make_entry(created_s=now_s, expires_s=now_s + 300.0))
    settle(machine.storage)
    machine.storage.stop()
    machine.clock.advance(20)
    machine.clock.wall += days * DAY_S
    machine.storage = machine.start()

    (entry,) = machine.storage.outbox.pending()
    assert entry.expires_s - machine.clock.wall == pytest.approx(280.0)
    machine.storage.stop()


def test_a_damaged_record_is_as_none(machine: Machine) -> None:
    """The box starts, and counts from the wall clock."""
    machine.storage.stop()
    machine.storage = machine.start()
    machine.storage.checkpoints.put("clock", {"time_s": "never"})
    machine.restart()
    machine.run(EVERY_S)
    assert machine.decisions() == 1
    machine.storage.stop()
