"""Small states that survive a restart: open episodes, cool-downs."""

import json
from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

from appliance.errors import StorageError
from appliance.ports import Clock
from appliance.storage.counts import Store
from appliance.storage.writer import StorageWriter


class Checkpoints:
    """One JSON object per key; the newest wins."""

    def __init__(self, writer: StorageWriter, *, clock: Clock) -> None:
        """Write through ``writer``."""
        self._writer = writer
        self._clock = clock

    def put(self, key: str, value: Mapping[str, Any]) -> None:
        """Queue a state; returns at once.

        Args:
            key: Name of the state, for example ``episodes``.
            value: Anything that JSON can hold, without NaN. Any, because each owner has its own.

        Raises:
            ValueError: JSON cannot hold it.
            StorageError: The store is closed.
        """
        row = {
            "key": key,
            "value": json.dumps(value, allow_nan=False),
            "wall_s": self._clock.wall_s(),
        }

        def write(database: Database) -> None:
            database.table("checkpoints").insert(row, replace=True)

        self._writer.post(Store.PRIVACY, write)

    def get(self, key: str) -> dict[str, Any] | None:
        """Return a state.

        Args:
            key: Name it was put under.

        Returns:
            What was put last; None when there is none.

        Raises:
            StorageError: The database cannot be read, or the row is no JSON object.
        """

        def read(database: Database) -> str | None:
            row = database.execute("SELECT value FROM checkpoints WHERE key = ?", [key]).fetchone()
            return None if row is None else str(row[0])

        text = self._writer.run(Store.PRIVACY, read)
        if text is None:
            return None
        value = json.loads(text)
        if not isinstance(value, dict):
            msg = f"checkpoint {key}: expected an object, got {type(value).__name__}"
            raise StorageError(msg)
        return value
