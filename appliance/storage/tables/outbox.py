"""The outbox on disk: the CommandStore on SQLite."""

from collections.abc import Callable

from sqlite_utils import Database

from appliance.domain.commands import CommandState, OutboxEntry
from appliance.domain.seats import TerminalKey
from appliance.storage.counts import Store
from appliance.storage.writer import StorageWriter


class OutboxStore:
    """Keeps commands over a restart; see ``CommandStore``."""

    def __init__(
        self, writer: StorageWriter, *, moved_s: Callable[[Database], float] = lambda _: 0.0
    ) -> None:
        """Prepare.

        Args:
            writer: Reads and writes.
            moved_s: Tells by how much the wall clock was set since the last process ended.
        """
        self._writer = writer
        self._moved_s = moved_s

    def put(self, entry: OutboxEntry) -> None:
        """Keep a new entry; an id that is already known is left as it is.

        Raises:
            StorageError: It could not be kept, so it must not be sent.
        """
        row = {
            "id": entry.id,
            "terminal": entry.terminal,
            "topic": entry.topic,
            "payload": entry.payload,
            "created_s": entry.created_s,
            "expires_s": entry.expires_s,
            "state": entry.state.value,
            "updated_s": entry.updated_s,
            "detail": entry.detail,
        }

        def write(database: Database) -> None:
            database.table("commands").insert(row, ignore=True)

        self._writer.run(Store.PRIVACY, write)

    def update(self, entry_id: str, *, state: CommandState, at_s: float, detail: str = "") -> None:
        """Record a change of state at a wall time; an unknown id is ignored.

        Returns at once. The outbox decides which changes are allowed, here they are kept in order.

        Raises:
            StorageError: The store is closed.
        """

        def write(database: Database) -> None:
            database.execute(
                "UPDATE commands SET state = ?, updated_s = ?, detail = ? WHERE id = ?",
                [state.value, at_s, detail, entry_id],
            )

        self._writer.post(Store.PRIVACY, write)

    def pending(self) -> list[OutboxEntry]:
        """Return all entries whose state is not final, in the order of their ``put``.

        Their times are those of the wall clock as it is now.

        Raises:
            StorageError: The database cannot be read.
        """
        return self._writer.run(
            Store.PRIVACY, lambda base: _read_pending(base, moved_s=self._moved_s(base))
        )


def _read_pending(database: Database, *, moved_s: float) -> list[OutboxEntry]:
    final = [state.value for state in CommandState if state.final]
    marks = ", ".join("?" * len(final))
    rows = database.table("commands").rows_where(
        f"state NOT IN ({marks})", final, order_by="position"
    )
    return [
        OutboxEntry(
            id=row["id"],
            terminal=None if row["terminal"] is None else TerminalKey(row["terminal"]),
            topic=row["topic"],
            payload=row["payload"],
            created_s=row["created_s"] + moved_s,
            expires_s=row["expires_s"] + moved_s,
            state=CommandState(row["state"]),
            updated_s=row["updated_s"],
            detail=row["detail"],
        )
        for row in rows
    ]
