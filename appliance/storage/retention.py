"""Deletes what is too old or too much, a little at a time."""

from sqlite_utils import Database

from appliance.ports import Clock
from appliance.storage.ballast import Ballast
from appliance.storage.counts import Store
from appliance.storage.database import DatabaseFile
from appliance.storage.keeping.copies import DAY_S, delete_copy, expired, kept_copies
from appliance.storage.keeping.refusal_log import RefusalLog
from appliance.storage.keeping.timekeeper import Timekeeper
from appliance.storage.writer import StorageWriter

EVERY_S = 3600.0
"""Time between two rounds."""

ROWS = 5000
"""Tokens per transaction: some 50 ms on an SD card, so that decisions need not wait."""

ROOM_EVERY_S = 5.0
"""Time between two attempts to make room on a full disk."""

FREED_PAGES = 2000
"""Pages handed back to the file system per round: 8 MB."""

PRIVACY_AGES = {
    "audit": "wall_s",
    "commands": "created_s",
    "decisions": "wall_s",
    "choices": "wall_s",
    "outcomes": "wall_s",
    "alerts": "wall_s",
    "feedback": "wall_s",
    "checkpoints": "wall_s",
}
"""Tables of ``privacy.db`` and the column that tells their age; consent ends otherwise."""

_UNUSED_POLICIES = """DELETE FROM policies WHERE wall_s < ?
    AND version NOT IN (SELECT policy FROM choices WHERE NOT erased)
    AND wall_s < (SELECT max(wall_s) FROM policies)"""
"""Weights by which no choice on record was made; the newest will make the next one."""


class Retention:
    """Keeps both databases within their age and size; works only in the writer's thread."""

    def __init__(
        self,
        writer: StorageWriter,
        *,
        files: dict[Store, DatabaseFile],
        ballast: Ballast,
        refusals: RefusalLog,
        clock: Clock,
        timekeeper: Timekeeper,
        days: float,
        features_bytes: int,
    ) -> None:
        """Prepare; ``step`` does the work.

        Args:
            writer: Transactions with remedies.
            files: The databases.
            ballast: Taken again when there is room.
            refusals: Trimmed, too.
            clock: Monotonic time for the rounds.
            timekeeper: Time for ages.
            days: Age at which rows are deleted.
            features_bytes: Size above which the oldest features are deleted, whatever their age.
        """
        self._writer = writer
        self._files = files
        self._ballast = ballast
        self._refusals = refusals
        self._clock = clock
        self._timekeeper = timekeeper
        self._days = days
        self._features_bytes = features_bytes
        self._next_s = float("-inf")
        self._next_room_s = float("-inf")

    def step(self) -> None:
        """Do one piece of work when it is time."""
        if self._clock.monotonic_s() < self._next_s:
            return
        self._next_s = self._clock.monotonic_s() + EVERY_S
        now_s = self._timekeeper.now_s(self._files[Store.PRIVACY].database)
        before_s = now_s - self._days * DAY_S
        more = self._writer.transact(Store.FEATURES, lambda base: self._trim(base, before_s))
        if more:
            self._next_s = self._clock.monotonic_s()  # goes on after the next waiting job
            return
        self._writer.transact(Store.PRIVACY, lambda base: self._purge(base, now_s))
        for file in self._files.values():
            _give_back(file)
        for copy in kept_copies(self._files[Store.PRIVACY].path.parent):
            if expired(copy, days=self._days, now_s=now_s):
                delete_copy(copy)
        self._refusals.trim(now_s=now_s)
        self._ballast.hold()

    def make_room(self, *, features_refused: bool) -> None:
        """Let the oldest features give way to decisions and to newer features.

        Deleting needs room for the log first: that is what the ballast is for. Where it was only
        spent and there is room again, nothing is deleted.

        Args:
            features_refused: The last features did not fit.
        """
        if self._clock.monotonic_s() < self._next_room_s:
            return
        self._next_room_s = self._clock.monotonic_s() + ROOM_EVERY_S
        if not features_refused and self._ballast.hold():
            return
        file = self._files[Store.FEATURES]
        self._ballast.free()
        try:
            self._writer.transact(Store.FEATURES, lambda base: _delete_oldest(base, "TRUE", []))
            file.checkpoint()
            _give_back(file)
        finally:
            self._ballast.hold(spare_factor=1)

    def _trim(self, database: Database, before_s: float) -> bool:
        """Delete the oldest tokens; tell whether more have to go."""
        old = _delete_oldest(database, "wall_s < ?", [before_s])
        if old < ROWS and self._files[Store.FEATURES].bytes_used() > self._features_bytes:
            old = _delete_oldest(database, "TRUE", [])
        database.execute("DELETE FROM streams WHERE last_s < ?", [before_s])
        return old == ROWS

    def _purge(self, database: Database, now_s: float) -> None:
        before_s = now_s - self._days * DAY_S
        for table, age in PRIVACY_AGES.items():
            database.execute(f"DELETE FROM {table} WHERE {age} < ?", [before_s])  # noqa: S608 - our own names
        database.execute(_UNUSED_POLICIES, [now_s - DAY_S])


def _give_back(file: DatabaseFile) -> None:
    """Return free pages to the file system."""
    # A script, because execute() steps once, which frees one page of this statement.
    file.database.conn.executescript(f"PRAGMA incremental_vacuum({FREED_PAGES})")
    file.checkpoint()  # until then the file keeps its length


def _delete_oldest(database: Database, condition: str, values: list[float]) -> int:
    oldest = f"SELECT id FROM tokens WHERE {condition} ORDER BY wall_s LIMIT {ROWS}"  # noqa: S608 - our own text
    return database.execute(f"DELETE FROM tokens WHERE id IN ({oldest})", values).rowcount  # noqa: S608
