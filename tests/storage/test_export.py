"""What is kept can be handed out, by seat, in two formats."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from appliance.domain.seats import SeatKey
from appliance.errors import StorageError
from appliance.storage.export import ExportKind, export_rows, write_csv, write_json_lines
from appliance.storage.store import Storage
from appliance.storage.tables.features import CUE_COLUMNS
from tests.support.choices import make_choice, make_outcome, make_state
from tests.support.clocks import HeldClock
from tests.support.rows import (
    OTHER_SEAT,
    OTHER_STUDENT,
    SEAT,
    STUDENT,
    TERMINAL,
    make_alert,
    make_feedback,
    make_intervention,
    make_reading,
    make_tokens,
    make_vigilance,
    open_storage,
)


@pytest.fixture
def filled(storage: Storage, clock: HeldClock) -> Storage:
    """Put one row of each kind at noon, and later tokens of another seat."""
    storage.features.append(make_tokens(at_s=7.5), [make_reading()])
    storage.decisions.record_alert(make_alert())
    storage.decisions.record_intervention(make_intervention(), terminal=TERMINAL)
    storage.decisions.record_feedback(make_feedback())
    storage.choices.record(make_choice(state=make_state(fused=True)))
    storage.choices.record(make_choice("gone", seat=SeatKey("a09")))
    storage.erasure.erase(actor="teacher", seat=SeatKey("a09"))
    storage.choices.settle(make_outcome(complete=False))
    clock.now_s = 60.0
    storage.features.append(make_tokens(seats=(OTHER_SEAT,), occupancies=(OTHER_STUDENT,)), [])
    storage.flush()
    return storage


def test_json_lines_hold_every_kind(folder: Path, filled: Storage) -> None:
    """One object per line while the service is running; times for people, numbers by name."""
    out = io.StringIO()
    write_json_lines(export_rows(folder), out)
    filled.flush()

    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert len(lines) == 6
    decision, choice, alert, feedback, reading, other = lines
    assert [line["kind"] for line in lines] == [
        "decisions",
        "choices",
        "alerts",
        "feedback",
        "readings",
        "readings",
    ]
    assert decision["time"] == "2026-11-18T11:06:40.000+00:00"
    assert (decision["action"], decision["rule"]) == ("mandatory_rest", "1")
    assert (choice["id"], choice["action"], choice["rule_action"]) == ("k1", "rest", "nothing")
    assert (choice["allowed"], choice["propensity"]) == ("nothing rest hint", 0.1 + 0.2)
    assert (choice["delta_f"], choice["complete"]) == (0.25, 0)
    state = np.array(choice["state"].split(), dtype=np.float64)
    np.testing.assert_allclose(state, make_state(fused=True), rtol=1e-5)
    assert (alert["affect"], alert["onset_s"]) == ("fatigued", 10.0)
    assert (feedback["answer"], feedback["seat"], feedback["after_s"]) == ("accepted", SEAT, 2.5)
    assert (reading["reading"], reading["p_fatigued"], reading["at_s"]) == ("known", 0.5, 7.5)
    assert reading["valence"] == 0.5
    assert (other["reading"], other["p_fatigued"]) == (None, None)


def test_csv_has_one_heading_and_one_kind(folder: Path, filled: Storage) -> None:
    """A table of readings has a column per cue; two kinds do not fit into one table."""
    filled.flush()
    out = io.StringIO()
    write_csv(export_rows(folder, kinds=[ExportKind.READINGS]), out)

    heading, *rows = list(csv.reader(io.StringIO(out.getvalue())))
    assert heading[:5] == ["time", "at_s", "seat", "occupancy", "reading"]
    assert heading[-len(CUE_COLUMNS) :] == list(CUE_COLUMNS)
    assert [row[2] for row in rows] == [SEAT, OTHER_SEAT]

    with pytest.raises(ValueError, match="one kind of rows"):
        write_csv(export_rows(folder), io.StringIO())


@pytest.mark.parametrize("seat", [SEAT, OTHER_SEAT])
def test_rows_are_chosen_by_seat(folder: Path, filled: Storage, seat: SeatKey) -> None:
    """All of its own and nobody else's."""
    filled.flush()
    rows = export_rows(folder, kinds=[ExportKind.READINGS], seat=seat)

    assert [row.values["seat"] for row in rows] == [seat]


def test_embeddings_are_never_exported(folder: Path, clock: HeldClock) -> None:
    """Even where they are stored, a row has the cues only."""
    storage = open_storage(folder, clock, embeddings=True)
    storage.features.append(make_tokens(), [])
    storage.stop()

    (row,) = export_rows(folder, kinds=[ExportKind.READINGS])
    assert [name for name in row.values if name.startswith(("projection", "body"))] == []
    assert row.values["occupancy"] == STUDENT


def test_fatigue_only_exports_its_two_states_and_no_mood(folder: Path, clock: HeldClock) -> None:
    """No heading of another state, not even over empty cells."""
    storage = open_storage(folder, clock, fatigue_only=True)
    storage.features.append(make_tokens(), [make_vigilance()])
    storage.stop()

    out = io.StringIO()
    write_csv(export_rows(folder, kinds=[ExportKind.READINGS]), out)

    (row,) = csv.DictReader(io.StringIO(out.getvalue()))
    assert (row["p_alert"], row["p_fatigued"]) == ("0.25", "0.75")
    assert [name for name in row if name.startswith("p_")] == ["p_alert", "p_fatigued"]
    assert not {"valence", "arousal", "smile"} & set(row)
    assert "perclos" in row


def test_a_box_whose_profile_was_changed_exports_one_table(folder: Path, clock: HeldClock) -> None:
    """Each row has what was told in its time, the rest is empty; fatigued is one column."""
    for fatigue_only in (False, True):
        storage = open_storage(folder, clock, fatigue_only=fatigue_only)
        storage.features.append(
            make_tokens(), [make_vigilance() if fatigue_only else make_reading()]
        )
        storage.stop()
        clock.now_s += 60.0

    out = io.StringIO()
    write_csv(export_rows(folder, kinds=[ExportKind.READINGS]), out)

    before, after = csv.DictReader(io.StringIO(out.getvalue()))
    states = ["p_focused", "p_confused", "p_fatigued", "p_bored", "p_alert"]
    assert [before[name] for name in states] == ["0.125", "0.125", "0.5", "0.25", ""]
    assert [after[name] for name in states] == ["", "", "0.75", "", "0.25"]
    assert (before["valence"], after["valence"]) == ("0.5", "")


def test_missing_database_is_named(tmp_path: Path) -> None:
    """An export from the wrong folder makes no files there."""
    with pytest.raises(StorageError, match=r"privacy\.db: there is no such database"):
        list(export_rows(tmp_path))

    assert list(tmp_path.iterdir()) == []
