"""One SQLite file: opened, checked, moved aside when it is corrupt."""

import errno
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlite_utils import Database

from appliance.errors import StorageError
from appliance.storage.folder import make_private_file, require_no_links
from appliance.storage.keeping.copies import keep_before_migration
from appliance.storage.migrations import Migration, migrate

BUSY_S = 5.0
"""Longest wait for another process, such as ``classbox export``."""

CACHE_KIB = 512
"""Page cache of a database. Rows are appended and hardly read; SQLite's own 2 MB fill up in the
first quarter of an hour and look like a leak."""

ROOM_BYTES = 1024 * 1024
"""A disk with less than this takes no log of a database: it is full, whatever SQLite calls it."""

FULL = "the disk is full; free some space"

CHECKED_BYTES = 64 * 1024 * 1024
"""Larger files are not read through at start: at 40 MB/s of an SD card systemd would give up
waiting. Damage in them shows when it is met, and is handled then."""

SIDECARS = ("-wal", "-shm")

_CORRUPT = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_OF_THE_DISK = frozenset(
    {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}
)
_PRIMARY_CODE = 0xFF
"""The low byte of an extended result code is its primary code (sqlite.org/rescode.html)."""


class DatabaseFile:
    """A database in WAL mode with one writing connection."""

    def __init__(
        self,
        path: Path,
        *,
        migrations: Sequence[Migration],
        synchronous: str,
        wall_s: float,
        repair: bool = True,
    ) -> None:
        """Open the file, make it where it is missing, move it aside where it is corrupt.

        Args:
            path: The database.
            migrations: How to bring it to the newest version.
            synchronous: ``FULL`` or ``NORMAL`` (sqlite.org/pragma.html).
            wall_s: Wall time, for the name of a file that is moved aside.
            repair: Move a corrupt file aside instead of raising.

        Raises:
            StorageError: It cannot be used at all.
        """
        self.path = path
        self._migrations = migrations
        self._synchronous = synchronous
        self._database: Database | None = None
        self._file = (0, 0)
        self.moved_aside: list[str] = []
        """Names under which corrupt files were kept, oldest first."""
        self.opened = 0
        """How often a file was opened under this name."""
        self.begun = 0
        """How often an empty file was made into a database."""
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            if not (repair and is_corrupt(error)):
                fault = disk_fault(error, path.parent)
                msg = f"{path}: {fault or error}"
                raise StorageError(msg) from error
            self.start_afresh(wall_s=wall_s)

    @property
    def database(self) -> Database:
        """The writing connection; only the writer thread uses it."""
        if self._database is None:
            msg = f"{self.path} is closed"
            raise StorageError(msg)
        return self._database

    @contextmanager
    def transaction(self) -> Iterator[Database]:
        """Commit at the end of the block, or roll back."""
        if self._database is None:  # an earlier attempt to replace the file has failed
            self._open()
        database = self.database
        database.execute("BEGIN IMMEDIATE")
        try:
            yield database
            database.execute("COMMIT")
        except BaseException:
            # An error such as a full disk may already have ended the transaction.
            if database.conn.in_transaction:
                database.conn.rollback()
            raise

    def start_afresh(self, *, wall_s: float) -> None:
        """Keep the corrupt file under another name and begin an empty one.

        Raises:
            StorageError: Even that is impossible.
        """
        self.close()
        aside = self.path.with_name(f"{self.path.name}.corrupt-{int(wall_s)}")
        number = 0
        while aside.exists():
            number += 1
            aside = self.path.with_name(f"{self.path.name}.corrupt-{int(wall_s)}-{number}")
        try:
            self.path.rename(aside)
            for suffix in SIDECARS:
                # Left behind, the log of the corrupt file would be played into the new one.
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
            self._open()
        except (OSError, sqlite3.DatabaseError) as error:
            msg = f"{self.path} is corrupt and cannot be replaced: {error}"
            raise StorageError(msg) from error
        self.moved_aside.append(aside.name)

    def misplaced(self) -> bool:
        """Tell whether another file, or none, bears the name now."""
        try:
            known = self.path.stat()
        except FileNotFoundError:
            return True
        except OSError:  # nothing is known of its name; what is open may still work
            return False
        return (known.st_dev, known.st_ino) != self._file

    def reopen(self, *, wall_s: float) -> None:
        """Let go of a file that has lost its name, and open the one that bears it.

        Raises:
            StorageError: That is impossible.
        """
        self.close()
        try:
            for suffix in SIDECARS:  # the log of the old file would be played into the new one
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
            self._open()
        except sqlite3.DatabaseError as error:
            if not is_corrupt(error):
                msg = f"{self.path} was replaced and cannot be opened: {error}"
                raise StorageError(msg) from error
            self.start_afresh(wall_s=wall_s)
        except OSError as error:
            msg = f"{self.path} was replaced and cannot be opened: {error.strerror}"
            raise StorageError(msg) from error

    def checkpoint(self) -> bool:
        """Move the log into the database and cut it to nothing; False while somebody reads."""
        busy = self.database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return not busy

    def bytes_used(self) -> int:
        """Return the size without free pages, bytes."""
        pages, free, size = (
            int(self.database.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * size

    def close(self) -> None:
        """Close the connection; the last one out removes the log."""
        if self._database is not None:
            with suppress(sqlite3.DatabaseError):  # closing checkpoints, and a full disk fails
                self._database.conn.close()
            self._database = None

    def _open(self) -> None:
        make_private_file(self.path)
        # SQLite follows links, and as root it gives what it opens to the database's owner.
        require_no_links(
            self.path.with_name(self.path.name + suffix) for suffix in (*SIDECARS, "-journal")
        )
        database = connect(self.path)
        try:
            database.execute("PRAGMA auto_vacuum = INCREMENTAL")  # before the first table
            database.execute("PRAGMA journal_mode = WAL")
            database.execute(f"PRAGMA synchronous = {self._synchronous}")
            database.execute("PRAGMA secure_delete = ON")  # docs/DESIGN.md, 8
            database.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            if self.path.stat().st_size < CHECKED_BYTES:
                _check(database)
            empty = int(database.execute("PRAGMA user_version").fetchone()[0]) == 0
            keep_before_migration(database, self.path, newest=len(self._migrations))
            _bring_to_schema(database, self._migrations, name=self.path.name)
        except BaseException:
            database.conn.close()
            raise
        known = self.path.stat()
        self._file = (known.st_dev, known.st_ino)
        self._database = database
        self.opened += 1
        self.begun += empty


def connect(path: Path) -> Database:
    """Open a connection to an existing file; any thread may use it, one at a time.

    Raises:
        sqlite3.OperationalError: The file is missing.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=BUSY_S,
        check_same_thread=False,
    )
    return Database(connection, execute_plugins=False)


def is_corrupt(error: sqlite3.Error) -> bool:
    """Tell whether a file is damaged, as opposed to locked, full or out of reach."""
    return _code(error) in _CORRUPT


def is_full(error: sqlite3.Error) -> bool:
    """Tell whether the disk, or the database's own limit, is used up."""
    return _code(error) == sqlite3.SQLITE_FULL


def disk_fault(error: sqlite3.Error, folder: Path) -> str:
    """Return what is wrong with the disk, and what to do; empty where it is something else.

    SQLite calls nearly everything an I/O error; the system knows better.

    Args:
        error: Of a database in the folder.
        folder: Where the database lies.
    """
    if _code(error) not in _OF_THE_DISK:
        return ""
    try:
        disk = os.statvfs(folder)
    except OSError as failed:
        return f"the disk of {folder} cannot be reached ({failed.strerror})"
    if disk.f_flag & os.ST_RDONLY or _takes_no_file(folder):
        return "the disk is read-only; look for its error in dmesg, then mount it anew"
    if is_full(error) or lacks_room(folder):
        return FULL
    return "the disk fails to read or write; look into dmesg, and replace it"


def lacks_room(folder: Path) -> bool:
    """Tell whether a folder's disk is as good as full."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < ROOM_BYTES


def _takes_no_file(folder: Path) -> bool:
    # After an error of its disk ext4 refuses everything without being mounted read-only.
    try:
        os.close(os.open(folder, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    except OSError as error:
        return error.errno == errno.EROFS
    return False


def _check(database: Database) -> None:
    problem = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if problem != "ok":
        raise _corrupt(problem)


def _bring_to_schema(database: Database, migrations: Sequence[Migration], *, name: str) -> None:
    """Migrate; a sound database of something else is as good as a damaged one."""
    try:
        migrate(database, migrations, name=name)
    except sqlite3.OperationalError as error:
        if _code(error) == sqlite3.SQLITE_ERROR:
            raise _corrupt(str(error)) from error
        raise
    fresh = Database(memory=True)
    try:
        migrate(fresh, migrations, name=name)
        if missing := _schema(fresh) - _schema(database):
            raise _corrupt(", ".join(sorted(one[0] for one in missing)))
    finally:
        fresh.conn.close()


def _schema(database: Database) -> set[tuple[str, str]]:
    rows = database.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {(str(name), str(sql)) for name, sql in rows}


def _corrupt(problem: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(problem)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def _code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & _PRIMARY_CODE
