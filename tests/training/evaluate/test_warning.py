"""Scores of hand-made readings are what their definitions say."""

import numpy as np
import pytest

from tests.support.true_states import BORED, FATIGUED, FOCUSED, LESSON, softened, states
from training.evaluate import warning as command
from training.evaluate.warning import (
    ROWS,
    compare_tired,
    disengaged_share,
    evaluate_warning,
    score_events,
)
from training.simulator.classroom import Lesson
from training.warning.events import (
    StudentScore,
    score_rows,
    share_of_false_alarms_near,
)
from training.warning.follow import DISENGAGED, StudentLog, follow, true_readings
from training.warning.recalibrate import (
    flagged_rows,
)


@pytest.fixture(scope="module")
def truths() -> list[StudentLog]:
    """What the rules say of the true states of ``LESSON``."""
    return follow(true_readings(LESSON))


def test_readings_that_are_right_score_perfectly(truths: list[StudentLog]) -> None:
    """F1 is 1, no alarm is false, latency is 0, and every row that qualifies is recalled."""
    table = score_events(truths, truths, LESSON, groups=2)

    assert (table["event_f1"], table["event_recall"]) == (1.0, 1.0)
    assert (table["events"], table["alerts"]) == (2, 2)
    assert table["false_alarms_per_seat_hour"] == 0.0
    assert (table["latency_s_p50"], table["latency_s_p90"]) == (0.0, 0.0)
    assert table["event_f1_by_group"] == [1.0, None]  # nothing happens to the second student
    rows = score_rows(truths, truths, rows=ROWS)
    assert {row: score["recall"] for row, score in rows.items()} == {
        "0": 1.0, "1": 1.0, "2": 1.0, "3": 1.0, "4": 1.0, "5": 1.0,
    }  # fmt: skip
    # 500 s tired and 300 s bored; 500, 500 and 300 s; three focused stretches of 400 to 1800 s
    assert {row: score["true_episodes"] for row, score in rows.items()} == {
        "0": 2, "1": 1, "2": 1, "3": 1, "4": 1, "5": 3,
    }  # fmt: skip


def test_a_row_is_recalled_only_where_its_threshold_is_reached(truths: list[StudentLog]) -> None:
    """At .74 for the right state row 2 (> .6) holds and rows 1 (> .8) and 4 (> .75) never."""
    rows = score_rows(follow(softened(LESSON, 0.74)), truths, rows=ROWS)

    assert {row: score["recall"] for row, score in rows.items()} == {
        "0": 0.0, "1": 0.0, "2": 1.0, "3": 1.0, "4": 0.0, "5": 0.0,
    }  # fmt: skip
    assert flagged_rows(rows) == ("0", "1", "4", "5")


def test_those_who_arrive_tired_are_compared_with_all_others() -> None:
    """One of two events against three of four."""

    def score(events: int, found: int) -> StudentScore:
        return StudentScore(events=events, found=found, alerts=0, right=0, latency_s=(), hours=1.0)

    table = compare_tired([score(2, 1), score(4, 3)], np.array([True, False]))

    assert (table["recall"], table["recall_of_others"]) == (0.5, 0.75)
    assert table["ratio"] == pytest.approx(2 / 3, abs=1e-4)
    assert table["ratio_ci"] is None  # some samples hold no tired student at all


def test_a_false_alarm_is_near_when_the_student_was_mostly_disengaged() -> None:
    """A true spell of 60 s never qualifies; the alert it led to is false, yet no invention."""
    true = states([(FOCUSED, 275), (BORED, 60), (FOCUSED, 265)])
    told = states([(FOCUSED, 270), (BORED, 150), (FOCUSED, 180)])
    share = disengaged_share(true)
    logs, truth = follow(true_readings(told)), follow(true_readings(true))

    assert share.shape == (1, 600)
    assert share[0, [274, 334, 364, 424]] == pytest.approx([0, 60 / 90, 60 / 90, 0])
    assert [len(one.episodes(DISENGAGED)) for one in (*logs, *truth)] == [1, 0]
    assert share_of_false_alarms_near(logs, truth, share) == 1.0
    assert share_of_false_alarms_near(logs, truth, 1 - share) == 0.0


def test_the_whole_table_has_the_keys_that_others_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulator and fusion replaced by perfect ones: the wiring, and the word simulated."""

    def lesson(*, students: int, tokens: int, **_: object) -> Lesson:
        one = states([(FOCUSED, 100), (FATIGUED, 260)])[:, :tokens]
        nothing = np.zeros((students, tokens, 1), dtype=np.float32)
        return Lesson(face=nothing, pose=nothing, states=np.repeat(one, students, axis=0))

    monkeypatch.setattr(command, "simulate_lesson", lesson)
    monkeypatch.setattr(command, "read_lesson", lambda one, **_: true_readings(one.states))

    table = evaluate_warning(students=1, minutes=6, seeds=2)

    assert table["data"] == "simulated"
    assert table["recalibrated"] == {}
    for regime in ("nominal", "degraded", "field"):
        scores = table[regime]
        assert isinstance(scores, dict)
        assert {
            "event_f1", "false_alarms_per_seat_hour", "latency_s_p50", "latency_s_p90", "rows",
        } <= set(scores)  # fmt: skip
        assert scores["event_f1"] == 1.0
        assert list(scores["rows"]) == ["0", "1", "2", "3", "4", "5"]
        assert {"recall", "per_100_seat_hours"} <= set(scores["rows"]["2"])
