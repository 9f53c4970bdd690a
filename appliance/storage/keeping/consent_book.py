"""Consent as it is written: in the refusals first, then in the database; one knows the other."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from sqlite_utils import Database

from appliance.domain.seats import SeatKey
from appliance.ports import Clock
from appliance.storage.counts import Store
from appliance.storage.keeping.refusal_log import FileSignature, RefusalLog
from appliance.storage.keeping.refusals import RefusalEvent, RefusalLine, Refusals, new_id
from appliance.storage.keeping.weighing import CONFIGURED, Consent, Weighed, read_consents, weigh
from appliance.storage.tables.audit import write_audit
from appliance.storage.writer import StorageWriter


class ConsentBook:
    """Reads and writes both; only in the writer's thread."""

    def __init__(self, writer: StorageWriter, *, refusals: RefusalLog, clock: Clock) -> None:
        """Connect both; ``clock`` gives wall time."""
        self._writer = writer
        self._refusals = refusals
        self._clock = clock

    def signature(self) -> FileSignature | None:
        """Return what changes with the refusals; None when there are none."""
        return self._refusals.signature()

    def refused(self, known: Mapping[SeatKey, Consent]) -> frozenset[SeatKey]:
        """Return which of these seats the refusals deny, whatever the database says."""
        refusals = self._refusals.read()
        if refusals is None:
            return frozenset()
        words = refusals.last_words({seat: one.line for seat, one in known.items()})
        return frozenset(
            SeatKey(seat) for seat, one in words.items() if one.event is RefusalEvent.REVOKED
        )

    def put(self, seat: SeatKey, record: Consent) -> Consent:
        """Write a consent or a revocation; return it with its line.

        Raises:
            StorageError: It could not be written. A revocation may be in the refusals.
        """
        line = self._say(_event(record), seat)
        written = replace(record, line=line.id if record.granted else "")
        self._writer.transact(Store.PRIVACY, lambda database: self._insert(database, seat, written))
        self._refusals.keep(line)
        return written

    def end(self, seat: SeatKey, record: Consent) -> None:
        """Write that a consent is over, if it is still that one.

        Raises:
            StorageError: It could not be written.
        """

        def write(database: Database) -> list[RefusalLine]:
            # Only this student's: another process may just have recorded the next one's.
            if read_consents(database).get(seat) != record:
                return []
            line = self._say(RefusalEvent.ENDED, seat)
            self._delete(database, seat)
            return [line]

        self._refusals.keep(*self._writer.transact(Store.PRIVACY, write))

    def bring_up_to_date(
        self,
        *,
        known: Mapping[SeatKey, Consent] | None,
        configured: Collection[SeatKey] | None,
        leads: bool,
        begun: bool,
    ) -> Weighed:
        """Find out what counts, and write what that changes.

        Args:
            known: What this process knew before; None at its start.
            configured: Seats that the configuration grants; None where that is not known.
            leads: The record follows the configuration; False beside the service.
            begun: The database was begun anew on a box that has run before.

        Raises:
            StorageError: It can be neither read nor written.
        """

        def settle(database: Database) -> tuple[Weighed, Collection[RefusalLine]]:
            refusals = self._refusals.read()
            rows = read_consents(database)
            weighed = weigh(rows, refusals, known=known, configured=configured, begun=begun)
            if configured is None and (weighed.lost or (refusals is None and known is None)):
                return weighed, ()  # whoever knows the configuration has to see that, too
            changed = dict(weighed.changed)
            if leads and configured is not None:
                changed |= _apply(weighed.records, configured)
            return self._write(database, weighed, changed, refusals)

        weighed, lines = self._writer.transact(Store.PRIVACY, settle)
        self._refusals.keep(*lines)
        return weighed

    def _write(
        self,
        database: Database,
        weighed: Weighed,
        changed: Mapping[SeatKey, Consent | None],
        refusals: Refusals | None,
    ) -> tuple[Weighed, Collection[RefusalLine]]:
        """Write what has changed; return also the lines that the database will have."""
        records = dict(weighed.records)
        lines = {seat: self._word(_event(one), seat, refusals) for seat, one in changed.items()}
        for seat, record in changed.items():
            if record is None:
                records.pop(seat, None)
                self._delete(database, seat)
            else:
                records[seat] = replace(record, line=lines[seat].id if record.granted else "")
                self._insert(database, seat, records[seat])
        if refusals is not None and refusals.vouches:
            self._append(lines.values(), refusals)
            return replace(weighed, records=records), lines.values()
        for seat, record in records.items():
            if record.granted and not record.line:
                records[seat] = replace(record, line=new_id())
                database.execute(
                    "UPDATE consent SET line = ? WHERE seat = ?", [records[seat].line, seat]
                )
        self._refusals.restate(
            refusals,
            granted={seat: one.line for seat, one in records.items() if one.granted},
            refused=[seat for seat, one in records.items() if not one.granted],
        )
        return replace(weighed, records=records), ()

    def _word(self, event: RefusalEvent, seat: SeatKey, refusals: Refusals | None) -> RefusalLine:
        """Return the line of a change; a word that is said already is not said again."""
        said = None if refusals is None else refusals.last_words({}).get(seat)
        if said is not None and said.event is event and event is not RefusalEvent.GRANTED:
            return said
        return self._refusals.line(event, seat=seat)

    def _append(self, lines: Collection[RefusalLine], refusals: Refusals | None) -> None:
        said = set() if refusals is None else {line.id for line in refusals.lines}
        if unsaid := [line for line in lines if line.id not in said]:
            self._refusals.append(*unsaid)

    def _say(self, event: RefusalEvent, seat: SeatKey) -> RefusalLine:
        refusals = self._refusals.read()
        line = self._word(event, seat, refusals)
        self._append([line], refusals)
        return line

    def _insert(self, database: Database, seat: SeatKey, record: Consent) -> None:
        wall_s = self._clock.wall_s()
        database.table("consent").insert(
            {
                "seat": seat,
                "granted": int(record.granted),
                "permanent": int(record.permanent),
                "occupancy": record.occupancy,
                "actor": record.actor,
                "wall_s": wall_s,
                "line": record.line,
            },
            replace=True,
        )
        event = "consent_granted" if record.granted else "consent_revoked"
        write_audit(database, wall_s=wall_s, event=event, actor=record.actor, seat=seat)

    def _delete(self, database: Database, seat: SeatKey) -> None:
        database.execute("DELETE FROM consent WHERE seat = ? AND granted", [seat])
        write_audit(
            database, wall_s=self._clock.wall_s(), event="consent_ended", actor="box", seat=seat
        )


def _apply(
    records: Mapping[SeatKey, Consent], configured: Collection[SeatKey]
) -> dict[SeatKey, Consent | None]:
    """Return what changes because the configuration grants other seats than before."""
    changed: dict[SeatKey, Consent | None] = {}
    for seat in configured:
        record = records.get(seat)
        if record is None or (record.granted and not record.permanent):
            changed[seat] = CONFIGURED
    for seat, record in records.items():
        if record.permanent and seat not in configured:
            changed[seat] = None
    return changed


def _event(record: Consent | None) -> RefusalEvent:
    if record is None:
        return RefusalEvent.ENDED
    return RefusalEvent.GRANTED if record.granted else RefusalEvent.REVOKED
