"""Every earlier version of a database is brought to the newest one."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlite_utils import Database

from appliance.errors import StorageError
from appliance.storage import migrations as shipped
from appliance.storage.database import connect
from appliance.storage.migrations import Migration, migrate
from tests.support.clocks import HeldClock
from tests.support.rows import SEAT, STUDENT, open_storage

ALL = {"privacy": shipped.PRIVACY, "features": shipped.FEATURES}


def schema(database: Database) -> list[tuple[object, ...]]:
    """Return everything that defines a database."""
    query = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name"
    return database.execute(query).fetchall()


def version(database: Database) -> int:
    """Return the number of the last migration."""
    return int(database.execute("PRAGMA user_version").fetchone()[0])


@pytest.mark.parametrize(
    ("name", "earlier"),
    [(name, number) for name, steps in ALL.items() for number in range(len(steps) + 1)],
)
def test_every_earlier_version_becomes_the_newest(name: str, earlier: int) -> None:
    """An upgraded database cannot be told from a new one."""
    old, new = Database(memory=True), Database(memory=True)
    migrate(old, ALL[name][:earlier], name=name)
    assert version(old) == earlier

    migrate(old, ALL[name], name=name)
    migrate(new, ALL[name], name=name)

    assert schema(old) == schema(new)
    assert version(old) == len(ALL[name])


def test_rows_survive_an_upgrade(folder: Path) -> None:
    """A privacy database of version 1 keeps its consents."""
    folder.mkdir()
    database = Database(folder / "privacy.db")
    migrate(database, shipped.PRIVACY[:1], name="privacy.db")
    database.execute("INSERT INTO consent VALUES ('a01', 1, 0, 'occupancy-one', 'teacher', 1.0)")
    database.conn.close()

    storage = open_storage(folder, HeldClock())
    storage.consent.occupancy_changed(SEAT, STUDENT)

    assert storage.consent.granted(SEAT)
    storage.stop()


def test_failing_migration_leaves_nothing() -> None:
    """One transaction each: the statements before the faulty one are undone."""
    steps: tuple[Migration, ...] = (
        ("CREATE TABLE kept (x INTEGER)",),
        ("CREATE TABLE undone (x INTEGER)", "CREATE TABLE kept (x INTEGER)"),
    )
    database = Database(memory=True)

    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        migrate(database, steps, name="test")

    assert version(database) == 1
    assert database.table_names() == ["kept"]


def test_two_programs_may_start_at_once(tmp_path: Path) -> None:
    """The service and a command on the same folder: one migrates, the other waits for it."""
    path = tmp_path / "privacy.db"
    path.touch()

    def start(_: int) -> int:
        database = connect(path)
        migrate(database, shipped.PRIVACY, name=path.name)
        found = version(database)
        database.conn.close()
        return found

    with ThreadPoolExecutor(max_workers=4) as pool:
        assert set(pool.map(start, range(8))) == {len(shipped.PRIVACY)}


def test_newer_database_is_refused_and_left_alone(folder: Path) -> None:
    """Going back to an older program is explained, not repaired."""
    storage = open_storage(folder, HeldClock())
    storage.stop()
    database = sqlite3.connect(folder / "privacy.db")
    database.execute("PRAGMA user_version = 99")
    database.close()

    with pytest.raises(StorageError, match=r"privacy.db: version 99 .* newer classbox"):
        open_storage(folder, HeldClock())
    assert not list(folder.glob("*.corrupt-*"))
