"""A restore brings back what was there, as a whole or not at all."""

import os
import sqlite3
import stat
from pathlib import Path

import pytest
from sqlite_utils import Database

from appliance.errors import StorageError
from appliance.storage import migrations as shipped
from appliance.storage.folder import FolderLock
from appliance.storage.keeping.copies import BEFORE_RESTORE
from appliance.storage.keeping.refusals import REFUSALS_FILE
from appliance.storage.keeping.snapshot import work_folder
from appliance.storage.migrations import migrate
from appliance.storage.store import Storage
from tests.support.clocks import HeldClock
from tests.support.disk import FEATURES, PRIVACY, rows
from tests.support.kept import BOTH, Backup, audited, damage, granted, seats_stored
from tests.support.rows import open_storage


def test_what_was_lost_comes_back(
    folder: Path, filled: Storage, backup: Backup, clock: HeldClock
) -> None:
    """Nothing was refused since, so everything does, and it is put on record."""
    filled.stop()
    with sqlite3.connect(folder / PRIVACY) as database:
        database.execute("DELETE FROM decisions")

    done = backup.restore(folder, configured=BOTH)

    assert seats_stored(folder) == (BOTH, BOTH)
    assert (done.erased_seats, done.stopped, done.erasures_known) == ((), (), True)
    assert granted(folder, clock) == BOTH
    assert "restored" in audited(folder)


def test_what_was_there_is_kept_beside(folder: Path, filled: Storage, backup: Backup) -> None:
    """One generation, for its owner alone, damaged or not."""
    filled.stop()
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
    folder: Path, filled: Storage, backup: Backup
) -> None:
    """What a crash and a lost file leave behind goes aside."""
    filled.stop()
    (folder / PRIVACY).unlink()
    (folder / f"{PRIVACY}-wal").write_bytes(b"of the lost one")

    kept = backup.restore(folder, configured=BOTH).kept_as

    assert kept is not None
    assert (kept / f"{PRIVACY}-wal").read_bytes() == b"of the lost one"
    assert not (folder / f"{PRIVACY}-wal").exists()
    assert seats_stored(folder) == (BOTH, BOTH)


def test_files_have_the_folder_s_owner_and_mode(
    folder: Path, filled: Storage, backup: Backup
) -> None:
    """Whoever restores, the service can open them and nobody else can."""
    filled.stop()
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
    folder: Path, filled: Storage, clock: HeldClock, tmp_path: Path
) -> None:
    """Its consents count only where they are given now."""
    filled.stop()
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


def test_a_box_in_use_is_left_alone(folder: Path, filled: Storage, backup: Backup) -> None:
    """The service, or any command, holds the folder."""
    with pytest.raises(StorageError, match="is in use; stop the service"):
        backup.restore(folder)
    filled.stop()
    backup.restore(folder)


def test_nobody_opens_a_box_that_is_being_restored(
    folder: Path, filled: Storage, clock: HeldClock
) -> None:
    """It would read files that are about to go."""
    filled.stop()
    lock = FolderLock.alone(folder)
    with pytest.raises(StorageError, match="is being restored; wait"):
        open_storage(folder, clock)
    lock.release()
    open_storage(folder, clock).stop()


def test_a_failing_restore_changes_nothing(
    folder: Path, filled: Storage, backup: Backup, tmp_path: Path
) -> None:
    """A database in the archive that is none: the present ones stay, no work is left behind."""
    filled.stop()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    damage(tmp_path / "backup" / FEATURES)

    with pytest.raises(StorageError):
        backup.restore(folder, configured=BOTH)

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_work_is_done_in_the_state_folder_and_leaves_nothing(folder: Path, filled: Storage) -> None:
    """No other folder ever holds a plain copy."""
    filled.stop()
    with work_folder(folder) as work:
        assert work.parent == folder
        assert stat.S_IMODE(work.stat().st_mode) == 0o700
        (work / PRIVACY).write_bytes(b"copy")
    assert not list(folder.glob(".keep-*"))
