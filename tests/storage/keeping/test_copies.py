"""Copies beside a database: made before a migration, and gone with an erasure or after a week."""

import os
import sqlite3
import stat
from pathlib import Path

import pytest
from sqlite_utils import Database
from structlog.testing import capture_logs

from appliance.errors import NewerSchemaError
from appliance.storage import migrations as shipped
from appliance.storage.keeping.copies import BEFORE_RESTORE, COPY_DAYS, DAY_S, WORK_PREFIX
from appliance.storage.migrations import migrate
from appliance.storage.retention import EVERY_S
from appliance.storage.store import Storage
from tests.support.clocks import HeldClock
from tests.support.disk import PRIVACY, rows, settle
from tests.support.rows import SEAT, open_storage

COPY = "privacy.db.v1.bak"


@pytest.fixture
def old_folder(folder: Path) -> Path:
    """Return a state folder whose privacy database has version 1 and one consent."""
    folder.mkdir()
    database = Database(folder / PRIVACY)
    database.execute("PRAGMA journal_mode = WAL")
    migrate(database, shipped.PRIVACY[:1], name=PRIVACY)
    database.execute("INSERT INTO consent VALUES ('a01', 1, 1, NULL, 'configuration', 1.0)")
    database.conn.close()
    return folder


def test_a_migration_keeps_a_copy_of_the_version_before(old_folder: Path, clock: HeldClock) -> None:
    """Sound, private, of the old version, one file; the database itself goes forwards."""
    storage = open_storage(old_folder, clock)
    assert storage.consent.granted(SEAT)
    storage.stop()

    assert stat.S_IMODE((old_folder / COPY).stat().st_mode) == 0o600
    assert rows(old_folder / COPY, "PRAGMA user_version") == [(1,)]
    assert rows(old_folder / COPY, "PRAGMA integrity_check") == [("ok",)]
    assert rows(old_folder / PRIVACY, "PRAGMA user_version") == [(len(shipped.PRIVACY),)]
    assert sorted(path.name for path in old_folder.glob("*.bak*")) == [COPY]


def test_no_consent_is_left_in_the_copy(old_folder: Path, clock: HeldClock) -> None:
    """Whoever goes back to it asks again: it may have been revoked since."""
    open_storage(old_folder, clock).stop()

    assert rows(old_folder / COPY, "SELECT seat, granted, permanent FROM consent") == [
        ("a01", 0, 0)
    ]


@pytest.mark.parametrize("version", [0, len(shipped.PRIVACY)])
def test_a_new_database_and_one_of_today_need_no_copy(
    folder: Path, clock: HeldClock, version: int
) -> None:
    """There is nothing to go back to."""
    for _ in range(1 + bool(version)):
        open_storage(folder, clock).stop()
    assert not list(folder.glob("*.bak*"))


def test_one_generation_is_kept(old_folder: Path, clock: HeldClock) -> None:
    """The copy of an earlier update gives way."""
    (old_folder / "privacy.db.v0.bak").write_bytes(b"older")
    open_storage(old_folder, clock).stop()
    assert [path.name for path in old_folder.glob("*.bak*")] == [COPY]


def test_a_disk_without_room_for_the_copy_does_not_stop_the_box(
    old_folder: Path, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so and goes on."""
    monkeypatch.setattr("appliance.storage.keeping.copies.free_bytes", lambda _: 0)
    with capture_logs() as logs:
        open_storage(old_folder, clock).stop()

    assert [entry["file"] for entry in logs if entry["event"] == "migrated_without_copy"] == [
        PRIVACY
    ]
    assert not list(old_folder.glob("*.bak*"))
    assert rows(old_folder / PRIVACY, "PRAGMA user_version") == [(len(shipped.PRIVACY),)]


def test_a_copy_that_fails_leaves_no_part_of_itself(
    old_folder: Path, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does it stop the box."""

    def fail(_database: Database, copy: Path) -> None:
        copy.write_bytes(b"half")
        msg = "disk I/O error"
        raise sqlite3.OperationalError(msg)

    monkeypatch.setattr("appliance.storage.keeping.copies._copy_without_consent", fail)
    open_storage(old_folder, clock).stop()

    assert not list(old_folder.glob("*.bak*"))


def test_a_newer_database_is_refused_for_good(old_folder: Path, clock: HeldClock) -> None:
    """With a code by which systemd does not try again, and without a copy."""
    database = sqlite3.connect(old_folder / PRIVACY)
    database.execute("PRAGMA user_version = 99")
    database.close()

    with pytest.raises(NewerSchemaError, match=r"privacy\.db: version 99 .* newer classbox") as it:
        open_storage(old_folder, clock)

    assert it.value.exit_code == 65
    assert not list(old_folder.glob("*.bak*"))


def fill(folder: Path) -> list[Path]:
    """Put one of each kind of copy beside the databases."""
    copies = [folder / COPY, folder / "features.db.corrupt-1"]
    for path in copies:
        path.write_bytes(b"occupancy-one")
    for name in (BEFORE_RESTORE, f"{WORK_PREFIX}abc"):
        (folder / name).mkdir()
        (folder / name / PRIVACY).write_bytes(b"occupancy-one")
        copies.append(folder / name)
    return copies


def test_an_erasure_deletes_every_copy(folder: Path, storage: Storage) -> None:
    """What is in them cannot be told apart, and a copy that outlives an erasure is a leak."""
    copies = fill(folder)

    assert storage.erasure.erase(actor="teacher", seat=SEAT).files == len(copies)

    assert not [path for path in copies if path.exists()]
    assert not [path for path in folder.rglob("*") if b"occupancy-one" in path.read_bytes()]


def test_copies_go_after_a_week_and_corrupt_files_with_their_rows(
    folder: Path, storage: Storage, clock: HeldClock
) -> None:
    """A copy of all rows is no second retention."""
    copies = fill(folder)
    for path in copies:
        os.utime(path, (clock.wall_s(), clock.wall_s()))

    clock.now_s = COPY_DAYS * DAY_S - EVERY_S
    settle(storage)
    assert all(path.exists() for path in copies)

    clock.now_s = COPY_DAYS * DAY_S + EVERY_S
    settle(storage)
    assert [path.name for path in copies if path.exists()] == ["features.db.corrupt-1"]
