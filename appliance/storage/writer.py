"""The one thread that writes: durable jobs at once, features in batches."""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import structlog
from sqlite_utils import Database

from appliance.errors import StorageError
from appliance.ports import Clock
from appliance.storage.ballast import Ballast
from appliance.storage.batches import BatchQueue
from appliance.storage.counts import Store, WriterCounts
from appliance.storage.database import DatabaseFile, disk_fault, is_corrupt, is_full

JOBS = 1000
"""Durable jobs that may wait. When full the caller waits: nothing durable is dropped."""

ANSWER_S = 30.0
"""Longest wait for a durable job: six locks of five seconds each."""

POST_S = 2.0
"""Longest wait until a job that nobody waits for is queued: the tick must go on."""

TELL_S = 60.0
"""Before the same failure is logged again."""

IDLE_S = 0.2
"""Longest sleep: a revocation by the command line is seen within one token of 5 Hz."""

WRITER = "storage.writer"
"""Name of the thread, as its signs of life have it."""

T = TypeVar("T")


@dataclass(slots=True)
class _Task:
    work: Callable[[], Any]
    future: "Future[Any]"


class StorageWriter:
    """Owns both databases; everything that reads or writes them in order goes through here.

    A job runs inside a transaction. When the disk is full, the ballast is given up for
    ``PRIVACY``, not for features, and the job is tried once more; when the file is corrupt, it is
    replaced by an empty one and the job is tried once more; otherwise the caller gets
    ``StorageError``.
    """

    def __init__(
        self,
        *,
        files: dict[Store, DatabaseFile],
        ballast: Ballast,
        clock: Clock,
        commit_s: float,
        write_batch: Callable[[Database, Any], None],
        upkeep: Callable[[], None] = lambda: None,
        beat: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Prepare the thread.

        Args:
            files: The databases.
            ballast: Given up when the disk is full and a decision or consent has to be kept.
            clock: Wall and monotonic time.
            commit_s: Seconds between commits of features.
            write_batch: Writes one feature batch inside a transaction on ``FEATURES``.
            upkeep: Called in the thread after each piece of work and each ``IDLE_S``.
            beat: Called with the thread's name at least once a second.
        """
        self._files = files
        self._ballast = ballast
        self._clock = clock
        self._write_batch = write_batch
        self._upkeep = upkeep
        self._beat = beat
        self._changed = threading.Condition()
        self._told: dict[str, float] = {}  # what was logged, and when
        self._tasks: deque[_Task] = deque()
        self._batches = BatchQueue(clock=clock, commit_s=commit_s)
        self._stopping = False
        self._counts = WriterCounts()
        self.written_s: dict[Store, float] = {}
        """Monotonic time of the last write of each that succeeded; its own thread's."""
        self.ballast_spent = False
        """True from giving up the ballast until ``upkeep`` has made room; its own thread's."""
        self._log = structlog.get_logger()
        self._thread = threading.Thread(target=self._work, name=WRITER, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def run(self, store: Store, job: Callable[[Database], T]) -> T:
        """Do a job in a transaction and return its result once it is on disk.

        Raises:
            StorageError: It could not be done; nothing of it was kept.
        """
        return self.call(lambda: self.transact(store, job))

    def post(self, store: Store, job: Callable[[Database], T]) -> None:
        """Queue a job in a transaction; a failure is logged and counted.

        Raises:
            StorageError: The store is closed, or too many jobs wait for a disk that hangs.
        """
        self._queue(lambda: self.transact(store, job), patience_s=POST_S)

    def call(self, work: Callable[[], T]) -> T:
        """Do something in the writer's thread, between two transactions, and return its result.

        Raises:
            StorageError: It could not be done.
        """
        future = self._queue(work)
        try:
            return future.result(ANSWER_S)
        except TimeoutError as error:
            msg = f"storage did not answer within {ANSWER_S:g} s; is the disk failing?"
            raise StorageError(msg) from error

    def transact(self, store: Store, job: Callable[[Database], T]) -> T:
        """Run a job in a transaction, once more after a remedy; only in the writer's thread.

        Raises:
            StorageError: It could not be done; nothing of it was kept.
        """
        try:
            return self._transact_once(store, job)
        except sqlite3.Error as error:
            if not self._remedy(store, error):
                raise self._failed(store, error) from error
        try:
            return self._transact_once(store, job)
        except sqlite3.Error as error:
            raise self._failed(store, error) from error

    def append(self, batch: object) -> None:
        """Queue features; never waits."""
        with self._changed:
            if self._stopping:
                self._counts.batches_dropped += 1
                return
            self._counts.batches_dropped += self._batches.append(batch)
            if self._batches.due():
                self._changed.notify_all()

    def flush(self) -> None:
        """Return when all features appended so far are on disk, or counted as lost."""
        self.call(self.commit_features)

    def commit_features(self) -> None:
        """Write the waiting features; only in the writer's thread."""
        with self._changed:
            batches = self._batches.take()
        if not batches:
            return

        def write(database: Database) -> None:
            for batch in batches:
                self._write_batch(database, batch)

        try:
            self.transact(Store.FEATURES, write)
        except StorageError as error:
            with self._changed:
                keep = not self._stopping
                self._counts.batches_dropped += self._batches.put_back(batches, keep=keep)
            self.note(error)
        except Exception:
            with self._changed:
                self._counts.batches_dropped += len(batches)
            raise
        else:
            with self._changed:
                self._counts.full.discard(Store.FEATURES)
                self._counts.batches_written += len(batches)

    def waiting(self) -> int:
        """Return the number of feature batches not yet on disk."""
        with self._changed:
            return len(self._batches)

    def counts(self) -> WriterCounts:
        """Return a copy of the counts."""
        with self._changed:
            return replace(
                self._counts, full=set(self._counts.full), faults=dict(self._counts.faults)
            )

    def close(self) -> bool:
        """Finish all that is queued, cut the logs and close the files.

        Returns:
            False when the thread did not end in time; the files are then left to the system.
        """
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(ANSWER_S)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while True:
            self._beat(self._thread.name)
            with self._changed:
                self._changed.wait_for(
                    lambda: self._tasks or self._stopping or self._batches.due(), timeout=IDLE_S
                )
                task = self._tasks.popleft() if self._tasks else None
                done = self._stopping and task is None
                due = done or self._batches.due()
                self._changed.notify_all()
            try:
                if task is not None:
                    self._perform(task)
                if due:
                    self.commit_features()
                self._upkeep()
            except Exception as error:  # noqa: BLE001 - border of a thread: the next job may work
                self.note(error)
            if done:
                break
        self._close_files()

    def _queue(self, work: Callable[[], T], *, patience_s: float = ANSWER_S) -> "Future[T]":
        future: Future[T] = Future()
        with self._changed:
            if threading.current_thread() is not self._thread:  # it cannot wait for itself
                ready = self._changed.wait_for(
                    lambda: self._stopping or len(self._tasks) < JOBS, timeout=patience_s
                )
                if not ready:
                    msg = f"storage has {JOBS} jobs waiting; is the disk failing?"
                    raise StorageError(msg)
            if self._stopping:
                msg = "storage is closed"
                raise StorageError(msg)
            self._tasks.append(_Task(work, future))
            self._changed.notify_all()
        return future

    def _perform(self, task: _Task) -> None:
        try:
            result = task.work()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the caller's to handle
            self.note(error)
            task.future.set_exception(error)
        else:
            task.future.set_result(result)

    def _transact_once(self, store: Store, job: Callable[[Database], T]) -> T:
        with self._files[store].transaction() as database:
            before = database.conn.total_changes
            result = job(database)
            wrote = database.conn.total_changes > before
        if wrote:  # what only reads succeeds on a full disk, too
            self.written_s[store] = self._clock.monotonic_s()
            with self._changed:
                self._counts.faults.pop(store, None)
                if store is Store.PRIVACY:
                    self._counts.full.discard(store)
        return result

    def _remedy(self, store: Store, error: sqlite3.Error) -> bool:
        """Do what can be done about a failure; tell whether another attempt makes sense."""
        if is_full(error):
            with self._changed:
                repeated = store in self._counts.full
                self._counts.full.add(store)
            freed = store is Store.PRIVACY and self._ballast.free()
            self.ballast_spent = self.ballast_spent or freed
            if not repeated:
                self._log.error("disk_full", database=store.value, ballast_freed=freed)
            return freed
        if is_corrupt(error):
            file = self._files[store]
            file.start_afresh(wall_s=self._clock.wall_s())
            self._log.error("database_replaced", database=store.value, kept_as=file.moved_aside[-1])
            return True
        return False

    def _failed(self, store: Store, error: sqlite3.Error) -> StorageError:
        path = self._files[store].path
        if fault := disk_fault(error, path.parent):
            with self._changed:
                self._counts.faults[store] = fault
        return StorageError(f"{path.name}: {error}")

    def note(self, error: Exception) -> None:
        """Count a failure for the health report; one log line a minute for each kind."""
        known = isinstance(error, StorageError)
        problem = str(error) if known else f"{type(error).__name__}: {error}"
        with self._changed:
            self._counts.writes_failed += 1
            self._counts.last_error = problem
        now_s = self._clock.monotonic_s()
        if now_s - self._told.get(problem, float("-inf")) >= TELL_S:
            self._told = {key: at_s for key, at_s in self._told.items() if now_s - at_s < TELL_S}
            self._told[problem] = now_s
            self._log.error("storage_failed", error=problem)

    def _close_files(self) -> None:
        for file in self._files.values():
            try:
                file.checkpoint()
            except (sqlite3.Error, StorageError) as error:
                self._log.error("checkpoint_failed", file=file.path.name, error=str(error))
            file.close()
