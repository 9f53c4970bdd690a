"""Alerts, decisions and answers are kept as they were."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database

from appliance.domain.interventions import Action, FeedbackKind, FeedbackRecord
from appliance.domain.seats import TerminalKey
from appliance.storage.database import connect
from appliance.storage.store import Storage
from tests.support.clocks import NOON_S, HeldClock
from tests.support.disk import PRIVACY, settle
from tests.support.rows import SEAT, STUDENT, TERMINAL, make_alert, make_feedback, make_intervention


def table(folder: Path, name: str) -> list[dict[str, object]]:
    """Read a whole table."""
    with closing(connect(folder / PRIVACY).conn) as connection:
        return list(Database(connection).table(name).rows)


def test_decision_is_kept_whole(folder: Path, storage: Storage) -> None:
    """Every field of the decision is in its row."""
    storage.decisions.record_intervention(make_intervention(), terminal=TERMINAL)

    assert table(folder, "decisions") == [
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


def test_alert_is_one_row_from_raising_to_clearing(
    folder: Path, storage: Storage, clock: HeldClock
) -> None:
    """Evaluations in between are not kept; clearing only adds its time."""
    storage.decisions.record_alert(make_alert())
    clock.now_s = 60.0
    storage.decisions.record_alert(make_alert(opened=False))
    settle(storage)
    assert [row["cleared_s"] for row in table(folder, "alerts")] == [None]

    storage.decisions.record_alert(make_alert(opened=False, cleared=True))
    settle(storage)
    (row,) = table(folder, "alerts")
    assert (row["wall_s"], row["onset_s"], row["opened_s"], row["cleared_s"]) == (
        NOON_S,
        10.0,
        100.0,
        100.0,
    )
    assert (row["mean_score"], row["tokens_above"], row["intensity"]) == (0.75, 400, 0.75)


def test_evaluation_of_an_open_episode_is_not_kept(folder: Path, storage: Storage) -> None:
    """An alert is evaluated every second; the table grows with episodes only."""
    storage.decisions.record_alert(make_alert(opened=False))
    settle(storage)

    assert table(folder, "alerts") == []


def test_one_answer_of_a_kind_counts_once(folder: Path, storage: Storage) -> None:
    """A duplicate is told apart from a new kind."""
    answers = [FeedbackKind.ACCEPTED, FeedbackKind.ACCEPTED, FeedbackKind.COMPLETED]
    storage.decisions.record_intervention(make_intervention(), terminal=TERMINAL)

    known = [storage.decisions.record_feedback(make_feedback(kind)) for kind in answers]

    assert known == [FeedbackRecord.KEPT, FeedbackRecord.KNOWN, FeedbackRecord.KEPT]
    assert len(table(folder, "feedback")) == 2


@pytest.mark.parametrize(
    ("terminal", "action"),
    [
        pytest.param("another", Action.MANDATORY_REST, id="sent-to-another"),
        pytest.param(TERMINAL, Action.CONTACT_TEACHER, id="sent-to-a-teacher"),
        pytest.param(TERMINAL, Action.NONE, id="sent-to-nobody"),
        pytest.param(TERMINAL, None, id="made-up"),
    ],
)
def test_an_answer_to_what_the_terminal_was_not_sent_is_not_kept(
    folder: Path, storage: Storage, terminal: str, action: Action | None
) -> None:
    """Whoever knows another's command, or makes one up, fills no table and teaches nothing."""
    if action is not None:
        decision = replace(make_intervention(), action=action)
        storage.decisions.record_intervention(decision, terminal=TerminalKey(terminal))

    assert storage.decisions.record_feedback(make_feedback()) is FeedbackRecord.FOREIGN
    assert table(folder, "feedback") == []


@pytest.mark.parametrize("count", [3])
def test_audit_keeps_the_order(folder: Path, storage: Storage, count: int) -> None:
    """Events stand as they were recorded, with actor and seat."""
    for number in range(count):
        storage.audit.record("paused", actor="teacher", seat=SEAT, detail=str(number))

    assert [
        (row["event"], row["actor"], row["seat"], row["detail"]) for row in table(folder, "audit")
    ] == [("paused", "teacher", SEAT, str(number)) for number in range(count)]
