"""A database read beside a service that may be writing it, for programs that show it."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from appliance.errors import StorageError
from appliance.permissions import WITH_SUDO
from appliance.storage.database import connect


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database for reading alone, its rows by name.

    Raises:
        StorageError: It is missing or cannot be read.
    """
    try:
        missing = not path.exists()
        closed = not missing and not os.access(path, os.R_OK, effective_ids=True)
    except PermissionError:  # of its folder
        missing, closed = False, True
    if missing:
        msg = f"{path}: there is no such database; has the box run yet?"
        raise StorageError(msg)
    if closed:
        msg = f"{path}: this account may not read it"
        raise StorageError(msg, next_step=WITH_SUDO)
    try:
        with closing(connect(path).conn) as connection:
            connection.execute("PRAGMA query_only = ON")
            connection.row_factory = sqlite3.Row
            yield connection
    except sqlite3.Error as error:
        msg = f"{path}: cannot be read: {error}"
        raise StorageError(msg) from error


def check_version(connection: sqlite3.Connection, path: Path, *, newest: int) -> int:
    """Return the schema's version.

    Raises:
        StorageError: A newer program has written it.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > newest:
        msg = f"{path}: written by a newer classbox than this one; install that one"
        raise StorageError(msg)
    return version
