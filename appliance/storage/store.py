"""Both databases and their one writer, put together."""

import sqlite3
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Self

from sqlite_utils import Database

from appliance.domain.boot import BootTime
from appliance.domain.seats import SeatKey
from appliance.domain.storage_health import StorageHealth
from appliance.errors import StorageError
from appliance.ports import Clock
from appliance.storage.ballast import BALLAST_BYTES, BALLAST_FILE, Ballast
from appliance.storage.counts import Store
from appliance.storage.database import FULL, DatabaseFile, connect, lacks_room
from appliance.storage.erasure import Erasure
from appliance.storage.export import FEATURES_FILE, PRIVACY_FILE
from appliance.storage.folder import FolderLock, prepare_folder
from appliance.storage.keeping.beginning import begin_refusals
from appliance.storage.keeping.refusal_log import RefusalLog
from appliance.storage.keeping.refusals import REFUSALS_FILE
from appliance.storage.keeping.timekeeper import Timekeeper
from appliance.storage.migrations import FEATURES, PRIVACY
from appliance.storage.retention import Retention
from appliance.storage.tables.audit import Audit, write_audit
from appliance.storage.tables.checkpoints import Checkpoints
from appliance.storage.tables.choices import Choices
from appliance.storage.tables.consent import Consents
from appliance.storage.tables.decisions import Decisions
from appliance.storage.tables.features import Features, write_rows
from appliance.storage.tables.outbox import OutboxStore
from appliance.storage.writer import StorageWriter

PROVE_S = 4.0
"""Longest time without a write: the status is true within 10 s (docs/DESIGN.md, 2)."""

FEATURES_BYTES = 4 * 1024**3
"""Features above this are deleted before their time: eight seats for 30 days of six hours."""


class Storage:
    """Everything the box keeps; made by ``open``, then ``start`` and ``stop``."""

    def __init__(
        self,
        *,
        state_dir: Path,
        lock: FolderLock,
        files: dict[Store, DatabaseFile],
        clock: Clock,
        boot: Callable[[], BootTime],
        retention_days: float,
        commit_s: float,
        embeddings: bool,
        fatigue_only: bool,
        features_bytes: int,
        ballast_bytes: int,
        on_file: Collection[SeatKey] | None,
        leads: bool,
        new: bool,
        beat: Callable[[str], None],
    ) -> None:
        """Put the parts together; most callers want ``open``."""
        self._state_dir = state_dir
        self._lock = lock
        self._files = files
        self._clock = clock
        self._on_file = on_file
        self._leads = leads
        self._audited = 0
        self._proved_s = float("-inf")
        self._ballast = Ballast(state_dir / BALLAST_FILE, size=ballast_bytes)
        self._timekeeper = Timekeeper(clock=clock, boot=boot)
        refusals = RefusalLog(state_dir / REFUSALS_FILE, clock=clock, free=self._ballast.free)
        self._writer = StorageWriter(
            files=files,
            ballast=self._ballast,
            clock=clock,
            commit_s=commit_s,
            write_batch=write_rows,
            upkeep=self._upkeep,
            beat=beat,
        )
        self._retention = Retention(
            self._writer,
            files=files,
            ballast=self._ballast,
            refusals=refusals,
            clock=clock,
            timekeeper=self._timekeeper,
            days=retention_days,
            features_bytes=features_bytes,
        )
        self.audit = Audit(self._writer, clock=clock)
        self.consent = Consents(
            self._writer,
            refusals=refusals,
            begun=lambda: files[Store.PRIVACY].begun - new,
            clock=clock,
        )
        self.decisions = Decisions(self._writer, clock=clock)
        self.choices = Choices(self._writer, clock=clock)
        self.outbox = OutboxStore(self._writer, moved_s=self._timekeeper.moved_s)
        self.features = Features(
            self._writer, clock=clock, embeddings=embeddings, fatigue_only=fatigue_only
        )
        self.checkpoints = Checkpoints(self._writer, clock=clock)
        self.erasure = Erasure(
            self._writer,
            files=files,
            ballast=self._ballast,
            refusals=refusals,
            clock=clock,
            end_consent=self.consent.end_in_writer,
        )

    @classmethod
    def open(
        cls,
        state_dir: Path,
        *,
        clock: Clock,
        boot: Callable[[], BootTime] | None = None,
        retention_days: float = 30.0,
        commit_s: float = 5.0,
        embeddings: bool = False,
        fatigue_only: bool = False,
        features_bytes: int = FEATURES_BYTES,
        ballast_bytes: int = BALLAST_BYTES,
        on_file: Collection[SeatKey] | None = None,
        repair: bool = True,
        beat: Callable[[str], None] = lambda _: None,
    ) -> Self:
        """Open or make both databases; nothing is written before ``start``.

        Args:
            state_dir: Folder; made with mode 0700, its files with 0600.
            clock: Wall and monotonic time.
            boot: Running time of the machine; None for the monotonic time, as one boot.
            retention_days: Age at which rows are deleted.
            commit_s: Seconds between commits of features.
            embeddings: Also keep what identifies people.
            fatigue_only: Keep no column that this profile does not define.
            features_bytes: Size above which the oldest features are deleted.
            ballast_bytes: Size of the reserve for erasing on a full disk.
            on_file: Seats for which the school holds the consent on file; None leaves them as they
                were.
            repair: Move a corrupt file aside, and bring the record of these seats up to date.
                Programs beside the service pass False, so as not to take its file away.
            beat: Called with the writer thread's name at least once a second.

        Raises:
            StorageError: The folder or a database cannot be used, or is from a newer program.
        """
        prepare_folder(state_dir)
        lock = FolderLock.shared(state_dir)
        log = RefusalLog(state_dir / REFUSALS_FILE, clock=clock, free=lambda: None)
        new = begin_refusals(state_dir, log)
        try:
            try:
                files = _open_files(state_dir, wall_s=clock.wall_s(), repair=repair)
            except StorageError:
                # On a full disk the reserve is what lets somebody revoke and erase.
                if not Ballast(state_dir / BALLAST_FILE).free():
                    raise
                files = _open_files(state_dir, wall_s=clock.wall_s(), repair=repair)
        except StorageError:
            lock.release()
            raise
        return cls(
            state_dir=state_dir,
            lock=lock,
            files=files,
            clock=clock,
            boot=boot or (lambda: BootTime(boot="", s=clock.monotonic_s())),
            retention_days=retention_days,
            commit_s=commit_s,
            embeddings=embeddings,
            fatigue_only=fatigue_only,
            features_bytes=features_bytes,
            ballast_bytes=ballast_bytes,
            on_file=on_file,
            leads=repair,
            new=new,
            beat=beat,
        )

    def start(self) -> None:
        """Start the writer and read who may be looked at."""
        self._writer.start()
        if self._on_file is None:
            self.consent.reload()
        else:
            self.consent.configure(self._on_file, leads=self._leads)

    def flush(self) -> None:
        """Return when all features appended so far are on disk."""
        self._writer.flush()

    def feature_rows(self) -> int:
        """Return the number of stored tokens, those still waiting included.

        Raises:
            StorageError: The database cannot be read.
        """
        self.flush()
        path = self._state_dir / FEATURES_FILE
        try:
            database = connect(path)
            rows = int(database.execute("SELECT count(*) FROM tokens").fetchone()[0])
            database.conn.close()
        except sqlite3.Error as error:
            msg = f"{path}: cannot be read: {error}"
            raise StorageError(msg) from error
        return rows

    def health(self) -> StorageHealth:
        """Return counts and conditions; never waits for the disk's work."""
        counts = self._writer.counts()
        return StorageHealth(
            features_waiting=self._writer.waiting(),
            features_written=counts.batches_written,
            features_dropped=counts.batches_dropped,
            writes_failed=counts.writes_failed,
            disk_full=bool(counts.full),
            ballast_held=self._ballast.held,
            replaced=tuple(self._replaced()),
            last_error=counts.last_error,
        )

    def fault(self) -> str:
        """Return why the disk takes no writes now; empty while it does."""
        faults = self._writer.counts().faults
        fault = faults.get(Store.PRIVACY) or faults.get(Store.FEATURES, "")
        # The reserve that was given up lets it write for a while.
        full = self._writer.ballast_spent or lacks_room(self._state_dir)
        return fault or (FULL if full else "")

    def stop(self) -> bool:
        """Write what is waiting, empty the logs and close; False when the disk hangs."""
        closed = self._writer.close()
        self._lock.release()
        return closed

    def _upkeep(self) -> None:
        """Look after everything that nobody asks for; in the writer's thread."""
        duties = (
            self._follow_files,
            self._audit,
            self._keep_room,
            self._prove,
            self._follow_consent,  # whatever the disk does, a no is heard
        )
        for duty in duties:
            try:
                duty()
            except (StorageError, OSError, sqlite3.Error) as error:
                self._writer.note(error)  # what fails for one may work for the next

    def _follow_consent(self) -> None:
        privacy = self._files[Store.PRIVACY]
        self.consent.follow(lambda: privacy.database, opened=privacy.opened)

    def _follow_files(self) -> None:
        for file in self._files.values():
            if file.misplaced():
                file.reopen(wall_s=self._clock.wall_s())

    def _audit(self) -> None:
        replaced = self._replaced()
        if self._audited < len(replaced):
            self._writer.transact(Store.PRIVACY, lambda base: self._audit_replaced(base, replaced))
            self._audited = len(replaced)

    def _keep_room(self) -> None:
        refused = Store.FEATURES in self._writer.counts().full
        if refused or self._writer.ballast_spent:
            self._retention.make_room(features_refused=refused)
            self._writer.ballast_spent = not self._ballast.held
        self._retention.step()

    def _prove(self) -> None:
        """Write what time it is where nobody writes: a box whose disk takes nothing must say so."""
        if self._on_file is None:  # a program beside the service
            return
        self._timekeeper.now_s(self._files[Store.PRIVACY].database)
        now_s = self._clock.monotonic_s()
        last_s = max(self._proved_s, self._writer.written_s.get(Store.PRIVACY, float("-inf")))
        if self._timekeeper.unsaved or now_s - last_s >= PROVE_S:
            self._proved_s = now_s
            self._writer.transact(Store.PRIVACY, self._timekeeper.keep)

    def _replaced(self) -> list[str]:
        return [name for file in self._files.values() for name in file.moved_aside]

    def _audit_replaced(self, database: Database, names: list[str]) -> None:
        for name in names[self._audited :]:
            write_audit(
                database,
                wall_s=self._clock.wall_s(),
                event="database_replaced",
                actor="box",
                detail=name,
            )


def _open_files(state_dir: Path, *, wall_s: float, repair: bool) -> dict[Store, DatabaseFile]:
    files: dict[Store, DatabaseFile] = {}
    try:
        for store, name, migrations, synchronous in (
            (Store.PRIVACY, PRIVACY_FILE, PRIVACY, "FULL"),
            (Store.FEATURES, FEATURES_FILE, FEATURES, "NORMAL"),
        ):
            files[store] = DatabaseFile(
                state_dir / name,
                migrations=migrations,
                synchronous=synchronous,
                wall_s=wall_s,
                repair=repair,
            )
    except StorageError:
        for file in files.values():
            file.close()
        raise
    return files
