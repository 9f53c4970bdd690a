"""Who may be looked at: the ConsentRegister on SQLite."""

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlite_utils import Database

from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.ports import Clock
from appliance.storage.counts import Store
from appliance.storage.keeping.refusals import RefusalLog
from appliance.storage.tables.audit import write_audit
from appliance.storage.writer import StorageWriter


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What is on record for one seat."""

    granted: bool
    """False after a revocation."""

    permanent: bool
    """True: for whoever sits there, because the school holds the consent on file."""

    occupancy: OccupancyKey | None
    """Whose; None where it was given before anybody was known to sit there."""

    actor: str
    """Role that gave or revoked it."""


CONFIGURED = Consent(granted=True, permanent=True, occupancy=None, actor="configuration")
"""What the configuration file grants."""

REFUSED_BEFORE = Consent(granted=False, permanent=False, occupancy=None, actor="box")
"""A database that was begun anew does not forget a refusal."""


class Consents:
    """Consent per occupancy, default deny; see ``ConsentRegister``.

    Answers come from memory. A revocation in this process counts from the call on, one by another
    process (``classbox consent revoke``) as soon as ``poll`` sees it, within 0.2 s.
    """

    def __init__(
        self,
        writer: StorageWriter,
        *,
        refusals: RefusalLog,
        replaced: Callable[[], bool],
        clock: Clock,
    ) -> None:
        """Prepare; ``reload`` reads what is on record.

        Args:
            writer: Reads and writes the records.
            refusals: Outlives the database.
            replaced: Tells whether the database was damaged and begun anew.
            clock: Wall time.
        """
        self._writer = writer
        self._refusals = refusals
        self._replaced = replaced
        self._clock = clock
        self._lock = threading.Lock()
        self._records: dict[SeatKey, Consent] = {}
        self._present: dict[SeatKey, OccupancyKey] = {}
        self._configured: frozenset[SeatKey] | None = None
        """None in a process that does not know the configuration and leaves its seats alone."""
        self._version: tuple[int, int] | None = None

    def granted(self, seat: SeatKey) -> bool:
        """Tell whether the seat's present occupancy has consented; default deny."""
        with self._lock:
            record = self._records.get(seat)
            if record is None or not record.granted:
                return False
            if record.permanent or record.occupancy is None:
                return True
            return record.occupancy == self._present.get(seat)

    def refused(self, seat: SeatKey) -> bool:
        """Tell whether consent was taken back and nobody has given it since."""
        with self._lock:
            record = self._records.get(seat)
            return record is not None and not record.granted

    def grant(self, seat: SeatKey, *, actor: str, occupancy: OccupancyKey | None = None) -> None:
        """Record a consent; it ends with the occupancy.

        Args:
            seat: Where.
            actor: Role that gives it, for the audit.
            occupancy: Whose; None means whoever sits there now, or else whoever comes next. On a
                seat that the configuration grants it takes back a revocation, for everybody.

        Raises:
            StorageError: It could not be recorded, so it does not count.
        """
        with self._lock:
            permanent = self._configured is not None and seat in self._configured
            whose = occupancy if occupancy is not None else self._present.get(seat)
        record = Consent(
            granted=True,
            permanent=permanent,
            occupancy=None if permanent else whose,
            actor=actor,
        )
        self._writer.run(Store.PRIVACY, lambda database: self._write(database, seat, record))
        self._refusals.granted(seat)
        with self._lock:
            self._records[seat] = record

    def revoke(self, seat: SeatKey, *, actor: str) -> None:
        """Deny from now on, also where the configuration grants, until somebody grants again.

        Raises:
            StorageError: It could not be recorded; it counts until the next start.
        """
        record = Consent(granted=False, permanent=False, occupancy=None, actor=actor)
        with self._lock:
            self._records[seat] = record
        self._writer.run(Store.PRIVACY, lambda database: self._write(database, seat, record))
        with self._lock:  # a poll in between may have read the old record
            self._records[seat] = record

    def configure(self, granted: Collection[SeatKey]) -> None:
        """Apply the seats that the configuration grants; those it no longer grants are denied.

        A seat that somebody has revoked stays revoked.

        Raises:
            StorageError: It could not be recorded.
        """
        self._configured = frozenset(granted)
        self.reload()

    def occupancy_changed(self, seat: SeatKey, occupancy: OccupancyKey | None) -> None:
        """Note who sits there now, None for nobody; another student's consent ends.

        Returns at once; the record is written later.
        """
        with self._lock:
            if occupancy is None:
                self._present.pop(seat, None)
            else:
                self._present[seat] = occupancy
            record = self._records.get(seat)
            ended = (
                record is not None
                and record.granted
                and record.occupancy is not None
                and record.occupancy != occupancy
            )
            if record is not None and ended:
                self._fall_back(seat, record.occupancy)
            self._bind(seat)

    def reload(self) -> None:
        """Read all records anew.

        Raises:
            StorageError: They cannot be read.
        """
        self._writer.run(Store.PRIVACY, self._read)

    def poll(self, database: Database, *, replaced: int) -> bool:
        """Tell whether somebody else has written; called in the writer's thread, cheap.

        Args:
            database: The writer's connection to ``privacy.db``.
            replaced: How often a file has been replaced; a new file has lost its records.
        """
        # Changes only when another connection commits (sqlite.org/pragma.html, data_version).
        version = (int(database.execute("PRAGMA data_version").fetchone()[0]), replaced)
        changed = self._version is not None and version != self._version
        self._version = version
        return changed

    def read_in_writer(self) -> None:
        """Do what ``reload`` does; only in the writer's thread."""
        self._writer.transact(Store.PRIVACY, self._read)

    def _read(self, database: Database) -> None:
        """Read the records, and bring those of the configuration up to date."""
        records = {
            SeatKey(row["seat"]): Consent(
                granted=bool(row["granted"]),
                permanent=bool(row["permanent"]),
                occupancy=row["occupancy"],
                actor=row["actor"],
            )
            for row in database.table("consent").rows
        }
        refusals = self._refusals.read()
        if refusals is None:
            self._refusals.begin([seat for seat, one in records.items() if not one.granted])
        if self._configured is not None:
            unknown = refusals is None and self._replaced()
            refused = frozenset() if refusals is None else refusals.refused()
            for seat in self._configured - records.keys():
                record = REFUSED_BEFORE if unknown or seat in refused else CONFIGURED
                self._write(database, seat, record)
                records[seat] = record
            for seat, record in list(records.items()):
                if record.permanent and seat not in self._configured:
                    self._end(database, seat, record.occupancy)
                    del records[seat]
        with self._lock:
            self._records = records
            for seat in self._present:
                self._bind(seat)

    def _bind(self, seat: SeatKey) -> None:
        """Tie a consent given in advance to the student who sits there; inside the lock."""
        record, occupancy = self._records.get(seat), self._present.get(seat)
        if record is None or occupancy is None:
            return
        if record.granted and not record.permanent and record.occupancy is None:
            self._records[seat] = Consent(
                granted=True, permanent=False, occupancy=occupancy, actor=record.actor
            )
            self._binding(seat, occupancy)

    def _binding(self, seat: SeatKey, occupancy: OccupancyKey) -> None:
        self._writer.post(
            Store.PRIVACY,
            lambda database: database.execute(
                """UPDATE consent SET occupancy = ?
                WHERE seat = ? AND granted AND NOT permanent AND occupancy IS NULL""",
                [occupancy, seat],
            ),
        )

    def _write(self, database: Database, seat: SeatKey, record: Consent) -> None:
        wall_s = self._clock.wall_s()
        if not record.granted:
            self._refusals.revoked(seat)
        database.table("consent").insert(
            {
                "seat": seat,
                "granted": int(record.granted),
                "permanent": int(record.permanent),
                "occupancy": record.occupancy,
                "actor": record.actor,
                "wall_s": wall_s,
            },
            replace=True,
        )
        event = "consent_granted" if record.granted else "consent_revoked"
        write_audit(database, wall_s=wall_s, event=event, actor=record.actor, seat=seat)

    def _fall_back(self, seat: SeatKey, occupancy: OccupancyKey | None) -> None:
        """Return to what holds without the present student's consent; inside the lock."""
        configured = self._configured is not None and seat in self._configured
        if configured:
            self._records[seat] = CONFIGURED
        else:
            del self._records[seat]

        def write(database: Database) -> None:
            self._end(database, seat, occupancy)
            if configured:
                self._write(database, seat, CONFIGURED)

        self._writer.post(Store.PRIVACY, write)

    def _end(self, database: Database, seat: SeatKey, occupancy: OccupancyKey | None) -> None:
        # Only this student's: another process may just have recorded the next one's.
        database.execute(
            "DELETE FROM consent WHERE seat = ? AND granted AND occupancy IS ?", [seat, occupancy]
        )
        write_audit(
            database, wall_s=self._clock.wall_s(), event="consent_ended", actor="box", seat=seat
        )
