"""Choices as they are on record, for programs that explain, replay, count or hand them out."""

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from appliance.domain.affect import Affect
from appliance.domain.interventions import Action, Feedback, FeedbackKind, Intervention
from appliance.domain.policy.choices import (
    POLICY_ACTIONS,
    ChoiceReason,
    ErasedChoice,
    PolicyAction,
    StoredChoice,
)
from appliance.domain.policy.experience import sum_terms
from appliance.domain.policy.trials import ChoiceCounts
from appliance.domain.seats import OccupancyKey, SeatKey, TerminalKey
from appliance.storage.export import PRIVACY_FILE
from appliance.storage.migrations import PRIVACY
from appliance.storage.reading import check_version, reading
from appliance.storage.tables.checkpoints import read_state
from appliance.storage.tables.choice_rows import CHOICES_SINCE, RECALL, count_choices, recall
from appliance.storage.tables.on_record import (
    ActionTally,
    DecisionRecord,
    KeptPolicy,
    PolicyWeights,
    StoredDecision,
)

PAGE = 500
"""Rows that are read at a time. Between two the log is free, so that an erasure need not wait."""

MATCHES = 3
"""Ids that are told when the beginning of one fits several."""

_TALLY = """SELECT action, count(*) AS made, count(outcomes.choice) AS finished,
    sum(delta_f IS NOT NULL) AS rewarded, sum(complete) AS completed, sum(reject) AS rejected,
    sum(intrude) AS intruded,
    avg(delta_f) AS delta_f, avg(delta_b) AS delta_b,
    avg(CASE WHEN delta_f IS NOT NULL THEN complete END) AS complete,
    avg(CASE WHEN delta_f IS NOT NULL THEN reject END) AS reject,
    avg(CASE WHEN delta_f IS NOT NULL THEN intrude END) AS intrude
    FROM choices LEFT JOIN outcomes ON outcomes.choice = choices.id
    WHERE NOT erased GROUP BY action"""


class ChoiceArchive:
    """Reads ``privacy.db`` of a state folder, whether the service is running or not."""

    def __init__(self, state_dir: Path) -> None:
        """Look into ``state_dir`` when asked."""
        self._path = state_dir / PRIVACY_FILE

    def find(self, beginning: str) -> list[str]:
        """Return the ids that begin so, of decisions, choices and episodes.

        All if there are up to ``MATCHES``, else the first.

        Raises:
            StorageError: The database cannot be read.
        """
        with reading(self._path) as connection:
            columns = [("decisions", "id"), ("alerts", "episode")]
            if self._has_choices(connection):
                columns.append(("choices", "id"))
            found = {
                str(row[0])
                for table, column in columns
                for row in connection.execute(
                    f"SELECT {column} FROM {table} WHERE substr({column}, 1, ?) = ? "  # noqa: S608 - our own names
                    f"ORDER BY {column} LIMIT ?",
                    [len(beginning), beginning, MATCHES],
                )
            }
        return [beginning] if beginning in found else sorted(found)[:MATCHES]

    def record(self, identity: str) -> DecisionRecord:
        """Return all that is stored under one id.

        Raises:
            StorageError: The database cannot be read.
        """
        with reading(self._path) as connection:
            choice = None
            if self._has_choices(connection):
                row = connection.execute(f"{RECALL} WHERE choices.id = ?", [identity]).fetchone()
                choice = None if row is None else recall(dict(row))
            row = connection.execute("SELECT * FROM decisions WHERE id = ?", [identity]).fetchone()
            answers = connection.execute(
                "SELECT * FROM feedback WHERE command = ? ORDER BY wall_s, rowid", [identity]
            ).fetchall()
            state = connection.execute(
                "SELECT state FROM commands WHERE id = ?", [identity]
            ).fetchone()
        return DecisionRecord(
            id=identity,
            choice=choice,
            decision=None if row is None else _decision_of(row),
            answers=tuple(_answer_of(answer) for answer in answers),
            command="" if state is None else str(state[0]),
        )

    def choices(self) -> Iterator[StoredChoice | ErasedChoice]:
        """Yield all choices, oldest first.

        Raises:
            StorageError: The database cannot be read.
        """
        last = 0
        while True:
            with reading(self._path) as connection:
                if not self._has_choices(connection):
                    return
                page = connection.execute(
                    f"{RECALL} WHERE choices.rowid > ? ORDER BY choices.rowid LIMIT ?", [last, PAGE]
                ).fetchall()
            if not page:
                return
            yield from (recall(dict(row)) for row in page)
            last = int(page[-1]["row"])

    def count(self) -> tuple[int, int]:
        """Return how many choices there are, and how many of them are erased.

        Raises:
            StorageError: The database cannot be read.
        """
        with reading(self._path) as connection:
            if not self._has_choices(connection):
                return 0, 0
            query = "SELECT count(*), coalesce(sum(erased), 0) FROM choices"
            total, erased = connection.execute(query).fetchone()
        return int(total), int(erased)

    def tally(self) -> list[ActionTally]:
        """Return what came of each action that was chosen.

        Raises:
            StorageError: The database cannot be read.
        """
        with reading(self._path) as connection:
            if not self._has_choices(connection):
                return []
            rows = {row["action"]: row for row in connection.execute(_TALLY)}
        return [_tally_of(rows[action]) for action in POLICY_ACTIONS if action in rows]

    def reasons(self) -> Mapping[tuple[ChoiceReason, PolicyAction], int]:
        """Return how often each reason led to each action.

        Raises:
            StorageError: The database cannot be read.
        """
        with reading(self._path) as connection:
            if not self._has_choices(connection):
                return {}
            rows = connection.execute(
                "SELECT reason, action, count(*) FROM choices WHERE NOT erased GROUP BY 1, 2"
            ).fetchall()
        return {
            (ChoiceReason(reason), PolicyAction(action)): int(count)
            for reason, action, count in rows
        }

    def counts(self) -> ChoiceCounts:
        """Return how many choices there are, drawn, with an outcome, erased.

        Raises:
            StorageError: The database cannot be read.
        """
        with reading(self._path) as connection:
            return count_choices(connection) if self._has_choices(connection) else ChoiceCounts()

    def checkpoint(self, key: str) -> dict[str, Any] | None:
        """Return a state that the service has kept, as ``Checkpoints.get`` does; None without one.

        Raises:
            StorageError: The database cannot be read.
        """
        with reading(self._path) as connection:
            check_version(connection, self._path, newest=len(PRIVACY))
            try:
                return read_state(Database(connection), key)
            except ValueError:  # damaged: the service deletes it
                return None

    def outcomes_since(self, wall_s: float) -> int:
        """Return how many outcomes have become known after a wall time.

        Raises:
            StorageError: The database cannot be read.
        """
        with reading(self._path) as connection:
            if not self._has_choices(connection):
                return 0
            query = "SELECT count(*) FROM outcomes WHERE wall_s > ?"
            return int(connection.execute(query, [wall_s]).fetchone()[0])

    def policies(self) -> list[KeptPolicy]:
        """Return the versions whose weights are kept, the newest first.

        Raises:
            StorageError: The database cannot be read.
        """
        with reading(self._path) as connection:
            if not self._has_choices(connection):
                return []
            rows = connection.execute(
                """SELECT version, learner, length(weights) AS size, policies.wall_s AS wall_s,
                    count(choices.id) AS made, coalesce(sum(erased), 0) AS erased
                FROM policies LEFT JOIN choices ON choices.policy = version
                GROUP BY version ORDER BY policies.wall_s DESC, policies.rowid DESC"""
            ).fetchall()
        return [
            KeptPolicy(
                version=row["version"],
                learner=row["learner"],
                bytes=row["size"],
                wall_s=row["wall_s"],
                choices=row["made"] - row["erased"],
                erased=row["erased"],
            )
            for row in rows
        ]

    def weights(self, version: str) -> PolicyWeights | None:
        """Return the weights of a version; None when they are not kept.

        Raises:
            StorageError: The database cannot be read.
        """
        with reading(self._path) as connection:
            if not self._has_choices(connection):
                return None
            query = "SELECT learner, weights FROM policies WHERE version = ?"
            row = connection.execute(query, [version]).fetchone()
        return None if row is None else PolicyWeights(learner=row[0], content=row[1])

    def _has_choices(self, connection: sqlite3.Connection) -> bool:
        version = check_version(connection, self._path, newest=len(PRIVACY))
        return version >= CHOICES_SINCE


def _decision_of(row: sqlite3.Row) -> StoredDecision:
    return StoredDecision(
        intervention=Intervention(
            id=row["id"],
            episode=row["episode"],
            seat=SeatKey(row["seat"]),
            occupancy=OccupancyKey(row["occupancy"]),
            affect=Affect(row["affect"]),
            action=Action(row["action"]),
            rule=row["rule"],
            reason=row["reason"],
            intensity=row["intensity"],
            duration_s=row["duration_s"],
            at_s=row["at_s"],
        ),
        terminal=TerminalKey(row["terminal"]),
        wall_s=row["wall_s"],
    )


def _answer_of(row: sqlite3.Row) -> Feedback:
    return Feedback(
        command=row["command"],
        terminal=TerminalKey(row["terminal"]),
        kind=FeedbackKind(row["kind"]),
        rating=row["rating"],
        after_s=row["after_s"],
    )


def _tally_of(row: sqlite3.Row) -> ActionTally:
    mean = None
    if row["delta_f"] is not None:
        # Equation 12 is linear: its mean is that of the means.
        mean = sum_terms(
            fatigue_drop=row["delta_f"],
            boredom_drop=row["delta_b"],
            complete=row["complete"],
            reject=row["reject"],
            intrude=row["intrude"],
        )
    return ActionTally(
        action=PolicyAction(row["action"]),
        made=row["made"],
        finished=row["finished"],
        rewarded=row["rewarded"] or 0,
        completed=row["completed"] or 0,
        rejected=row["rejected"] or 0,
        intruded=row["intruded"] or 0,
        mean_reward=mean,
    )
