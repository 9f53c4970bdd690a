"""A box with something about two students on it, backed up and restored in a test's process."""

from collections.abc import Collection
from pathlib import Path

from appliance.domain.seats import SeatKey
from appliance.storage.folder import FolderLock
from appliance.storage.keeping.refusal_log import RefusalLog
from appliance.storage.keeping.refusals import REFUSALS_FILE
from appliance.storage.keeping.restoration import Restoration, restore_databases
from appliance.storage.keeping.snapshot import copy_databases, work_folder
from appliance.storage.store import Storage
from tests.support.choices import make_choice, make_outcome
from tests.support.clocks import HeldClock
from tests.support.disk import FEATURES, PRIVACY, rows
from tests.support.rows import (
    OTHER_SEAT,
    OTHER_STUDENT,
    SEAT,
    STUDENT,
    TERMINAL,
    make_intervention,
    make_reading,
    make_tokens,
    open_storage,
)

BOTH = {SEAT, OTHER_SEAT}


def damage(path: Path) -> None:
    """Leave something that is no database."""
    path.write_bytes(b"no database" * 999)


def granted(folder: Path, clock: HeldClock) -> set[SeatKey]:
    """Return who may be looked at once the box has started again; its configuration grants both."""
    storage = open_storage(folder, clock, on_file=BOTH)
    seats = {seat for seat in BOTH if storage.consent.granted(seat)}
    storage.stop()
    return seats


def audited(folder: Path) -> list[str]:
    """Return the events of the audit."""
    return [row[0] for row in rows(folder / PRIVACY, "SELECT event FROM audit ORDER BY id")]


def fill(storage: Storage) -> None:
    """Put tokens, a decision and a choice about two students into a store."""
    for number, (seat, student) in enumerate(((SEAT, STUDENT), (OTHER_SEAT, OTHER_STUDENT))):
        storage.features.append(
            make_tokens(seats=(seat,), occupancies=(student,)), [make_reading(seat=seat)]
        )
        decision = make_intervention(f"c{number}", seat=seat, occupancy=student)
        storage.decisions.record_intervention(decision, terminal=TERMINAL)
        storage.choices.record(make_choice(f"c{number}", seat=seat, occupancy=student))
        storage.choices.settle(make_outcome(f"c{number}"))
    storage.flush()


def seats_stored(folder: Path) -> tuple[set[str], set[str]]:
    """Return the seats of the tokens and of the decisions in a folder."""
    tokens = rows(folder / FEATURES, "SELECT seat FROM tokens JOIN streams ON streams.id = stream")
    decisions = rows(folder / PRIVACY, "SELECT DISTINCT seat FROM decisions")
    return {row[0] for row in tokens}, {row[0] for row in decisions}


class Backup:
    """What a backup holds of the state folder."""

    def __init__(self, folder: Path, keep: Path, clock: HeldClock) -> None:
        """Copy log and databases, in the order of the command."""
        self._keep = keep
        self._clock = clock
        keep.mkdir()
        log = RefusalLog(folder / REFUSALS_FILE, clock=clock, free=lambda: None).read()
        self.log = "" if log is None else log.text()
        self.schemas = copy_databases(folder, keep, progress=lambda _: None)

    def restore(self, folder: Path, *, configured: Collection[SeatKey] = ()) -> Restoration:
        """Put it back as the command does."""
        lock = FolderLock.alone(folder)
        try:
            with work_folder(folder) as work:
                for file in self._keep.iterdir():
                    (work / file.name).write_bytes(file.read_bytes())
                return restore_databases(
                    work,
                    folder,
                    archived_log=self.log,
                    configured=configured,
                    made="then",
                    clock=self._clock,
                )
        finally:
            lock.release()
