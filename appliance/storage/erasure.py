"""Removes everything about one student or one seat, so that it cannot be read back."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlite_utils import Database

from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.errors import StorageError
from appliance.ports import Clock
from appliance.storage.ballast import Ballast
from appliance.storage.counts import Store
from appliance.storage.database import DatabaseFile
from appliance.storage.keeping.copies import delete_copy, kept_copies
from appliance.storage.keeping.refusal_log import RefusalLog
from appliance.storage.tables.audit import write_audit
from appliance.storage.tables.choice_rows import ERASE
from appliance.storage.writer import StorageWriter


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureReport:
    """What was removed."""

    features: int
    """Feature tokens."""

    records: int
    """Decisions, choices, outcomes, alerts, feedback, commands, checkpoints and consents."""

    files: int
    """Copies that lay beside: corrupt files, and those from before a migration or a restore."""


class Erasure:
    """Deletes by seat or by occupancy, overwrites the pages and empties the logs."""

    def __init__(
        self,
        writer: StorageWriter,
        *,
        files: dict[Store, DatabaseFile],
        ballast: Ballast,
        refusals: RefusalLog,
        clock: Clock,
        end_consent: Callable[[str, str], int],
    ) -> None:
        """Prepare.

        Args:
            writer: Where the work is done.
            files: The databases.
            ballast: Given up first, because deleting on a full disk needs room for the log.
            refusals: Told, so that no backup brings it back.
            clock: Wall time for the audit.
            end_consent: Ends the consent of what is erased, given as column and key, and returns of
                how many; called in the writer's thread.
        """
        self._writer = writer
        self._files = files
        self._ballast = ballast
        self._refusals = refusals
        self._clock = clock
        self._end_consent = end_consent

    def erase(
        self, *, actor: str, seat: SeatKey | None = None, occupancy: OccupancyKey | None = None
    ) -> ErasureReport:
        """Erase everything about one seat or one occupancy; a consent for it ends.

        What still lies in memory (windows, open episodes) is the caller's to forget. Pages are
        overwritten (``secure_delete``) and both logs are cut to nothing, so nothing of it is left
        in the files; what an SD card keeps in worn-out cells is out of reach.

        Raises:
            ValueError: Neither or both are given.
            StorageError: It could not be done, or a reader still holds the log.
        """
        if (seat is None) == (occupancy is None):
            msg = "erase needs a seat or an occupancy, not both"
            raise ValueError(msg)
        column, key = ("seat", seat) if seat is not None else ("occupancy", occupancy)

        def erase() -> ErasureReport:
            # Noted before and after: a backup in between has the rows, and the first line alone.
            erasing = self._refusals.erasing(seat=seat, occupancy=occupancy)
            report = self._erase(column, str(key), actor)
            self._refusals.erased(erasing)
            return report

        return self._writer.call(erase)

    def _erase(self, column: str, key: str, actor: str) -> ErasureReport:
        self._writer.commit_features()
        freed = self._ballast.free()
        features = self._writer.transact(
            Store.FEATURES, lambda database: erase_features(database, column, key)
        )
        wall_s = self._clock.wall_s()
        copies = kept_copies(self._files[Store.PRIVACY].path.parent)
        ended = self._end_consent(column, key)

        def delete(database: Database) -> int:
            records = ended + erase_records(database, column, key)
            write_audit(
                database,
                wall_s=wall_s,
                event="erased",
                actor=actor,
                seat=key if column == "seat" else "",
                detail=f"{features} tokens, {records} records, {len(copies)} files",
            )
            return records

        records = self._writer.transact(Store.PRIVACY, delete)
        for copy in copies:
            delete_copy(copy)
        held = [file.path.name for file in self._files.values() if not file.checkpoint()]
        if freed:
            self._ballast.hold(spare_factor=1)
        if held:
            msg = (
                f"erased, but the log of {' and '.join(held)} is still being read; "
                "end the export or the backup and erase again"
            )
            raise StorageError(msg)
        return ErasureReport(features=features, records=records, files=len(copies))


def erase_features(database: Database, column: str, key: str) -> int:
    """Delete one seat's or one occupancy's features; return the number of tokens."""
    tokens = database.execute(
        f"DELETE FROM tokens WHERE stream IN (SELECT id FROM streams WHERE {column} = ?)",  # noqa: S608 - two own names
        [key],
    ).rowcount
    database.execute(f"DELETE FROM streams WHERE {column} = ?", [key])  # noqa: S608 - two own names
    return tokens


def erase_records(database: Database, column: str, key: str) -> int:
    """Delete what else is stored about one seat or one occupancy; return the number of rows.

    Of a choice there stays that there was one: whoever counts on them learns that one is gone.
    """
    quoted = f'"{key}"'  # as a JSON string in a payload or a checkpoint
    mine = f"(SELECT id FROM decisions WHERE {column} = ?)"  # noqa: S608 - two own names
    statements = [
        (f"DELETE FROM feedback WHERE command IN {mine}", [key]),  # noqa: S608 - see above
        (
            f"""DELETE FROM commands WHERE id IN {mine} OR instr(payload, ?)
            OR (? = 'seat' AND topic LIKE '%/alert/' || ?)""",  # noqa: S608 - see above
            [key, quoted, column, key],
        ),
        (f"DELETE FROM decisions WHERE {column} = ?", [key]),  # noqa: S608 - two own names
        (
            f"DELETE FROM outcomes WHERE choice IN (SELECT id FROM choices WHERE {column} = ?)",  # noqa: S608 - two own names
            [key],
        ),
        (f"{ERASE} WHERE {column} = ?", [key]),
        (f"DELETE FROM alerts WHERE {column} = ?", [key]),  # noqa: S608 - two own names
        ("DELETE FROM checkpoints WHERE instr(value, ?)", [quoted]),
        (f"DELETE FROM consent WHERE {column} = ? AND granted AND NOT permanent", [key]),  # noqa: S608 - two own names
    ]
    return sum(database.execute(sql, values).rowcount for sql, values in statements)
