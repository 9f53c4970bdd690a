"""A restore brings back what was there, and nothing that has been refused since."""

import os
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils import Database

from appliance.domain.seats import SeatKey
from appliance.errors import StorageError
from appliance.storage import migrations as shipped
from appliance.storage.copies import BEFORE_RESTORE
from appliance.storage.folder import FolderLock
from appliance.storage.keeping.snapshot import work_folder
from appliance.storage.migrations import migrate
from appliance.storage.refusals import REFUSALS_FILE
from appliance.storage.store import Storage
from tests.support.clocks import HeldClock
from tests.support.disk import FEATURES, PRIVACY, rows
from tests.support.kept import Backup, fill, seats_stored
from tests.support.rows import OTHER_SEAT, OTHER_STUDENT, SEAT, STUDENT, open_storage

BOTH = {SEAT, OTHER_SEAT}


def damage(path: Path) -> None:
    """Leave something that is no database."""
    path.write_bytes(b"no database" * 999)


@pytest.fixture
def storage(folder: Path, clock: HeldClock) -> Storage:
    """Return a filled store whose configuration grants both seats."""
    opened = open_storage(folder, clock, on_file=BOTH)
    fill(opened)
    return opened


@pytest.fixture
def backup(folder: Path, storage: Storage, clock: HeldClock, tmp_path: Path) -> Backup:
    """Return a backup of it, made while it is open."""
    assert storage.consent.granted(SEAT)
    return Backup(folder, tmp_path / "backup", clock)


def granted(folder: Path, clock: HeldClock) -> set[SeatKey]:
    """Return who may be looked at once the box has started again."""
    storage = open_storage(folder, clock, on_file=BOTH)
    seats = {seat for seat in BOTH if storage.consent.granted(seat)}
    storage.stop()
    return seats


def audited(folder: Path) -> list[str]:
    """Return the events of the audit."""
    return [row[0] for row in rows(folder / PRIVACY, "SELECT event FROM audit ORDER BY id")]


def test_what_was_lost_comes_back(
    folder: Path, storage: Storage, backup: Backup, clock: HeldClock
) -> None:
    """Nothing was refused since, so everything does, and it is put on record."""
    storage.stop()
    with sqlite3.connect(folder / PRIVACY) as database:
        database.execute("DELETE FROM decisions")

    done = backup.restore(folder, configured=BOTH)

    assert seats_stored(folder) == (BOTH, BOTH)
    assert (done.erased_seats, done.stopped, done.erasures_known) == ((), (), True)
    assert granted(folder, clock) == BOTH
    assert "restored" in audited(folder)


def test_erased_stays_erased(
    folder: Path, storage: Storage, backup: Backup, clock: HeldClock
) -> None:
    """In both databases, to the last byte; and the audit keeps that it was."""
    storage.erasure.erase(actor="teacher", seat=SEAT)
    storage.stop()

    done = backup.restore(folder, configured=BOTH)

    assert done.erased_seats == (SEAT,)
    assert seats_stored(folder) == ({OTHER_SEAT}, {OTHER_SEAT})
    for name in (PRIVACY, FEATURES):
        assert STUDENT.encode() not in (folder / name).read_bytes()
        assert OTHER_STUDENT.encode() in (folder / name).read_bytes()
    assert audited(folder).count("erased") == 1
    assert granted(folder, clock) == BOTH


def test_an_erased_stay_stays_erased(folder: Path, storage: Storage, backup: Backup) -> None:
    """The log knows the stay by its digest."""
    storage.erasure.erase(actor="teacher", occupancy=STUDENT)
    storage.stop()

    done = backup.restore(folder, configured=BOTH)

    assert (done.erased_seats, done.erasures_known) == ((), True)
    assert done.erased_rows > 0
    assert seats_stored(folder) == ({OTHER_SEAT}, {OTHER_SEAT})


def test_an_erasure_from_before_the_backup_is_not_repeated(
    folder: Path, clock: HeldClock, tmp_path: Path
) -> None:
    """What was written about the seat afterwards comes back."""
    storage = open_storage(folder, clock, on_file=BOTH)
    storage.erasure.erase(actor="teacher", seat=SEAT)
    fill(storage)
    backup = Backup(folder, tmp_path / "backup", clock)
    storage.stop()

    assert backup.restore(folder, configured=BOTH).erased_seats == ()
    assert seats_stored(folder) == (BOTH, BOTH)


def test_an_erasure_during_the_backup_is_repeated(
    folder: Path, storage: Storage, backup: Backup, clock: HeldClock, tmp_path: Path
) -> None:
    """Its beginning is in the log of the backup and its end is not: the rows may be in the copy."""
    storage.erasure.erase(actor="teacher", seat=SEAT)
    late = Backup(folder, tmp_path / "late", clock)
    storage.stop()
    backup.log = "".join(
        line for line in late.log.splitlines(keepends=True) if "erased" not in line
    )

    assert backup.restore(folder, configured=BOTH).erased_seats == (SEAT,)
    assert seats_stored(folder) == ({OTHER_SEAT}, {OTHER_SEAT})


def test_revoked_stays_revoked(
    folder: Path, storage: Storage, backup: Backup, clock: HeldClock
) -> None:
    """Present no beats archived yes."""
    storage.consent.revoke(SEAT, actor="teacher")
    storage.stop()

    done = backup.restore(folder, configured=BOTH)

    assert done.stopped == (SEAT,)
    assert not done.consent_lost
    assert granted(folder, clock) == {OTHER_SEAT}


def test_an_archived_no_stays_a_no(
    folder: Path, storage: Storage, clock: HeldClock, tmp_path: Path
) -> None:
    """Consent never grows by a restore, in neither direction of time."""
    storage.consent.revoke(SEAT, actor="teacher")
    backup = Backup(folder, tmp_path / "backup", clock)
    storage.consent.grant(SEAT, actor="teacher")
    storage.stop()

    backup.restore(folder, configured=BOTH)

    assert granted(folder, clock) == {OTHER_SEAT}


def test_a_yes_that_has_ended_since_stays_ended(
    folder: Path, clock: HeldClock, tmp_path: Path
) -> None:
    """A consent for one stay, which another student's has ended."""
    storage = open_storage(folder, clock)
    storage.consent.occupancy_changed(SEAT, STUDENT)
    storage.consent.grant(SEAT, actor="terminal")
    backup = Backup(folder, tmp_path / "backup", clock)
    storage.consent.occupancy_changed(SEAT, OTHER_STUDENT)
    storage.stop()

    assert backup.restore(folder).stopped == (SEAT,)

    storage = open_storage(folder, clock)
    storage.consent.occupancy_changed(SEAT, STUDENT)
    assert not storage.consent.granted(SEAT)
    storage.stop()


@pytest.mark.parametrize(
    "lose", [pytest.param(damage, id="damaged"), pytest.param(Path.unlink, id="lost")]
)
def test_with_a_lost_database_the_log_still_names_every_erasure(
    folder: Path,
    storage: Storage,
    backup: Backup,
    clock: HeldClock,
    lose: Callable[[Path], object],
) -> None:
    """Who has agreed is lost with it, so everybody is denied until somebody grants again."""
    storage.erasure.erase(actor="teacher", seat=SEAT)
    storage.stop()
    lose(folder / PRIVACY)

    done = backup.restore(folder, configured=BOTH)

    assert (done.erased_seats, done.erasures_known) == ((SEAT,), True)
    assert done.consent_lost
    assert set(done.stopped) == BOTH
    assert seats_stored(folder) == ({OTHER_SEAT}, {OTHER_SEAT})
    assert granted(folder, clock) == set()

    storage = open_storage(folder, clock, on_file=BOTH)
    storage.consent.grant(SEAT, actor="operator")
    storage.stop()
    assert granted(folder, clock) == {SEAT}


def test_with_a_lost_log_the_database_still_names_erased_seats(
    folder: Path, storage: Storage, backup: Backup, clock: HeldClock
) -> None:
    """From its audit; consent is compared as always."""
    storage.erasure.erase(actor="teacher", seat=SEAT)
    storage.consent.revoke(OTHER_SEAT, actor="teacher")
    storage.stop()
    (folder / REFUSALS_FILE).unlink()

    done = backup.restore(folder, configured=BOTH)

    assert (done.erased_seats, done.erasures_known, done.consent_lost) == ((SEAT,), True, False)
    assert seats_stored(folder) == ({OTHER_SEAT}, {OTHER_SEAT})
    assert granted(folder, clock) == {SEAT}


def test_an_erased_stay_that_only_the_lost_log_knew_is_said_to_be_unknown(
    folder: Path, storage: Storage, backup: Backup
) -> None:
    """The audit says that a stay was erased and not which."""
    storage.erasure.erase(actor="teacher", occupancy=STUDENT)
    storage.stop()
    (folder / REFUSALS_FILE).unlink()

    assert not backup.restore(folder, configured=BOTH).erasures_known


def test_on_an_empty_machine_nothing_is_known_and_nobody_is_looked_at(
    folder: Path, storage: Storage, backup: Backup, clock: HeldClock
) -> None:
    """Also after a second restore, by which nobody has come to know more."""
    storage.stop()
    for path in folder.iterdir():
        path.unlink()

    first = backup.restore(folder, configured=BOTH)
    second = backup.restore(folder, configured=BOTH)

    for done in (first, second):
        assert not done.erasures_known
        assert done.consent_lost
    assert first.kept_as is None
    assert "restored_blindly" in audited(folder)
    assert granted(folder, clock) == set()


def test_a_box_that_began_anew_is_no_witness(
    folder: Path, storage: Storage, backup: Backup, clock: HeldClock
) -> None:
    """Its database is sound and knows nothing of the time before."""
    storage.consent.revoke(SEAT, actor="teacher")
    storage.stop()
    for path in folder.iterdir():
        path.unlink()
    clock.now_s += 60
    assert granted(folder, clock) == BOTH  # as the configuration has it

    done = backup.restore(folder, configured=BOTH)

    assert done.consent_lost
    assert not done.erasures_known
    assert granted(folder, clock) == set()


def test_restoring_twice_is_restoring_once(
    folder: Path, storage: Storage, backup: Backup, clock: HeldClock
) -> None:
    """Also where the second backup is older than the first restore."""
    storage.erasure.erase(actor="teacher", seat=SEAT)
    storage.consent.revoke(OTHER_SEAT, actor="teacher")
    storage.stop()

    backup.restore(folder, configured=BOTH)
    again = backup.restore(folder, configured=BOTH)

    assert again.erased_seats == (SEAT,)
    assert again.erasures_known
    assert seats_stored(folder) == ({OTHER_SEAT}, {OTHER_SEAT})
    assert granted(folder, clock) == {SEAT}
    assert audited(folder).count("erased") == 1


def test_refusals_of_a_restore_outlive_the_database(
    folder: Path, storage: Storage, backup: Backup, clock: HeldClock
) -> None:
    """A seat that a restore has denied is denied by a database begun anew, too."""
    storage.stop()
    damage(folder / PRIVACY)
    backup.restore(folder, configured=BOTH)
    damage(folder / PRIVACY)

    assert granted(folder, clock) == set()


def test_what_was_there_is_kept_beside(folder: Path, storage: Storage, backup: Backup) -> None:
    """One generation, for its owner alone, damaged or not."""
    storage.stop()
    features = (folder / FEATURES).read_bytes()
    backup.restore(folder, configured=BOTH)
    damage(folder / PRIVACY)

    kept = backup.restore(folder, configured=BOTH).kept_as

    assert kept == folder / BEFORE_RESTORE
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    assert {path.name for path in kept.iterdir()} == {PRIVACY, FEATURES}
    assert (kept / PRIVACY).read_bytes().startswith(b"no database")
    assert len((kept / FEATURES).read_bytes()) == len(features)


def test_a_log_without_its_database_is_not_played_into_the_restored_one(
    folder: Path, storage: Storage, backup: Backup
) -> None:
    """What a crash and a lost file leave behind goes aside."""
    storage.stop()
    (folder / PRIVACY).unlink()
    (folder / f"{PRIVACY}-wal").write_bytes(b"of the lost one")

    kept = backup.restore(folder, configured=BOTH).kept_as

    assert kept is not None
    assert (kept / f"{PRIVACY}-wal").read_bytes() == b"of the lost one"
    assert not (folder / f"{PRIVACY}-wal").exists()
    assert seats_stored(folder) == (BOTH, BOTH)


def test_files_have_the_folder_s_owner_and_mode(
    folder: Path, storage: Storage, backup: Backup
) -> None:
    """Whoever restores, the service can open them and nobody else can."""
    storage.stop()
    owner = folder.stat().st_uid
    if os.geteuid() == 0:
        owner = 12345
        os.chown(folder, owner, owner)

    backup.restore(folder, configured=BOTH)

    for name in (PRIVACY, FEATURES, REFUSALS_FILE, BEFORE_RESTORE):
        assert (folder / name).stat().st_uid == owner, name
    for name in (PRIVACY, FEATURES, REFUSALS_FILE):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


def test_an_older_backup_is_brought_up_to_date(
    folder: Path, storage: Storage, clock: HeldClock, tmp_path: Path
) -> None:
    """Its consents count only where they are given now."""
    storage.stop()
    backup = Backup(folder, tmp_path / "backup", clock)
    old = tmp_path / "backup" / PRIVACY
    old.unlink()
    database = Database(old)
    migrate(database, shipped.PRIVACY[:1], name=PRIVACY)
    database.execute("INSERT INTO consent VALUES ('a01', 1, 1, NULL, 'configuration', 1.0)")
    database.execute("INSERT INTO consent VALUES ('a77', 1, 1, NULL, 'configuration', 1.0)")
    database.conn.close()

    assert backup.restore(folder, configured=BOTH).stopped == ("a77",)
    assert rows(folder / PRIVACY, "PRAGMA user_version") == [(len(shipped.PRIVACY),)]
    assert granted(folder, clock) == BOTH


def test_a_box_in_use_is_left_alone(folder: Path, storage: Storage, backup: Backup) -> None:
    """The service, or any command, holds the folder."""
    with pytest.raises(StorageError, match="is in use; stop the service"):
        backup.restore(folder)
    storage.stop()
    backup.restore(folder)


def test_nobody_opens_a_box_that_is_being_restored(
    folder: Path, storage: Storage, clock: HeldClock
) -> None:
    """It would read files that are about to go."""
    storage.stop()
    lock = FolderLock.alone(folder)
    with pytest.raises(StorageError, match="is being restored; wait"):
        open_storage(folder, clock)
    lock.release()
    open_storage(folder, clock).stop()


def test_a_failing_restore_changes_nothing(
    folder: Path, storage: Storage, backup: Backup, tmp_path: Path
) -> None:
    """A database in the archive that is none: the present ones stay, no work is left behind."""
    storage.stop()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    damage(tmp_path / "backup" / FEATURES)

    with pytest.raises(StorageError):
        backup.restore(folder, configured=BOTH)

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_work_is_done_in_the_state_folder_and_leaves_nothing(
    folder: Path, storage: Storage
) -> None:
    """No other folder ever holds a plain copy."""
    storage.stop()
    with work_folder(folder) as work:
        assert work.parent == folder
        assert stat.S_IMODE(work.stat().st_mode) == 0o700
        (work / PRIVACY).write_bytes(b"copy")
    assert not list(folder.glob(".keep-*"))
