"""The disk under a store: read beside it, and made to fail as a disk does."""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from appliance.storage import database, migrations
from appliance.storage.migrations import migrate
from appliance.storage.store import Storage

FEATURES, PRIVACY = "features.db", "privacy.db"


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    """Read a database, open or closed, as anybody else would."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def old_database(path: Path, *, version: int) -> sqlite3.Connection:
    """Return a ``privacy.db`` as an older program has left it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    opened = Database(path)
    migrate(opened, migrations.PRIVACY[:version], name=path.name)
    return opened.conn


def settle(storage: Storage) -> None:
    """Return when the writer has done what was due; features that are not due stay."""
    for _ in range(2):  # it looks after what is due behind every job
        storage.outbox.pending()


class Disk:
    """Turns the connections of a store, in the thread that uses them: ``open`` it with ``beat``.

    Limits and caches of SQLite are a connection's, so nobody beside it can turn them.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        """Remember every connection from now on."""
        self._opened: dict[str, Database] = {}
        self._connect = database.connect
        self._orders: deque[tuple[Callable[[], object], threading.Event]] = deque()
        patch.setattr(database, "connect", self._remember)

    def beat(self, _thread: str) -> None:
        """Do what was ordered; the writer calls it between two jobs."""
        while self._orders:
            work, done = self._orders.popleft()
            work()
            done.set()

    def turn(self, name: str, *pragmas: str) -> list[object]:
        """Run pragmas of a database in the writer's thread and return what each answers."""
        answers: list[object] = []
        self._order(lambda: answers.extend(self._pragma(name, text) for text in pragmas))
        return answers

    def limit(self, name: str, *, pages_more: int) -> None:
        """Let a database grow by so many pages and no more, as a full disk would."""
        self._order(lambda: self.limit_at_once(name, pages_more=pages_more))

    def limit_at_once(self, name: str, *, pages_more: int) -> None:
        """Do the same where the writer itself calls."""
        pages = self._pragma(name, "page_count")
        assert isinstance(pages, int)
        self._pragma(name, f"max_page_count = {pages + pages_more}")

    def damage(self, path: Path) -> None:
        """Destroy all pages but the first under an open store."""

        def overwrite() -> None:
            self._pragma(path.name, "wal_checkpoint(TRUNCATE)")
            content = path.read_bytes()
            path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
            self._pragma(path.name, "shrink_memory")

        self._order(overwrite)

    def lose(self, path: Path, way: Callable[[Path], object]) -> None:
        """Do something to the file of an open store, with nothing of it left in the log."""

        def do() -> None:
            self._pragma(path.name, "wal_checkpoint(TRUNCATE)")
            way(path)
            self._pragma(path.name, "shrink_memory")

        self._order(do)

    def _order(self, work: Callable[[], object]) -> None:
        done = threading.Event()
        self._orders.append((work, done))
        assert done.wait(10), "the store was opened without this disk's beat"

    def _pragma(self, name: str, text: str) -> object:
        row = self._opened[name].execute(f"PRAGMA {text}").fetchone()
        return row[0] if row else None

    def _remember(self, path: Path) -> Database:
        self._opened[path.name] = opened = self._connect(path)
        return opened
