"""Features are stored as float16 by name; what identifies people only on request."""

import json
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from appliance.domain.affect import VIGILANCES
from appliance.domain.seats import OccupancyKey
from appliance.domain.tokens import (
    FACE_SIZE,
    POSE_SIZE,
    POSE_STREAM_SIZE,
    PROJECTION_SIZE,
    FaceColumn,
    PoseColumn,
    SeatStatus,
    face_column,
    pose_column,
)
from appliance.storage.store import Storage
from appliance.storage.tables.features import CUE_COLUMNS, EMBEDDING_COLUMNS, states_of
from tests.support.clocks import NOON_S, HeldClock
from tests.support.rows import (
    OTHER_SEAT,
    OTHER_STUDENT,
    SEAT,
    STUDENT,
    make_reading,
    make_tokens,
    make_vigilance,
    open_storage,
)


def stored(folder: Path) -> list[sqlite3.Row]:
    """Read all tokens with their streams."""
    connection = sqlite3.connect(folder / "features.db")
    connection.row_factory = sqlite3.Row
    rows = connection.execute(
        "SELECT * FROM tokens JOIN streams ON streams.id = stream ORDER BY tokens.id"
    ).fetchall()
    connection.close()
    return rows


def test_row_holds_cues_posture_and_reading(
    folder: Path, storage: Storage, clock: HeldClock
) -> None:
    """Names and numbers agree; probabilities stand in the order of the affects."""
    clock.now_s = 2.0
    tokens = make_tokens(at_s=7.5)
    storage.features.append(tokens, [make_reading()])
    storage.flush()

    (row,) = stored(folder)
    assert (row["seat"], row["occupancy"], row["at_s"]) == (SEAT, STUDENT, 7.5)
    assert (row["wall_s"], row["last_s"], row["reading"]) == (NOON_S + 2, NOON_S + 2, "known")
    assert json.loads(row["columns"]) == list(CUE_COLUMNS)
    expected = np.concatenate([tokens.face[0, PROJECTION_SIZE:], tokens.pose[0, POSE_SIZE:]])
    assert np.frombuffer(row["features"], "<f2").tolist() == expected.tolist()
    assert np.frombuffer(row["probabilities"], "<f2").tolist() == [0.125, 0.125, 0.5, 0.25]


def test_embeddings_are_stored_only_on_request(folder: Path, clock: HeldClock) -> None:
    """With them, projection and landmarks follow the cues; without, nothing of them is there."""
    storage = open_storage(folder, clock, embeddings=True)
    tokens = make_tokens()
    storage.features.append(tokens, [])
    storage.stop()

    (row,) = stored(folder)
    names = json.loads(row["columns"])
    values = np.frombuffer(row["features"], "<f2")
    assert names == list(EMBEDDING_COLUMNS)
    assert len(names) == len(values) == FACE_SIZE + POSE_STREAM_SIZE
    assert values[names.index("projection_3")] == tokens.face[0, 3]
    assert values[names.index("body_65")] == tokens.pose[0, 65]
    assert not any(name.startswith(("projection", "body")) for name in CUE_COLUMNS)


@pytest.mark.parametrize("embeddings", [False, True])
def test_fatigue_only_has_no_column_for_a_mood(
    folder: Path, clock: HeldClock, *, embeddings: bool
) -> None:
    """Neither a name nor a number; what is left keeps its own."""
    storage = open_storage(folder, clock, embeddings=embeddings, fatigue_only=True)
    tokens = make_tokens()
    storage.features.append(tokens, [make_vigilance()])
    storage.stop()

    (row,) = stored(folder)
    names = json.loads(row["columns"])
    values = np.frombuffer(row["features"], "<f2")
    assert len(values) == len(names)
    assert not {"valence", "arousal", "smile", "projection_0"} & set(names)
    assert ("body_65" in names) is embeddings
    assert values[names.index("perclos")] == tokens.face[0, face_column(FaceColumn.PERCLOS)]
    assert values[names.index("slump")] == tokens.pose[0, pose_column(PoseColumn.SLUMP)]
    assert np.frombuffer(row["probabilities"], "<f2").tolist() == [0.25, 0.75]
    assert states_of(names) == VIGILANCES


@pytest.mark.parametrize(
    ("occupancy", "status", "rows"),
    [
        pytest.param(STUDENT, SeatStatus.PRESENT, 1, id="present"),
        pytest.param(None, SeatStatus.PRESENT, 0, id="nobody"),
        pytest.param(STUDENT, SeatStatus.NO_CONSENT, 0, id="no-consent"),
        pytest.param(STUDENT, SeatStatus.ABSENT, 0, id="absent"),
        pytest.param(STUDENT, SeatStatus.AMBIGUOUS, 0, id="ambiguous"),
        pytest.param(STUDENT, SeatStatus.CAMERA_LOST, 0, id="camera-lost"),
    ],
)
def test_only_present_students_are_stored(
    storage: Storage, occupancy: OccupancyKey | None, status: SeatStatus, rows: int
) -> None:
    """Whoever is not there or has not consented leaves no row."""
    storage.features.append(make_tokens(occupancies=(occupancy,), status=(status,)), [])

    assert storage.feature_rows() == rows


def test_readings_find_their_seats(folder: Path, storage: Storage) -> None:
    """Readings come in any order and may be missing."""
    tokens = make_tokens(seats=(SEAT, OTHER_SEAT), occupancies=(STUDENT, OTHER_STUDENT))
    storage.features.append(tokens, [make_reading(seat=OTHER_SEAT)])
    storage.flush()

    assert [(row["seat"], row["reading"]) for row in stored(folder)] == [
        (SEAT, None),
        (OTHER_SEAT, "known"),
    ]


def test_huge_values_stay_finite(folder: Path, storage: Storage) -> None:
    """A value beyond float16 is cut, not infinite; a missing one stays missing."""
    tokens = make_tokens(fill=1e6)
    tokens.pose[0, -1] = np.nan
    storage.features.append(tokens, [])
    storage.flush()

    values = np.frombuffer(stored(folder)[0]["features"], "<f2")
    assert values[:-1].max() == 65504.0
    assert values[:-1].min() == -65504.0
    assert np.isnan(values[-1])


def test_caller_may_reuse_its_arrays(folder: Path, storage: Storage) -> None:
    """What is queued is a copy."""
    tokens = make_tokens(fill=0.25)
    storage.features.append(tokens, [])
    tokens.face[:] = 9.0
    storage.flush()

    assert np.frombuffer(stored(folder)[0]["features"], "<f2").max() < 9.0
