"""The disk under a store: read beside it, and made to fail as a disk does."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from appliance.storage import database
from appliance.storage.store import Storage

FEATURES, PRIVACY = "features.db", "privacy.db"


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    """Read a database, open or closed, as anybody else would."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def settle(storage: Storage) -> None:
    """Return when the writer has done what was due; features that are not due stay."""
    for _ in range(2):  # it looks after what is due behind every job
        storage.outbox.pending()


class Disk:
    """Holds the connections that stores have opened since: limits of SQLite are theirs."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        """Begin to listen."""
        self._opened: dict[str, Database] = {}
        self._connect = database.connect
        patch.setattr(database, "connect", self._remember)

    def pragma(self, name: str, text: str) -> int | str | None:
        """Ask the connection that was opened last, or tell it."""
        row = self._opened[name].execute(f"PRAGMA {text}").fetchone()
        return row[0] if row else None

    def limit(self, name: str, *, pages_more: int) -> None:
        """Let a database grow by so many pages and no more, as a full disk would."""
        pages = self.pragma(name, "page_count")
        assert isinstance(pages, int)
        self.pragma(name, f"max_page_count = {pages + pages_more}")

    def damage(self, path: Path) -> None:
        """Destroy all pages but the first under an open store."""
        self.pragma(path.name, "wal_checkpoint(TRUNCATE)")
        content = path.read_bytes()
        path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
        self.pragma(path.name, "shrink_memory")

    def _remember(self, path: Path) -> Database:
        self._opened[path.name] = opened = self._connect(path)
        return opened
