"""Features and readings: the FeatureStore on SQLite."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlite_utils import Database

from appliance.domain.affect import AFFECTS, VIGILANCES, AffectReading, StudentState
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.tokens import (
    FACE_CUE_COLUMNS,
    MOOD_COLUMNS,
    POSE_CUE_COLUMNS,
    POSE_SIZE,
    PROJECTION_SIZE,
    SeatStatus,
    TokenBatch,
)
from appliance.ports import Clock
from appliance.storage.writer import StorageWriter

CUE_COLUMNS: tuple[str, ...] = (
    *(column.value for column in FACE_CUE_COLUMNS),
    *(column.value for column in POSE_CUE_COLUMNS),
)
"""What is stored by default: cues c_t and posture e_t, nothing that identifies (docs/DESIGN.md,
8)."""

EMBEDDING_COLUMNS: tuple[str, ...] = (
    *CUE_COLUMNS,
    *(f"projection_{index}" for index in range(PROJECTION_SIZE)),
    *(f"body_{index}" for index in range(POSE_SIZE)),
)
"""What is stored with ``embeddings``: also the projection of f_t and the landmarks k_t."""

# A token's own order: the face stream, then the pose stream.
_STREAM_COLUMNS: tuple[str, ...] = (
    *(f"projection_{index}" for index in range(PROJECTION_SIZE)),
    *(column.value for column in FACE_CUE_COLUMNS),
    *(f"body_{index}" for index in range(POSE_SIZE)),
    *(column.value for column in POSE_CUE_COLUMNS),
)

_MOODS = tuple(column.value for column in MOOD_COLUMNS)

LARGEST = float(np.finfo(np.float16).max)
"""65504; beyond it a float16 would be infinite."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TokenRows:
    """One token of R occupied seats, packed for the database; few objects, for many wait."""

    seats: tuple[SeatKey, ...]
    """Where."""

    occupancies: tuple[OccupancyKey, ...]
    """Who."""

    columns: str
    """JSON list of the names of ``features``."""

    wall_s: float
    """Wall time, seconds since the Unix epoch."""

    at_s: tuple[float, ...]
    """Capture times, seconds."""

    features: NDArray[np.float16]
    """(R, C) little-endian."""

    readings: tuple[str | None, ...]
    """Status of each reading; None where there is none for this seat."""

    probabilities: tuple[bytes | None, ...]
    """Little-endian float16, one per state as ``states_of`` the columns names them; None unless
    the reading is there."""


def columns_of(*, embeddings: bool, fatigue_only: bool) -> tuple[str, ...]:
    """Return the names of what is stored of a token.

    Args:
        embeddings: Also what identifies people.
        fatigue_only: Without the cues that this profile does not define: a column of zeros called
            valence would say that the box looked for it. Nor is there a projection.
    """
    columns = EMBEDDING_COLUMNS if embeddings else CUE_COLUMNS
    if not fatigue_only:
        return columns
    return tuple(
        name for name in columns if name not in _MOODS and not name.startswith("projection_")
    )


def states_of(columns: Collection[str]) -> tuple[StudentState, ...]:
    """Return whose probabilities stand beside such features, in their order."""
    return AFFECTS if set(_MOODS) <= set(columns) else VIGILANCES


class Features:
    """Queues one row per occupied seat and token; see ``FeatureStore``.

    Seats without consent, empty, ambiguous or out of sight are not stored: there is nothing to
    learn from them, and an absence is a gap in time.
    """

    def __init__(
        self,
        writer: StorageWriter,
        *,
        clock: Clock,
        embeddings: bool,
        fatigue_only: bool,
    ) -> None:
        """Write through ``writer``.

        Args:
            writer: Commits in batches.
            clock: Wall time of the rows.
            embeddings: Also keep what identifies people.
            fatigue_only: Keep no column that this profile does not define.
        """
        self._writer = writer
        self._clock = clock
        names = columns_of(embeddings=embeddings, fatigue_only=fatigue_only)
        self._columns = json.dumps(names)
        self._kept = np.array([_STREAM_COLUMNS.index(name) for name in names])

    def append(self, tokens: TokenBatch, readings: Sequence[AffectReading]) -> None:
        """Queue one token of every seat; never waits for the disk."""
        stored = [
            (row, occupancy)
            for row, (occupancy, status) in enumerate(
                zip(tokens.occupancies, tokens.status, strict=True)
            )
            if occupancy is not None and status is SeatStatus.PRESENT
        ]
        if stored:
            by_seat = {reading.seat: reading for reading in readings}
            self._writer.append(self._pack(tokens, stored, by_seat))

    def _pack(
        self,
        tokens: TokenBatch,
        stored: Sequence[tuple[int, OccupancyKey]],
        by_seat: Mapping[SeatKey, AffectReading],
    ) -> TokenRows:
        rows = [row for row, _ in stored]
        values = np.concatenate([tokens.face[rows], tokens.pose[rows]], axis=1)[:, self._kept]
        readings = [by_seat.get(tokens.seats[row]) for row in rows]
        return TokenRows(
            seats=tuple(tokens.seats[row] for row in rows),
            occupancies=tuple(occupancy for _, occupancy in stored),
            columns=self._columns,
            wall_s=self._clock.wall_s(),
            at_s=tuple(tokens.at_s[row] for row in rows),
            features=np.minimum(np.maximum(values, -LARGEST), LARGEST).astype("<f2"),
            readings=tuple(None if one is None else one.status.value for one in readings),
            probabilities=tuple(
                None if one is None else one.probabilities.astype("<f2").tobytes()
                for one in readings
            ),
        )


def write_rows(database: Database, rows: TokenRows) -> None:
    """Write one batch, inside a transaction on ``features.db``."""
    who = tuple(zip(rows.seats, rows.occupancies, strict=True))
    # Plain statements: sqlite-utils looks at every column of every row to find its type.
    database.conn.executemany(
        """INSERT INTO streams (seat, occupancy, columns, last_s) VALUES (?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET last_s = excluded.last_s""",
        ((*one, rows.columns, rows.wall_s) for one in who),
    )
    database.conn.executemany(
        """INSERT INTO tokens (stream, wall_s, at_s, features, reading, probabilities)
        VALUES (
            (SELECT id FROM streams WHERE seat = ? AND occupancy = ? AND columns = ?),
            ?, ?, ?, ?, ?
        )""",
        (
            (*one, rows.columns, rows.wall_s, at_s, features.tobytes(), reading, probabilities)
            for one, at_s, features, reading, probabilities in zip(
                who, rows.at_s, rows.features, rows.readings, rows.probabilities, strict=True
            )
        ),
    )
