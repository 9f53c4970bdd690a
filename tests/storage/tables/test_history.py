"""One recording is read back as it was stored, whatever else is in the files."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from appliance.domain.affect import ReadingStatus
from appliance.domain.commands import CommandState
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.errors import StorageError
from appliance.storage.store import Storage
from appliance.storage.tables.history import BACK_S, PAUSE_S, History, read_history
from tests.support.clocks import HeldClock
from tests.support.rows import (
    OTHER_SEAT,
    OTHER_STUDENT,
    SEAT,
    STUDENT,
    TERMINAL,
    make_alert,
    make_entry,
    make_intervention,
    make_reading,
    make_tokens,
)


def store(
    storage: Storage,
    at_s: Sequence[float],
    *,
    seat: SeatKey = SEAT,
    occupancy: OccupancyKey = STUDENT,
) -> None:
    """Store one known token at each of these capture times."""
    for one in at_s:
        tokens = make_tokens(at_s=one, seats=(seat,), occupancies=(occupancy,))
        storage.features.append(tokens, [make_reading(seat=seat, at_s=one)])
    storage.flush()


def times(history: History) -> list[float]:
    """Return the capture times that were read."""
    return [one.at_s for one in history.readings]


def test_a_reading_comes_back(folder: Path, storage: Storage, clock: HeldClock) -> None:
    """Seat, student, times, status and probabilities."""
    clock.now_s = 3.0
    store(storage, [7.5])

    (reading,) = read_history(folder / "features.db").readings

    assert (reading.seat, reading.occupancy, reading.at_s) == (SEAT, STUDENT, 7.5)
    assert reading.wall_s == clock.wall_s()
    assert reading.status is ReadingStatus.KNOWN
    assert reading.probabilities.tolist() == [0.125, 0.125, 0.5, 0.25]


def test_a_token_without_a_reading_has_no_status(folder: Path, storage: Storage) -> None:
    """It was stored, and nothing was read from it."""
    storage.features.append(make_tokens(), [])
    storage.flush()

    (reading,) = read_history(folder / "features.db").readings

    assert reading.status is None
    assert len(reading.probabilities) == 0


def test_a_long_pause_separates_recordings(
    folder: Path, storage: Storage, clock: HeldClock
) -> None:
    """A quarter of an hour is still the same lesson, any longer is not."""
    store(storage, [1.0])
    clock.now_s += PAUSE_S
    store(storage, [2.0])
    clock.now_s += PAUSE_S + 0.5
    store(storage, [3.0, 4.0])

    features = folder / "features.db"
    assert times(read_history(features)) == [3.0, 4.0]
    assert times(read_history(features, back=1)) == [1.0, 2.0]
    with pytest.raises(StorageError, match="no recording 3 steps back"):
        read_history(features, back=2)


def test_a_clock_that_began_anew_separates_recordings(folder: Path, storage: Storage) -> None:
    """A restart, or another clip; a token that comes a little late is neither."""
    store(storage, [50.0, 50.0 - BACK_S, 51.0])
    store(storage, [0.2, 0.4])

    features = folder / "features.db"
    assert times(read_history(features)) == [0.2, 0.4]
    assert times(read_history(features, back=1)) == [50.0, 50.0 - BACK_S, 51.0]


def test_seats_have_clocks_of_their_own(folder: Path, storage: Storage) -> None:
    """One camera that is behind another does not end the recording."""
    store(storage, [100.0])
    store(storage, [5.0], seat=OTHER_SEAT, occupancy=OTHER_STUDENT)
    store(storage, [100.2])

    history = read_history(folder / "features.db")

    assert times(history) == [100.0, 5.0, 100.2]
    assert times(read_history(folder / "features.db", seat=OTHER_SEAT)) == [5.0]


def test_another_profile_is_another_recording(folder: Path, storage: Storage) -> None:
    """Two probabilities have nothing to do with four."""
    store(storage, [1.0])
    with closing(sqlite3.connect(folder / "features.db")) as connection, connection:
        connection.execute(
            "INSERT INTO tokens SELECT 99, stream, wall_s, 1.2, features, reading, ? FROM tokens",
            [np.array([0.25, 0.75], dtype="<f2").tobytes()],
        )

    history = read_history(folder / "features.db")

    assert [one.probabilities.tolist() for one in history.readings] == [[0.25, 0.75]]


def test_decisions_come_with_their_alerts_and_commands(folder: Path, storage: Storage) -> None:
    """Only those of the students and the time that were read."""
    store(storage, [99.8, 100.0, 400.0])
    storage.decisions.record_alert(make_alert())
    storage.decisions.record_alert(replace(make_alert(episode="e2"), at_s=99.6))
    storage.decisions.record_alert(replace(make_alert(episode="e3"), occupancy=OTHER_STUDENT))
    storage.decisions.record_alert(
        replace(make_alert(opened=False, cleared=True), at_s=402.0, intensity=0.1)
    )
    storage.decisions.record_intervention(make_intervention("c1"), terminal=TERMINAL)
    storage.decisions.record_intervention(
        replace(make_intervention("c2"), at_s=400.2), terminal=TERMINAL
    )
    storage.outbox.put(make_entry("c1"))
    storage.outbox.update("c1", state=CommandState.SUCCEEDED, at_s=1.0)
    storage.flush()

    history = read_history(folder / "features.db")

    (episode,) = history.episodes
    assert (episode.onset_s, episode.raised_s, episode.cleared_s) == (10.0, 100.0, 402.0)
    assert (episode.intensity, episode.mean_score) == (0.75, 0.75)
    (measure,) = history.measures
    assert (measure.at_s, measure.rule, measure.answer) == (400.0, "1", "succeeded")
    assert history.decisions_found


def test_features_may_stand_alone(folder: Path, storage: Storage, tmp_path: Path) -> None:
    """Under any name, and without what was decided."""
    store(storage, [1.0])
    storage.stop()
    copy = tmp_path / "lesson"
    copy.write_bytes((folder / "features.db").read_bytes())

    history = read_history(copy)

    assert times(history) == [1.0]
    assert not history.decisions_found


@pytest.mark.parametrize(
    ("name", "line"),
    [
        pytest.param("privacy.db", "name the features.db beside it", id="privacy"),
        pytest.param("other.db", "no database of a classbox", id="foreign"),
        pytest.param("newer.db", "newer classbox", id="newer"),
        pytest.param("missing.db", "there is no such database", id="missing"),
        pytest.param("features.db", "nothing is stored", id="empty"),
    ],
)
def test_a_wrong_file_is_named(folder: Path, storage: Storage, name: str, line: str) -> None:
    """One line with what to do."""
    storage.stop()
    (folder / "newer.db").write_bytes((folder / "features.db").read_bytes())
    for other, statement in {
        "other.db": "CREATE TABLE songs (name TEXT)",
        "newer.db": "PRAGMA user_version = 99",
    }.items():
        with closing(sqlite3.connect(folder / other)) as connection:
            connection.execute(statement)

    with pytest.raises(StorageError, match=line) as caught:
        read_history(folder / name)

    assert "\n" not in str(caught.value)
    assert str(folder / name) in str(caught.value)


def test_an_unknown_seat_is_named(folder: Path, storage: Storage) -> None:
    """The message lists those there are."""
    store(storage, [1.0])

    with pytest.raises(StorageError, match="no seat 'b07'; there are a01"):
        read_history(folder / "features.db", seat=SeatKey("b07"))
