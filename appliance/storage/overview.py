"""What the databases hold, in numbers: schema version and rows per table, and not one value."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TypedDict

from appliance.storage.database import connect
from appliance.storage.export import FEATURES_FILE, PRIVACY_FILE


class DatabaseOverview(TypedDict):
    """One file."""

    file: str
    bytes: int
    schema: int | None
    rows: dict[str, int]
    error: str


def overview(state_dir: Path) -> list[DatabaseOverview]:
    """Return how the databases of a state folder are; one that cannot be read says why."""
    return [_look(state_dir / name) for name in (PRIVACY_FILE, FEATURES_FILE)]


def _look(path: Path) -> DatabaseOverview:
    found = DatabaseOverview(file=path.name, bytes=0, schema=None, rows={}, error="")
    try:
        found["bytes"] = path.stat().st_size
        with closing(connect(path).conn) as connection:
            connection.execute("PRAGMA query_only = ON")
            found["schema"] = int(connection.execute("PRAGMA user_version").fetchone()[0])
            tables = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            ).fetchall()
            for (table,) in tables:
                # A name out of the schema, quoted as SQLite wants it.
                quoted = str(table).replace('"', '""')
                counted = connection.execute(f'SELECT count(*) FROM "{quoted}"')  # noqa: S608
                found["rows"][str(table)] = int(counted.fetchone()[0])
    except OSError as error:
        found["error"] = str(error.strerror)
    except sqlite3.Error as error:
        found["error"] = str(error)
    return found
