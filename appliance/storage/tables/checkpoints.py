"""Small states that survive a restart: open episodes, cool-downs."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import structlog
from sqlite_utils import Database

from appliance.ports import Clock
from appliance.storage.counts import Store
from appliance.storage.writer import StorageWriter


class Checkpoints:
    """One JSON object per key; the newest wins.

    Each is kept with its digest: half a state is worse than none, and a number with one bit
    changed is still a number.
    """

    def __init__(self, writer: StorageWriter, *, clock: Clock) -> None:
        """Write through ``writer``."""
        self._writer = writer
        self._clock = clock
        self._log = structlog.get_logger()
        self.damaged = 0
        """States that could not be used and were deleted."""

    def put(self, key: str, value: Mapping[str, Any]) -> None:
        """Queue a state; returns at once. What is kept ``under`` it goes: this is newer.

        Args:
            key: Name of the state, for example ``episodes``.
            value: Anything that JSON can hold, without NaN. Any, because each owner has its own.

        Raises:
            ValueError: JSON cannot hold it.
            StorageError: The store is closed.
        """
        row = _row(key, value, wall_s=self._clock.wall_s())

        def replace(database: Database) -> None:
            database.execute(_DELETE_UNDER, [_first_under(key), _last_under(key)])
            _insert(database, row)

        self._writer.post(Store.PRIVACY, replace)

    def put_under(self, key: str, part: str, value: Mapping[str, Any]) -> None:
        """Queue what has changed of one part of a state since it was put; see ``put``."""
        row = _row(_first_under(key) + part, value, wall_s=self._clock.wall_s())
        self._writer.post(Store.PRIVACY, lambda database: _insert(database, row))

    def under(self, key: str) -> dict[str, dict[str, Any]]:
        """Return what was put under a state since it was put itself, by part; raises as ``get``."""
        first = _first_under(key)
        names = self._writer.run(
            Store.PRIVACY,
            lambda database: database.execute(_NAMES_UNDER, [first, _last_under(key)]).fetchall(),
        )
        found = {name.removeprefix(first): self.get(name) for (name,) in names}
        return {part: state for part, state in found.items() if state is not None}

    def get(self, key: str) -> dict[str, Any] | None:
        """Return a state.

        Args:
            key: Name it was put under.

        Returns:
            What was put last; None when there is none, or when it was damaged and is now deleted.

        Raises:
            StorageError: The database cannot be read.
        """
        content = self._writer.run(Store.PRIVACY, lambda database: _select(database, key))
        try:
            return None if content is None else _unseal(content)
        except ValueError as error:
            self.discard(key, why=str(error))
            return None

    def discard(self, key: str, *, why: str) -> None:
        """Delete a state that cannot be used, and say so.

        Args:
            key: Name it was put under.
            why: What is wrong with it.

        Raises:
            StorageError: The store is closed.
        """
        self.damaged += 1
        self._log.error("checkpoint_damaged", key=key, problem=why)
        self._writer.post(
            Store.PRIVACY,
            lambda database: database.execute("DELETE FROM checkpoints WHERE key = ?", [key]),
        )


_NAMES_UNDER = "SELECT key FROM checkpoints WHERE key >= ? AND key < ?"
_DELETE_UNDER = "DELETE FROM checkpoints WHERE key >= ? AND key < ?"


def _first_under(key: str) -> str:
    return f"{key}/"


def _last_under(key: str) -> str:
    return f"{key}0"  # the character behind the stroke


def write_state(database: Database, key: str, value: Mapping[str, Any], *, wall_s: float) -> None:
    """Write a state inside a transaction; see ``Checkpoints.put``."""
    _insert(database, _row(key, value, wall_s=wall_s))


def read_state(database: Database, key: str) -> dict[str, Any] | None:
    """Return a state; None when there is none.

    Raises:
        ValueError: It is damaged.
    """
    content = _select(database, key)
    return None if content is None else _unseal(content)


def _row(key: str, value: Mapping[str, Any], *, wall_s: float) -> dict[str, Any]:
    return {"key": key, "value": _seal(json.dumps(value, allow_nan=False)), "wall_s": wall_s}


def _insert(database: Database, row: dict[str, Any]) -> None:
    database.table("checkpoints").insert(row, replace=True)


def _select(database: Database, key: str) -> bytes | None:
    # As bytes: SQLite refuses a text that is no UTF-8.
    row = database.execute(
        "SELECT CAST(value AS BLOB) FROM checkpoints WHERE key = ?", [key]
    ).fetchone()
    return None if row is None else bytes(row[0])


def _seal(text: str) -> str:
    """Return a state with its digest; the state stays readable for an erasure."""
    return f'{{"sha256": "{_digest(text)}", "state": {text}}}'


def _unseal(content: bytes) -> dict[str, Any]:
    """Return the state; that of an older program has no digest.

    Raises:
        ValueError: It is damaged.
    """
    kept = json.loads(content.decode())
    if isinstance(kept, dict) and kept.keys() & {"sha256", "state"}:
        state = kept.get("state")
        if kept.get("sha256") != _digest(json.dumps(state)):
            msg = "its digest is not that of its content"
            raise ValueError(msg)
        kept = state
    if not isinstance(kept, dict):
        msg = f"expected an object, got {type(kept).__name__}"
        raise ValueError(msg)  # noqa: TRY004 - as for any other damage
    return kept


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
