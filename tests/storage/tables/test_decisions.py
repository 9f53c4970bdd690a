"""Alerts, decisions and answers are kept as they were."""

import pytest
from sqlite_utils import Database

from appliance.domain.interventions import FeedbackKind
from appliance.storage.counts import Store
from appliance.storage.store import Storage
from tests.support.rows import (
    NOON_S,
    SEAT,
    STUDENT,
    TERMINAL,
    HeldClock,
    make_alert,
    make_feedback,
    make_intervention,
)


def table(storage: Storage, name: str) -> list[dict[str, object]]:
    """Read a whole table, after everything that was queued."""

    def read(database: Database) -> list[dict[str, object]]:
        return list(database.table(name).rows)

    return storage._writer.run(Store.PRIVACY, read)


def test_decision_is_kept_whole(storage: Storage) -> None:
    """Every field of the decision is in its row."""
    storage.decisions.record_intervention(make_intervention(), terminal=TERMINAL)

    assert table(storage, "decisions") == [
        {
            "id": "c1",
            "wall_s": NOON_S,
            "at_s": 400.0,
            "episode": "e1",
            "seat": SEAT,
            "occupancy": STUDENT,
            "terminal": TERMINAL,
            "affect": "fatigued",
            "action": "mandatory_rest",
            "rule": "1",
            "reason": "0.85 > 0.8 for 301 s > 300 s",
            "intensity": 0.85,
            "duration_s": 301.0,
        }
    ]


def test_alert_is_one_row_from_raising_to_clearing(storage: Storage, clock: HeldClock) -> None:
    """Evaluations in between are not kept; clearing only adds its time."""
    storage.decisions.record_alert(make_alert())
    clock.now_s = 60.0
    storage.decisions.record_alert(make_alert(opened=False))
    assert [row["cleared_s"] for row in table(storage, "alerts")] == [None]

    storage.decisions.record_alert(make_alert(opened=False, cleared=True))
    (row,) = table(storage, "alerts")
    assert (row["wall_s"], row["onset_s"], row["opened_s"], row["cleared_s"]) == (
        NOON_S,
        10.0,
        100.0,
        100.0,
    )
    assert (row["mean_score"], row["tokens_above"], row["intensity"]) == (0.75, 400, 0.75)


def test_evaluation_of_an_open_episode_is_not_kept(storage: Storage) -> None:
    """An alert is evaluated every second; the table grows with episodes only."""
    storage.decisions.record_alert(make_alert(opened=False))

    assert table(storage, "alerts") == []


def test_one_answer_of_a_kind_counts_once(storage: Storage) -> None:
    """A duplicate is told apart from a new kind."""
    answers = [FeedbackKind.ACCEPTED, FeedbackKind.ACCEPTED, FeedbackKind.COMPLETED]

    known = [storage.decisions.record_feedback(make_feedback(kind)) for kind in answers]

    assert known == [True, False, True]
    assert len(table(storage, "feedback")) == 2


@pytest.mark.parametrize("count", [3])
def test_audit_keeps_the_order(storage: Storage, count: int) -> None:
    """Events stand as they were recorded, with actor and seat."""
    for number in range(count):
        storage.audit.record("paused", actor="teacher", seat=SEAT, detail=str(number))

    assert [
        (row["event"], row["actor"], row["seat"], row["detail"]) for row in table(storage, "audit")
    ] == [("paused", "teacher", SEAT, str(number)) for number in range(count)]
