"""A copy of the databases as they are at one moment, beside a service that goes on writing."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from appliance.errors import StorageError
from appliance.storage.ballast import free_bytes
from appliance.storage.database import connect
from appliance.storage.export import FEATURES_FILE, PRIVACY_FILE
from appliance.storage.folder import make_private_file
from appliance.storage.keeping.copies import WORK_PREFIX
from appliance.storage.migrations import FEATURES, PRIVACY

DATABASES = {PRIVACY_FILE: PRIVACY, FEATURES_FILE: FEATURES}
"""Both databases with all their migrations."""

STEP_PAGES = 256
"""Pages between two reports of progress: 1 MB."""


@contextmanager
def work_folder(state_dir: Path) -> Iterator[Path]:
    """Make a folder inside of the state folder, and remove it with all that is in it.

    What a killed process leaves there, an erasure and the retention delete.

    Raises:
        StorageError: It cannot be made.
    """
    try:
        folder = Path(tempfile.mkdtemp(dir=state_dir, prefix=WORK_PREFIX))  # mode 0700
    except OSError as error:
        msg = f"state folder {state_dir} cannot be used: {error.strerror}"
        raise StorageError(msg) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sizes(state_dir: Path) -> dict[str, int]:
    """Return how many bytes each database has.

    Raises:
        StorageError: One is missing.
    """
    for name in DATABASES:
        if not (state_dir / name).is_file():
            msg = f"{state_dir / name}: there is no such database; has the box run yet?"
            raise StorageError(msg)
    return {name: (state_dir / name).stat().st_size for name in DATABASES}


def copy_databases(
    state_dir: Path, folder: Path, *, progress: Callable[[int], None]
) -> dict[str, int]:
    """Copy both databases, each as it is at one moment.

    Args:
        state_dir: Where they are.
        folder: Private and inside of ``state_dir``.
        progress: Told how many bytes have been copied since the last call.

    Returns:
        The schema version of each, by file name.

    Raises:
        StorageError: A database is missing or damaged, or there is no room for the copies.
    """
    needed = sum(sizes(state_dir).values())
    if free_bytes(state_dir) < needed:
        msg = f"{state_dir}: the copies need {needed / 1e6:.0f} MB for a moment; free some space"
        raise StorageError(msg)
    return {name: _copy(state_dir / name, folder / name, progress=progress) for name in DATABASES}


def _copy(source: Path, target: Path, *, progress: Callable[[int], None]) -> int:
    make_private_file(target)
    done = 0

    def follow(_status: int, left: int, pages: int) -> None:
        nonlocal done
        now = (pages - left) * size
        progress(now - done)
        done = now

    try:
        with closing(connect(source).conn) as live, closing(sqlite3.connect(target)) as copy:
            # Inside a reading transaction every step sees the same moment. Without it the copy
            # would begin anew whenever the service writes, which it does every few seconds.
            live.execute("BEGIN")
            size = int(live.execute("PRAGMA page_size").fetchone()[0])
            live.execute("SELECT count(*) FROM sqlite_master").fetchone()
            live.backup(copy, pages=STEP_PAGES, progress=follow)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
            version = int(copy.execute("PRAGMA user_version").fetchone()[0])
            live.rollback()
        with target.open("rb") as file:
            os.fsync(file.fileno())
    except (OSError, sqlite3.Error) as error:
        msg = f"{source}: cannot be copied: {error}"
        raise StorageError(msg) from error
    return version
