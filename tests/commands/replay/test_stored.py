"""Stored rows become a recording on an even grid."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from appliance.commands.replay.recording import Cover
from appliance.commands.replay.stored import read_recording
from appliance.domain.affect import ReadingStatus
from appliance.domain.seats import OccupancyKey
from appliance.errors import StorageError
from appliance.storage.store import Storage
from tests.support.clocks import HeldClock
from tests.support.rows import (
    OTHER_SEAT,
    OTHER_STUDENT,
    SEAT,
    STUDENT,
    TERMINAL,
    make_alert,
    make_intervention,
    make_reading,
    make_tokens,
    open_storage,
)


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    """Return an open store in ``tmp_path / "state"``."""
    opened = open_storage(tmp_path / "state", HeldClock())
    yield opened
    opened.stop()


@pytest.fixture
def features(tmp_path: Path) -> Path:
    """Return where the store keeps its readings."""
    return tmp_path / "state" / "features.db"


def put(
    storage: Storage,
    at_s: float,
    *,
    status: ReadingStatus = ReadingStatus.KNOWN,
    occupancy: OccupancyKey = STUDENT,
) -> None:
    """Store one token."""
    reading = replace(make_reading(at_s=at_s), status=status)
    storage.features.append(make_tokens(at_s=at_s, occupancies=(occupancy,)), [reading])


def test_tokens_stand_where_they_were(storage: Storage, features: Path) -> None:
    """Status by status, and a gap where nothing was stored."""
    put(storage, 1000.2, status=ReadingStatus.WARMING_UP)
    put(storage, 1000.4, status=ReadingStatus.UNKNOWN)
    put(storage, 1000.6)
    put(storage, 1001.2)
    storage.flush()

    recording = read_recording(features)

    (track,) = recording.tracks
    assert recording.duration_s == pytest.approx(1.2)
    assert track.cover.tolist() == [1, 2, 3, 0, 0, 3]
    assert track.probabilities[2].tolist() == [0.125, 0.125, 0.5, 0.25]
    assert np.isnan(track.probabilities[[0, 1, 3, 4]]).all()
    assert recording.states == ("focused", "confused", "fatigued", "bored")
    assert recording.started == "2026-11-18T11:06:40+00:00"
    assert recording.seconds(track) == {
        "focused": 0.0,
        "confused": 0.0,
        "fatigued": 0.4,
        "bored": 0.0,
        "unknown": 0.2,
        "warming_up": 0.2,
        "absent": 0.4,
    }


def test_seats_share_one_axis(storage: Storage, features: Path) -> None:
    """A seat that is taken later begins with nobody on it."""
    put(storage, 0.2)
    storage.features.append(
        make_tokens(at_s=1.0, seats=(OTHER_SEAT,), occupancies=(OTHER_STUDENT,)),
        [make_reading(seat=OTHER_SEAT, at_s=1.0)],
    )
    storage.flush()

    first, second = read_recording(features).tracks

    assert first.cover.tolist() == [3, 0, 0, 0, 0]
    assert second.cover.tolist() == [0, 0, 0, 0, 3]
    assert [one.seat for one in read_recording(features, seat=OTHER_SEAT).tracks] == [OTHER_SEAT]


def test_a_new_student_is_marked(storage: Storage, features: Path) -> None:
    """The line stands where the new student's first token begins."""
    put(storage, 0.2)
    put(storage, 0.4)
    put(storage, 1.0, occupancy=OTHER_STUDENT)
    storage.flush()

    (track,) = read_recording(features).tracks

    assert track.changes_s == pytest.approx((0.8,))


def test_decisions_are_told_in_the_recordings_time(storage: Storage, features: Path) -> None:
    """Seconds since its beginning, as everything else."""
    for at_s in (90.2, 100.0, 400.0):
        put(storage, at_s)
    storage.decisions.record_alert(make_alert())
    storage.decisions.record_intervention(make_intervention(), terminal=TERMINAL)
    storage.flush()

    recording = read_recording(features)

    (episode,) = recording.episodes
    assert episode.onset_s == pytest.approx(-80.0)
    assert episode.raised_s == pytest.approx(10.0)
    assert episode.cleared_s is None
    (measure,) = recording.measures
    assert measure.at_s == pytest.approx(310.0)
    assert (measure.seat, measure.rule, measure.answer) == (SEAT, "1", "")


def test_a_missing_privacy_db_is_said(storage: Storage, features: Path, tmp_path: Path) -> None:
    """Without it an absent warning would look like a quiet lesson."""
    put(storage, 0.2)
    storage.stop()
    copy = tmp_path / "copy.bin"
    copy.write_bytes(features.read_bytes())

    recording = read_recording(copy)

    assert recording.source == "copy.bin"
    assert any("no privacy.db" in note for note in recording.notes)


def test_clocks_of_their_own_are_refused(storage: Storage, features: Path) -> None:
    """A clip at its first minute beside a camera that has run for days has no common axis."""
    put(storage, 0.2)
    storage.features.append(
        make_tokens(at_s=9e5, seats=(OTHER_SEAT,), occupancies=(OTHER_STUDENT,)),
        [make_reading(seat=OTHER_SEAT, at_s=9e5)],
    )
    storage.flush()

    with pytest.raises(StorageError, match="draw one with --seat"):
        read_recording(features)
    assert read_recording(features, seat=SEAT).tracks[0].cover.tolist() == [Cover.KNOWN]


def test_fatigue_only_has_two_states(storage: Storage, features: Path) -> None:
    """What the box never told apart is not there to be drawn."""
    put(storage, 0.2)
    storage.flush()
    with closing(sqlite3.connect(features)) as connection, connection:
        blob = np.array([0.25, 0.75], dtype="<f2").tobytes()
        connection.execute("UPDATE tokens SET probabilities = ?", [blob])

    recording = read_recording(features)

    assert recording.states == ("alert", "fatigued")
    assert recording.tracks[0].probabilities.tolist() == [[0.25, 0.75]]
    assert recording.as_json()["seats"][SEAT]["states"]["fatigued"] == 0.2
    assert not {"focused", "bored", "confused"} & set(recording.seconds(recording.tracks[0]))
