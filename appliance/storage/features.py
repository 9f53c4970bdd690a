"""Features and readings: the FeatureStore on SQLite."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlite_utils import Database

from appliance.domain.affect import AffectReading
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.tokens import (
    FACE_CUE_COLUMNS,
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
"""What is stored by default: cues c_t and posture e_t, nothing that identifies (DESIGN.md, 8)."""

EMBEDDING_COLUMNS: tuple[str, ...] = (
    *CUE_COLUMNS,
    *(f"projection_{index}" for index in range(PROJECTION_SIZE)),
    *(f"body_{index}" for index in range(POSE_SIZE)),
)
"""What is stored with ``embeddings``: also the projection of f_t and the landmarks k_t."""

LARGEST = float(np.finfo(np.float16).max)
"""65504; beyond it a float16 would be infinite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """One token of one occupied seat, packed for the database."""

    seat: SeatKey
    """Where."""

    occupancy: OccupancyKey
    """Who."""

    columns: str
    """JSON list of the names of ``features``."""

    wall_s: float
    """Wall time, seconds since the Unix epoch."""

    at_s: float
    """Capture time, seconds."""

    features: bytes
    """Little-endian float16, one per column."""

    reading: str | None
    """Status of the reading; None where there is none for this seat."""

    probabilities: bytes | None
    """Little-endian float16, one per affect; None unless the reading is there."""


class Features:
    """Queues one row per occupied seat and token; see ``FeatureStore``.

    Seats without consent, empty, ambiguous or out of sight are not stored: there is nothing to
    learn from them, and an absence is a gap in time.
    """

    def __init__(self, writer: StorageWriter, *, clock: Clock, embeddings: bool) -> None:
        """Write through ``writer``.

        Args:
            writer: Commits in batches.
            clock: Wall time of the rows.
            embeddings: Also keep what identifies people.
        """
        self._writer = writer
        self._clock = clock
        self._embeddings = embeddings
        self._columns = json.dumps(EMBEDDING_COLUMNS if embeddings else CUE_COLUMNS)

    def append(self, tokens: TokenBatch, readings: Sequence[AffectReading]) -> None:
        """Queue one token of every seat; never waits for the disk."""
        by_seat = {reading.seat: reading for reading in readings}
        wall_s = self._clock.wall_s()
        rows = [
            self._row(tokens, row, occupancy, by_seat.get(seat), wall_s)
            for row, (seat, occupancy, status) in enumerate(
                zip(tokens.seats, tokens.occupancies, tokens.status, strict=True)
            )
            if occupancy is not None and status is SeatStatus.PRESENT
        ]
        if rows:
            self._writer.append(rows)

    def _row(
        self,
        tokens: TokenBatch,
        row: int,
        occupancy: OccupancyKey,
        reading: AffectReading | None,
        wall_s: float,
    ) -> TokenRow:
        parts = [tokens.face[row, PROJECTION_SIZE:], tokens.pose[row, POSE_SIZE:]]
        if self._embeddings:
            parts += [tokens.face[row, :PROJECTION_SIZE], tokens.pose[row, :POSE_SIZE]]
        return TokenRow(
            seat=tokens.seats[row],
            occupancy=occupancy,
            columns=self._columns,
            wall_s=wall_s,
            at_s=tokens.at_s[row],
            features=np.concatenate(parts).clip(-LARGEST, LARGEST).astype("<f2").tobytes(),
            reading=None if reading is None else reading.status.value,
            probabilities=(
                None if reading is None else reading.probabilities.astype("<f2").tobytes()
            ),
        )


def write_rows(database: Database, rows: Sequence[TokenRow]) -> None:
    """Write one batch, inside a transaction on ``features.db``."""
    # Plain statements: sqlite-utils looks at every column of every row to find its type.
    database.conn.executemany(
        """INSERT INTO streams (seat, occupancy, columns, last_s) VALUES (?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET last_s = excluded.last_s""",
        [(row.seat, row.occupancy, row.columns, row.wall_s) for row in rows],
    )
    database.conn.executemany(
        """INSERT INTO tokens (stream, wall_s, at_s, features, reading, probabilities)
        VALUES (
            (SELECT id FROM streams WHERE seat = ? AND occupancy = ? AND columns = ?),
            ?, ?, ?, ?, ?
        )""",
        [
            (
                row.seat,
                row.occupancy,
                row.columns,
                row.wall_s,
                row.at_s,
                row.features,
                row.reading,
                row.probabilities,
            )
            for row in rows
        ],
    )
