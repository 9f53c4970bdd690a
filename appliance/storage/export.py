"""Rows for people: JSON lines or CSV of what the box has kept."""

import csv
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TextIO

import numpy as np

from appliance.domain.affect import StudentState
from appliance.domain.policy.choices import POLICY_ACTIONS, PolicyAction
from appliance.domain.seats import SeatKey
from appliance.storage.reading import reading
from appliance.storage.tables.choice_rows import unpack_allowed, unpack_state
from appliance.storage.tables.features import CUE_COLUMNS, states_of

PRIVACY_FILE = "privacy.db"
FEATURES_FILE = "features.db"

Value = str | float | int | None


class ExportKind(StrEnum):
    """What can be exported."""

    DECISIONS = "decisions"
    CHOICES = "choices"
    ALERTS = "alerts"
    FEEDBACK = "feedback"
    READINGS = "readings"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """What the readings of a file have columns for."""

    states: tuple[StudentState, ...]
    cues: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRow:
    """One row as it is written, with its kind first and its time in ISO 8601, UTC."""

    kind: ExportKind
    """Which table it is from."""

    values: dict[str, Value]
    """Column to value; every row of a kind has the same columns in the same order."""


_QUERIES = {
    ExportKind.DECISIONS: (
        PRIVACY_FILE,
        """SELECT wall_s, at_s, seat, occupancy, id, episode, terminal, affect, action, rule,
            reason, intensity, duration_s FROM decisions""",
    ),
    ExportKind.CHOICES: (
        PRIVACY_FILE,
        """SELECT choices.wall_s AS wall_s, at_s, seat, occupancy, id, allowed, rule_action, rule,
            learned_action, action, propensity, bound, value, reason, policy, state,
            delta_f, delta_b, complete, reject, intrude
        FROM choices LEFT JOIN outcomes ON outcomes.choice = choices.id WHERE NOT erased""",
    ),
    ExportKind.ALERTS: (
        PRIVACY_FILE,
        """SELECT wall_s, opened_s AS at_s, seat, occupancy, episode, affect, onset_s, cleared_s,
            intensity, severe_s, mean_score, tokens_above FROM alerts""",
    ),
    ExportKind.FEEDBACK: (
        PRIVACY_FILE,
        """SELECT feedback.wall_s AS wall_s, seat, occupancy, command,
            feedback.terminal AS terminal, kind AS answer, rating, after_s
        FROM feedback JOIN decisions ON decisions.id = feedback.command""",
    ),
    ExportKind.READINGS: (
        FEATURES_FILE,
        """SELECT wall_s, at_s, seat, occupancy, reading, columns, features, probabilities
        FROM tokens JOIN streams ON streams.id = tokens.stream""",
    ),
}
"""File and query per kind; ``wall_s``, ``seat`` and ``occupancy`` are in each."""


def export_rows(
    state_dir: Path,
    *,
    kinds: Sequence[ExportKind] = tuple(ExportKind),
    seat: SeatKey | None = None,
) -> Iterator[ExportRow]:
    """Read rows from a state folder, whether the service is running or not.

    Args:
        state_dir: Folder of the databases.
        kinds: What to read, one kind after the other, each in order of time.
        seat: Only this seat.

    Yields:
        Rows; features are given by name, embeddings never.

    Raises:
        StorageError: A database is missing or cannot be read.
    """
    for kind in kinds:
        name, query = _QUERIES[kind]
        path = state_dir / name
        with reading(path) as connection:
            layout = _read_layout(connection) if kind is ExportKind.READINGS else None
            rows = connection.execute(
                f"SELECT * FROM ({query}) WHERE :seat IS NULL OR seat = :seat "  # noqa: S608 - our own text
                "ORDER BY wall_s",
                {"seat": seat},
            )
            for row in rows:
                yield ExportRow(kind=kind, values=_values(row, layout))


def write_json_lines(rows: Iterable[ExportRow], out: TextIO) -> None:
    """Write one JSON object per line."""
    out.writelines(
        json.dumps({"kind": row.kind.value, **row.values}, ensure_ascii=False) + "\n"
        for row in rows
    )


def write_csv(rows: Iterable[ExportRow], out: TextIO) -> None:
    """Write a table with a heading.

    Raises:
        ValueError: Rows of two kinds, which have different columns.
    """
    writer: csv.DictWriter[str] | None = None
    kind: ExportKind | None = None
    for row in rows:
        if writer is None:
            kind = row.kind
            writer = csv.DictWriter(out, fieldnames=list(row.values), lineterminator="\n")
            writer.writeheader()
        if row.kind is not kind:
            msg = f"a CSV file has one kind of rows, got {kind} and {row.kind}"
            raise ValueError(msg)
        writer.writerow(row.values)


def _read_layout(connection: sqlite3.Connection) -> _Layout:
    """Return columns for all rows of the file: a box that is ``fatigue-only`` has fewer."""
    stored: set[str] = set()
    # In order of appearance; fatigued is equal in both enumerations and makes one column.
    told: dict[StudentState, None] = {}
    for (columns,) in connection.execute(
        "SELECT columns FROM streams GROUP BY columns ORDER BY min(id)"
    ):
        names = json.loads(columns)
        stored.update(names)
        told |= dict.fromkeys(states_of(names))
    return _Layout(
        states=tuple(told),
        cues=tuple(name for name in CUE_COLUMNS if name in stored),
    )


def _values(row: sqlite3.Row, layout: _Layout | None) -> dict[str, Value]:
    time = datetime.fromtimestamp(row["wall_s"], tz=UTC)
    values: dict[str, Value] = {"time": time.isoformat(timespec="milliseconds")}
    if "allowed" in row.keys():  # noqa: SIM118 - a Row is no dict
        return values | _choice_values(row)
    if layout is None:
        return values | {name: row[name] for name in row.keys() if name != "wall_s"}  # noqa: SIM118 - a Row is no dict
    values |= {name: row[name] for name in ("at_s", "seat", "occupancy", "reading")}
    names = json.loads(row["columns"])
    features = _unpack(row["features"], names)
    told = _unpack(row["probabilities"], [state.value for state in states_of(names)])
    values |= {f"p_{state}": told.get(state.value) for state in layout.states}
    return values | {name: features.get(name) for name in layout.cues}


def _choice_values(row: sqlite3.Row) -> dict[str, Value]:
    """Return a choice with its actions by name and the numbers of its state in one cell."""
    values: dict[str, Value] = {name: row[name] for name in row.keys() if name != "wall_s"}  # noqa: SIM118 - a Row is no dict
    for name in ("rule_action", "learned_action", "action"):
        values[name] = PolicyAction(row[name]).name.lower()
    may = zip(POLICY_ACTIONS, unpack_allowed(row["allowed"]), strict=True)
    values["allowed"] = " ".join(action.name.lower() for action, allowed in may if allowed)
    values["state"] = " ".join(f"{number:.6g}" for number in unpack_state(row["state"]))
    return values


def _unpack(blob: bytes | None, names: Sequence[str]) -> dict[str, float]:
    if blob is None:
        return {}
    numbers = np.frombuffer(blob, dtype="<f2").astype(np.float64)
    return {name: round(float(number), 4) for name, number in zip(names, numbers, strict=True)}
