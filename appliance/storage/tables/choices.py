"""Choices of the learned policy and what came of them: the ChoiceStore on SQLite."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import numpy as np
from sqlite_utils import Database

from appliance.domain.policy.choices import (
    POLICY_ACTIONS,
    STATE_SIZE,
    Choice,
    ChoiceOutcome,
    ErasedChoice,
    StoredChoice,
)
from appliance.domain.policy.experience import Experience, sum_terms
from appliance.ports import Clock
from appliance.storage.counts import Store
from appliance.storage.tables.choice_rows import (
    KEEP_CHOICE,
    KEEP_POLICY,
    RECALL,
    Value,
    choice_row,
    outcome_row,
    recall,
    unpack_allowed,
    unpack_state,
)
from appliance.storage.writer import StorageWriter

PIECE = 2000
"""Rows that are read in one go: some 10 ms, so that a decision need not wait for the learner."""

HELD_POLICIES = 2
"""Weights that are held in memory: those that decide, and those before or after them."""

_FINISHED = """SELECT choices.rowid AS row, seat, occupancy, at_s, state,
    allowed, rule_action, action, propensity, delta_f, delta_b, complete, reject, intrude
    FROM choices JOIN outcomes ON outcomes.choice = choices.id
    WHERE NOT erased AND choices.rowid < ? ORDER BY choices.rowid DESC LIMIT ?"""

_ERASURES = "SELECT coalesce(max(id), 0) FROM audit WHERE event = 'erased'"

_LAST_ROW = 2**63 - 1


class Choices:
    """Keeps every choice so that it can be made again; see ``ChoiceStore``."""

    def __init__(self, writer: StorageWriter, *, clock: Clock) -> None:
        """Write through ``writer``."""
        self._writer = writer
        self._clock = clock
        self._policies: dict[str, dict[str, Value]] = {}  # rows that a new file must have again

    def record(self, choice: Choice) -> None:
        """Keep a choice; returns when it is on disk.

        Raises:
            StorageError: It could not be kept, so nothing may come of it.
        """
        row = choice_row(choice, wall_s=self._clock.wall_s())

        def write(database: Database) -> None:
            self._bring_back_policies(database)
            database.execute(KEEP_CHOICE, row)

        self._writer.run(Store.PRIVACY, write)

    def record_many(self, choices: Sequence[Choice]) -> None:
        """Queue the choices of one step that do nothing; one transaction, in order.

        Raises:
            StorageError: The store is closed.
        """
        wall_s = self._clock.wall_s()
        rows = [choice_row(choice, wall_s=wall_s) for choice in choices]
        if not rows:
            return

        def write(database: Database) -> None:
            self._bring_back_policies(database)
            database.conn.executemany(KEEP_CHOICE, rows)

        self._writer.post(Store.PRIVACY, write)

    def settle(self, outcome: ChoiceOutcome) -> None:
        """Queue what came of a choice; of an unknown or an erased one nothing is kept.

        Raises:
            StorageError: The store is closed.
        """
        row = outcome_row(outcome, wall_s=self._clock.wall_s())

        def write(database: Database) -> None:
            known = "SELECT 1 FROM choices WHERE id = ? AND NOT erased"
            if database.execute(known, [outcome.choice]).fetchone() is not None:
                database.table("outcomes").insert(row, ignore=True)

        self._writer.post(Store.PRIVACY, write)

    def keep_policy(self, version: str, *, learner: str, weights: bytes) -> None:
        """Keep what a learner's judgements depend on; returns when it is on disk.

        Raises:
            StorageError: It could not be kept, so nothing may be chosen with it.
        """
        row: dict[str, Value] = {
            "version": version,
            "learner": learner,
            "weights": weights,
            "wall_s": self._clock.wall_s(),
        }

        def write(database: Database) -> None:
            database.execute(KEEP_POLICY, row)
            self._policies.pop(version, None)
            self._policies[version] = row
            for older in list(self._policies)[:-HELD_POLICIES]:
                del self._policies[older]

        self._writer.run(Store.PRIVACY, write)

    def policy(self, version: str) -> bytes | None:
        """Return the weights of a version; None when they are not kept.

        Raises:
            StorageError: The database cannot be read.
        """

        def read(database: Database) -> bytes | None:
            query = "SELECT weights FROM policies WHERE version = ?"
            row = database.execute(query, [version]).fetchone()
            return None if row is None else bytes(row[0])

        return self._writer.run(Store.PRIVACY, read)

    def get(self, choice: str) -> StoredChoice | ErasedChoice | None:
        """Return one choice by its id; None when there is none.

        Raises:
            StorageError: The database cannot be read.
        """

        def read(database: Database) -> StoredChoice | ErasedChoice | None:
            for row in database.query(f"{RECALL} WHERE choices.id = ?", [choice]):
                return recall(row)
            return None

        return self._writer.run(Store.PRIVACY, read)

    def _bring_back_policies(self, database: Database) -> None:
        """Keep the weights in use once more where a damaged file was replaced by an empty one."""
        for version, row in self._policies.items():
            known = "SELECT 1 FROM policies WHERE version = ?"
            if database.execute(known, [version]).fetchone() is None:
                database.execute(KEEP_POLICY, row)

    def count_finished(self, *, since_s: float) -> int:
        """Return how many outcomes have become known since a wall time.

        Raises:
            StorageError: The database cannot be read.
        """

        def read(database: Database) -> int:
            query = "SELECT count(*) FROM outcomes WHERE wall_s > ?"
            return int(database.execute(query, [since_s]).fetchone()[0])

        return self._writer.run(Store.PRIVACY, read)

    def count_erasures(self) -> int:
        """Return a number that changes whenever somebody has been erased.

        Raises:
            StorageError: The database cannot be read.
        """
        return self._writer.run(Store.PRIVACY, _count_erasures)

    def experience(self, limit: int = 50_000, *, skip: int = 0) -> Experience:
        """Return the newest choices whose outcome is known and whose student is not erased.

        They are read piece by piece; when somebody was erased meanwhile, all over again.

        Args:
            limit: Most choices.
            skip: How many still newer ones to leave out.

        Raises:
            StorageError: The database cannot be read.
        """
        while True:
            before = self.count_erasures()
            found = self._read_finished(limit + skip)[skip:]
            if self.count_erasures() == before:
                return stack(found)

    def _read_finished(self, limit: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        last = _LAST_ROW
        while len(found) < limit:
            asked = min(PIECE, limit - len(found))

            def read(database: Database, bounds: tuple[int, int] = (last, asked)) -> Any:  # noqa: ANN401 - rows
                return list(database.query(_FINISHED, list(bounds)))

            piece = self._writer.run(Store.PRIVACY, read)
            found += piece
            if len(piece) < asked:
                break
            last = int(piece[-1]["row"])
        return found


def _count_erasures(database: Database) -> int:
    return int(database.execute(_ERASURES).fetchone()[0])


def stack(found: list[dict[str, Any]]) -> Experience:
    """Put rows together, the choices of a stay side by side and in the order of time.

    The rows are sorted in place, so that what else is in them lies beside.
    """
    found.sort(key=itemgetter("seat", "occupancy", "row"))
    count = len(found)
    states = np.zeros((count, STATE_SIZE), dtype=np.float32)
    for number, row in enumerate(found):
        states[number] = unpack_state(row["state"])
    return Experience(
        states=states,
        allowed=np.array([unpack_allowed(row["allowed"]) for row in found], dtype=np.bool_).reshape(
            count, len(POLICY_ACTIONS)
        ),
        rules=np.array([row["rule_action"] for row in found], dtype=np.int64),
        actions=np.array([row["action"] for row in found], dtype=np.int64),
        propensities=np.array([row["propensity"] for row in found], dtype=np.float64),
        rewards=np.array([_reward(row) for row in found], dtype=np.float64),
        at_s=np.array([row["at_s"] for row in found], dtype=np.float64),
        stays=_number_stays(found),
    )


def _number_stays(found: list[dict[str, Any]]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return a number per row; capture time that does not go on is a clock that began anew."""
    stays = np.zeros(len(found), dtype=np.int64)
    for number in range(1, len(found)):
        before, row = found[number - 1], found[number]
        goes_on = (row["seat"], row["occupancy"]) == (before["seat"], before["occupancy"])
        goes_on = goes_on and row["at_s"] > before["at_s"]
        stays[number] = stays[number - 1] + (not goes_on)
    return stays


def _reward(row: dict[str, Any]) -> float:
    if row["delta_f"] is None or row["delta_b"] is None:
        return float("nan")
    return sum_terms(
        fatigue_drop=row["delta_f"],
        boredom_drop=row["delta_b"],
        complete=bool(row["complete"]),
        reject=bool(row["reject"]),
        intrude=bool(row["intrude"]),
    )
