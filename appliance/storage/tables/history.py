"""What a box has stored of one stretch of time, for programs that show it."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from appliance.domain.affect import Affect, ReadingStatus
from appliance.domain.alerts import Episode
from appliance.domain.arrays import Float32Array
from appliance.domain.interventions import Action, Measure
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.errors import StorageError
from appliance.storage.export import PRIVACY_FILE
from appliance.storage.migrations import FEATURES, PRIVACY
from appliance.storage.reading import check_version, reading

PAUSE_S = 900.0
"""A quarter of an hour without a row on any seat separates two recordings: a break between two
lessons is longer than a student's way to the door."""

BACK_S = 1.0
"""Capture time that goes back by more is a clock that began anew: another recording."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredReading:
    """One row of ``tokens`` without its features."""

    seat: SeatKey
    """Where."""

    occupancy: OccupancyKey
    """Who."""

    wall_s: float
    """Wall time, seconds since the Unix epoch."""

    at_s: float
    """Capture time of the token's end, seconds."""

    status: ReadingStatus | None
    """None where the token was stored without a reading."""

    probabilities: Float32Array = field(repr=False)
    """(C,) as stored; empty without a reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One recording: rows without a pause of ``PAUSE_S`` and without a new clock."""

    readings: tuple[StoredReading, ...]
    """Oldest first."""

    episodes: tuple[Episode, ...]
    """In the order of raising; times are capture times."""

    measures: tuple[Measure, ...]
    """In the order of time; capture time as well."""

    decisions_found: bool
    """False when no ``privacy.db`` lies beside the features."""


def read_history(features: Path, *, seat: SeatKey | None = None, back: int = 0) -> History:
    """Read one recording of a ``features.db``, whatever its name, and what belongs to it.

    Rows are read backwards from the newest, so a file of thirty days costs no more than the
    recording asked for.

    Args:
        features: The database; ``privacy.db`` is looked for beside it.
        seat: Only this seat.
        back: 0 is the newest recording, 1 the one before it.

    Raises:
        StorageError: The file is no such database, or holds no such seat or recording.
    """
    with reading(features) as connection:
        _check_tables(connection, features)
        check_version(connection, features, newest=len(FEATURES))
        seats = [str(row[0]) for row in connection.execute("SELECT DISTINCT seat FROM streams")]
        if seat is not None and seat not in seats:
            msg = f"{features}: no seat {seat!r}; there are {', '.join(sorted(seats)) or 'none'}"
            raise StorageError(msg)
        readings = _read_backwards(connection, seat=seat, back=back)
    if not readings:
        ago = f"no recording {back + 1} steps back" if back else "nothing is stored"
        msg = f"{features}: {ago}; a row is kept for every fifth of a second of a student in sight"
        raise StorageError(msg)
    privacy = features.with_name(PRIVACY_FILE)
    if not privacy.is_file():
        return History(readings=readings, episodes=(), measures=(), decisions_found=False)
    with reading(privacy) as connection:
        check_version(connection, privacy, newest=len(PRIVACY))
        episodes, measures = _read_decisions(connection, readings)
    return History(readings=readings, episodes=episodes, measures=measures, decisions_found=True)


def _check_tables(connection: sqlite3.Connection, path: Path) -> None:
    tables = {
        row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    if {"tokens", "streams"} <= tables:
        return
    if "decisions" in tables:
        msg = f"{path}: holds decisions and no readings; name the features.db beside it"
    else:
        msg = f"{path}: is no database of a classbox; name the features.db of its state folder"
    raise StorageError(msg)


def _read_backwards(
    connection: sqlite3.Connection, *, seat: SeatKey | None, back: int
) -> tuple[StoredReading, ...]:
    """Return the rows of one recording, oldest first; empty when there is none."""
    rows = connection.execute(
        """SELECT seat, occupancy, wall_s, at_s, reading, probabilities
        FROM tokens JOIN streams ON streams.id = tokens.stream
        WHERE :seat IS NULL OR seat = :seat ORDER BY tokens.id DESC""",
        {"seat": seat},
    )
    kept: list[StoredReading] = []
    later: dict[str, StoredReading] = {}  # per seat, the row behind the one at hand
    wall_s, width = float("inf"), 0
    for row in rows:
        one = _reading_of(row)
        behind = later.get(one.seat)
        paused = wall_s != float("inf") and wall_s - one.wall_s > PAUSE_S
        restarted = behind is not None and one.at_s > behind.at_s + BACK_S
        # Another profile has other columns.
        refitted = 0 not in (width, len(one.probabilities)) and width != len(one.probabilities)
        if paused or restarted or refitted:
            if back == 0:
                break
            back -= 1
            kept.clear()
            later.clear()
            width = 0
        wall_s = one.wall_s
        width = len(one.probabilities) or width
        later[one.seat] = one
        kept.append(one)
    return tuple(reversed(kept)) if back == 0 else ()


def _reading_of(row: sqlite3.Row) -> StoredReading:
    blob: bytes = row["probabilities"] or b""
    return StoredReading(
        seat=SeatKey(row["seat"]),
        occupancy=OccupancyKey(row["occupancy"]),
        wall_s=row["wall_s"],
        at_s=row["at_s"],
        status=None if row["reading"] is None else ReadingStatus(row["reading"]),
        probabilities=np.frombuffer(blob, dtype="<f2").astype(np.float32),
    )


def _read_decisions(
    connection: sqlite3.Connection, readings: tuple[StoredReading, ...]
) -> tuple[tuple[Episode, ...], tuple[Measure, ...]]:
    """Return what was decided about the occupancies of the readings, during them."""
    spans: dict[tuple[SeatKey, OccupancyKey], tuple[float, float]] = {}
    for one in readings:
        key = one.seat, one.occupancy
        first_s, last_s = spans.get(key, (one.at_s, one.at_s))
        spans[key] = min(first_s, one.at_s), max(last_s, one.at_s)
    episodes: list[Episode] = []
    measures: list[Measure] = []
    for (seat, occupancy), (first_s, last_s) in spans.items():
        span: Mapping[str, str | float] = {
            "seat": seat,
            "occupancy": occupancy,
            "since": first_s,
            "until": last_s,
        }
        episodes += [
            Episode(
                seat=seat,
                affect=Affect(row["affect"]),
                onset_s=row["onset_s"],
                raised_s=row["opened_s"],
                cleared_s=row["cleared_s"],
                intensity=row["intensity"],
                mean_score=row["mean_score"],
            )
            for row in connection.execute(
                """SELECT * FROM alerts WHERE seat = :seat AND occupancy = :occupancy
                AND opened_s BETWEEN :since AND :until""",
                span,
            )
        ]
        measures += [
            Measure(
                seat=seat,
                affect=Affect(row["affect"]),
                action=Action(row["action"]),
                at_s=row["at_s"],
                rule=row["rule"],
                reason=row["reason"],
                answer=row["state"] or "",
            )
            for row in connection.execute(
                """SELECT decisions.*, commands.state AS state
                FROM decisions LEFT JOIN commands ON commands.id = decisions.id
                WHERE seat = :seat AND occupancy = :occupancy
                AND at_s BETWEEN :since AND :until""",
                span,
            )
        ]
    return (
        tuple(sorted(episodes, key=lambda one: one.raised_s)),
        tuple(sorted(measures, key=lambda one: one.at_s)),
    )
