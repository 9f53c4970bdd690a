"""Who may be looked at: the ConsentRegister on SQLite, with the refusals as its witness."""

import sqlite3
import threading
from collections.abc import Callable, Collection, Mapping

from sqlite_utils import Database

from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.errors import NobodyKnownError, StorageError
from appliance.ports import Clock
from appliance.storage.keeping.consent_book import ConsentBook
from appliance.storage.keeping.refusal_log import RefusalLog
from appliance.storage.keeping.weighing import LOST, REFUSED_BEFORE, Consent
from appliance.storage.writer import StorageWriter

LOST_WITH_IT = "privacy.db or refusals.jsonl was lost, and with it who agreed"
"""In what is said of a loss."""

RETRY_S = 2.0
"""Time between two attempts to write what the disk has refused."""


class Consents:
    """Consent per occupancy, default deny; see ``ConsentRegister``.

    Answers come from memory. A revocation in this process counts from the call on, whether or not
    it can be written; one by another process (``classbox consent revoke``) as soon as ``follow``
    sees it, within 0.2 s.
    """

    def __init__(
        self,
        writer: StorageWriter,
        *,
        refusals: RefusalLog,
        begun: Callable[[], int],
        clock: Clock,
    ) -> None:
        """Prepare; ``reload`` reads what is on record.

        Args:
            writer: Reads and writes the records.
            refusals: Outlives the database, and vouches for each consent in it.
            begun: Tells how often the database was begun anew, the very first time not counted.
            clock: Wall time for the records, monotonic time for what is tried again.
        """
        self._writer = writer
        self._book = ConsentBook(writer, refusals=refusals, clock=clock)
        self._begun = begun
        self._clock = clock
        self._lock = threading.Lock()
        self._records: dict[SeatKey, Consent] = {}
        self._present: dict[SeatKey, OccupancyKey] = {}
        self._configured: frozenset[SeatKey] | None = None
        """None in a process that does not know the configuration and leaves its seats alone."""
        self._leads = False
        self._known = False  # the records have been read once
        self._lost = False  # and nobody has agreed since
        self._begun_before = 0
        self._unwritten: dict[SeatKey, Consent] = {}  # revocations that are not on disk yet
        self._ended: dict[SeatKey, Consent] = {}  # consents that are over, not on disk yet
        self._version: tuple[object, ...] = ()
        self._behind = False  # somebody has written, and it could not be read yet
        self._retry_s = float("-inf")

    def granted(self, seat: SeatKey) -> bool:
        """Tell whether the seat's present occupancy has consented; default deny."""
        with self._lock:
            record = self._records.get(seat)
            if record is None or not record.granted:
                return False
            present = self._present.get(seat)
            return record.permanent or (present is not None and record.occupancy == present)

    def refused(self, seat: SeatKey) -> bool:
        """Tell whether consent was taken back and nobody has given it since."""
        with self._lock:
            record = self._records.get(seat)
            return record is not None and not record.granted

    def taken_back(self, seat: SeatKey) -> bool:
        """Tell whether somebody did so: what is refused because its record was lost is not that."""
        with self._lock:
            record = self._records.get(seat)
            return record is not None and not record.granted and record != LOST

    def on_file(self, seat: SeatKey) -> bool:
        """Tell whether the school holds the consent of whoever sits there."""
        return self._configured is not None and seat in self._configured

    def problems(self) -> tuple[str, ...]:
        """Return what an operator should know, one line each, with what to do."""
        with self._lock:
            lost = sorted(seat for seat, record in self._records.items() if record == LOST)
            unwritten = sorted(self._unwritten)
            begun_anew = self._lost
        lines = []
        if lost:
            seats = ", ".join(lost)
            lines.append(
                f"storage: {LOST_WITH_IT}; nobody is looked at on seat {seats} until "
                "somebody agrees again: sudo classbox consent grant SEAT"
            )
        elif begun_anew:
            lines.append(
                f"storage: {LOST_WITH_IT}; who did has to agree again: "
                "sudo classbox consent grant SEAT"
            )
        if unwritten:
            seats = ", ".join(unwritten)
            lines.append(
                f"storage: that consent was taken back on seat {seats} cannot be written; it "
                "counts all the same; see to the disk"
            )
        return tuple(lines)

    def grant(self, seat: SeatKey, *, actor: str, occupancy: OccupancyKey | None = None) -> None:
        """Record a consent of whoever sits there now; it ends with the occupancy.

        On a seat that the configuration grants it takes back a revocation, for everybody.

        Args:
            seat: Where.
            actor: Role that gives it, for the audit.
            occupancy: Whom it is meant for; None means whoever is known to sit there.

        Raises:
            NobodyKnownError: Nobody is known to sit there who could have agreed, or somebody else.
            StorageError: It could not be recorded, so it does not count.
        """
        with self._lock:
            permanent = self.on_file(seat)
            whose = self._present.get(seat)
            unwritten = self._unwritten.get(seat)
        if not permanent and (whose is None or occupancy not in (None, whose)):
            who = "nobody is known to sit" if whose is None else "somebody else sits"
            msg = f"{who} on {seat}"
            raise NobodyKnownError(msg, next_step="ask again when they have logged in")
        record = Consent(
            granted=True,
            permanent=permanent,
            occupancy=None if permanent else whose,
            actor=actor,
        )
        written = self._writer.call(lambda: self._book.put(seat, record))
        with self._lock:
            if self._unwritten.get(seat) is not unwritten:  # somebody has said no meanwhile
                return
            self._unwritten.pop(seat, None)
            self._lost = False
            if permanent or self._present.get(seat) == whose:
                self._records[seat] = written
            else:  # they have left meanwhile
                self._records.pop(seat, None)
                self._ended[seat] = written

    def revoke(self, seat: SeatKey, *, actor: str) -> None:
        """Deny from now on, also where the configuration grants, until somebody grants again.

        Raises:
            StorageError: It could not be recorded; it counts all the same and is tried again.
        """
        record = Consent(granted=False, permanent=False, occupancy=None, actor=actor)
        with self._lock:
            self._records[seat] = self._unwritten[seat] = record
        self._writer.call(lambda: self._write_refusal(seat, record))

    def configure(self, granted: Collection[SeatKey], *, leads: bool = True) -> None:
        """Apply the seats that the configuration grants; those it no longer grants are denied.

        A seat that somebody has revoked stays revoked.

        Args:
            granted: Those seats.
            leads: False: beside the service. Seats are left as they are, but a consent given there
                is for everybody.

        Raises:
            StorageError: It could not be recorded.
        """
        self._configured = frozenset(granted)
        self._leads = leads
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
            if (
                record is not None
                and record.granted
                and not record.permanent
                and record.occupancy != occupancy
            ):
                self._ended[seat] = self._records.pop(seat)

    def reload(self) -> None:
        """Read all records anew.

        Raises:
            StorageError: They cannot be read.
        """
        self._writer.call(self.read_in_writer)

    def follow(self, database: Callable[[], Database], *, opened: int) -> None:
        """Write what waits, and take in what others have written; in the writer's thread, cheap.

        Args:
            database: Gives the writer's connection to ``privacy.db``.
            opened: How often a file was opened; another one may have lost its records.

        Raises:
            StorageError: It cannot be done now; what is denied stays denied, and it is tried again.
        """
        if not self._known:
            return
        try:
            # Changes only when another connection commits (sqlite.org/pragma.html, data_version).
            commits = int(database().execute("PRAGMA data_version").fetchone()[0])
        except (sqlite3.Error, StorageError):
            commits = -1
        now_s, version = self._clock.monotonic_s(), (commits, opened)
        signature = self._book.signature()
        changed = (*version, signature) != self._version
        with self._lock:
            due = changed or self._behind or signature is None or self._unwritten or self._ended
        if not due or (not changed and now_s < self._retry_s):
            return
        self._version, self._behind, self._retry_s = (*version, signature), True, now_s + RETRY_S
        self._heed_refusals()
        self._write_waiting()
        self.read_in_writer()
        self._version, self._behind = (*version, self._book.signature()), False
        if self._version[-1] is not None:
            self._retry_s = float("-inf")

    def read_in_writer(self) -> None:
        """Do what ``reload`` does; only in the writer's thread."""
        with self._lock:
            known = dict(self._records) if self._known else None
        begun = self._begun()
        anew = begun > self._begun_before
        weighed = self._book.bring_up_to_date(
            known=known, configured=self._configured, leads=self._leads, begun=anew
        )
        self._begun_before = begun
        with self._lock:
            records = dict(weighed.records)
            for seat, record in self._ended.items():
                if records.get(seat) == record:
                    del records[seat]
            self._records = records | self._unwritten
            self._lost = self._lost or weighed.lost or anew
            self._known = True

    def end_in_writer(self, column: str, key: str) -> int:
        """End the consent for a stay that is erased; only in the writer's thread.

        Args:
            column: ``seat`` or ``occupancy``.
            key: Whose.

        Returns:
            Of how many.

        Raises:
            StorageError: It could not be written.
        """
        self.read_in_writer()
        with self._lock:
            over = {
                seat: record
                for seat, record in (self._records | self._ended).items()
                if record.granted
                and not record.permanent
                and key == (seat if column == "seat" else record.occupancy)
            }
            for seat in over:
                self._records.pop(seat, None)
            self._ended |= over
        self._write_ends(over)
        return len(over)

    def _heed_refusals(self) -> None:
        """Deny what the refusals deny, also while the database cannot be read."""
        with self._lock:
            granted = {seat: one for seat, one in self._records.items() if one.granted}
        refused = self._book.refused(granted)
        with self._lock:
            for seat in refused & granted.keys():
                if self._records.get(seat) == granted[seat]:
                    self._records[seat] = REFUSED_BEFORE

    def _write_waiting(self) -> None:
        with self._lock:
            refused, ended = dict(self._unwritten), dict(self._ended)
        for seat, record in refused.items():
            self._write_refusal(seat, record)
        self._write_ends(ended)

    def _write_ends(self, ended: Mapping[SeatKey, Consent]) -> None:
        for seat, record in ended.items():
            self._book.end(seat, record)
            with self._lock:
                if self._ended.get(seat) is record:
                    del self._ended[seat]

    def _write_refusal(self, seat: SeatKey, record: Consent) -> None:
        with self._lock:
            if self._unwritten.get(seat) is not record:  # somebody has spoken after it
                return
        self._book.put(seat, record)
        with self._lock:
            if self._unwritten.get(seat) is record:
                del self._unwritten[seat]
                self._records[seat] = record
