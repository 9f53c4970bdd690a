"""Copies that lie beside a database for a while: what somebody could go back to.

What is in them cannot be told apart, so an erasure deletes them all.
"""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import structlog
from sqlite_utils import Database

from appliance.storage.ballast import free_bytes
from appliance.storage.folder import make_private_file

DAY_S = 86_400.0
COPY_DAYS = 7
"""How long a copy from before a migration or a restore stays: time to notice that something is
wrong, and no second retention."""

COPIED_BYTES = 256 * 1024 * 1024
"""A larger database is migrated without a copy: at 40 MB/s of an SD card systemd would give up
waiting. Only features grow so large, and they may be purged."""

BEFORE_RESTORE = "before-restore"
"""Folder of what a restore has replaced."""

WORK_PREFIX = ".keep-"
"""Begins the name of a folder in which a backup or a restore works; what a crash left goes, too."""


def kept_copies(folder: Path) -> list[Path]:
    """Return every copy of a database that lies in a state folder, files and folders."""
    patterns = ("*.db.corrupt-*", "*.db.v*.bak*", BEFORE_RESTORE, f"{WORK_PREFIX}*")
    return sorted(copy for pattern in patterns for copy in folder.glob(pattern))


def delete_copy(copy: Path) -> None:
    """Delete a file or a folder; one that is gone already is fine."""
    if copy.is_dir():
        shutil.rmtree(copy, ignore_errors=True)
    else:
        copy.unlink(missing_ok=True)


def expired(copy: Path, *, days: float, now_s: float) -> bool:
    """Tell whether a copy has to go; a corrupt file stays as long as rows do.

    Args:
        copy: One of ``kept_copies``.
        days: Age at which rows are deleted.
        now_s: Wall time.
    """
    longest = days if ".corrupt-" in copy.name else min(days, COPY_DAYS)
    try:
        return copy.stat().st_mtime < now_s - longest * DAY_S
    except FileNotFoundError:
        return False


def keep_before_migration(database: Database, path: Path, *, newest: int) -> None:
    """Keep a copy of an older database, in the place of any that was kept before.

    No consent is left in it: with an older program it would count again, also where it has been
    revoked since. A disk without room for the copy is no reason not to go on.

    Args:
        database: Open, in no transaction.
        path: Its file.
        newest: Version that it will have.
    """
    version = int(database.execute("PRAGMA user_version").fetchone()[0])
    if not 0 < version < newest:
        return
    copy = path.with_name(f"{path.name}.v{version}.bak")
    part = copy.with_name(f"{copy.name}.{os.getpid()}")
    try:
        size = path.stat().st_size
        if size > COPIED_BYTES or free_bytes(path.parent) < 2 * size:
            structlog.get_logger().warning("migrated_without_copy", file=path.name, bytes=size)
            return
        make_private_file(part)
        _copy_without_consent(database, part)
        older = [one for one in path.parent.glob(f"{path.name}.v*.bak") if one != copy]
        part.replace(copy)
        for one in older:
            one.unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        structlog.get_logger().warning("migrated_without_copy", file=path.name, error=str(error))
        part.unlink(missing_ok=True)


def _copy_without_consent(database: Database, copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as target:
        target.execute("PRAGMA synchronous = FULL")
        database.conn.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
        target.execute("PRAGMA secure_delete = ON")
        if target.execute("SELECT 1 FROM sqlite_master WHERE name = 'consent'").fetchone():
            target.execute("UPDATE consent SET granted = 0, permanent = 0, occupancy = NULL")
        target.commit()
