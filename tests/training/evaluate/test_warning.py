"""Scores of hand-made readings are what their definitions say."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.domain.affect import AFFECTS, Affect
from appliance.domain.tokens import TOKEN_HZ
from appliance.intervention.rules import TABLE_1
from appliance.warning.monitor import THETA
from appliance.warning.teacher_budget import TeacherBudget
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
    event_f1,
    false_alarms_per_seat_hour,
    interval,
    positive_predictive_value,
    score_rows,
    score_student,
    share_of_false_alarms_near,
    summarise,
)
from training.warning.follow import DISENGAGED, Readings, StudentLog, follow, true_readings
from training.warning.lessons import evaluate_budget, teach
from training.warning.recalibrate import (
    flagged_rows,
    recalibrate,
    recalibrate_theta,
    recalibrated_rules,
)

FOCUSED, CONFUSED, FATIGUED, BORED = range(4)
HOUR = 3600


def states(*students: Sequence[tuple[int, int]]) -> NDArray[np.int8]:
    """Build (N, T) states from (state, seconds) per student."""
    rows = [
        np.concatenate([np.full(round(s * TOKEN_HZ), state, dtype=np.int8) for state, s in one])
        for one in students
    ]
    return np.stack(rows)


def softened(truth: NDArray[np.int8], confidence: float) -> Readings:
    """Return readings that are right and just so sure; the others share the rest."""
    sure = true_readings(truth)
    rest = (1 - confidence) / 3
    p = sure.probabilities * np.float32(confidence - rest) + np.float32(rest)
    return Readings(probabilities=p, known=sure.known)


def shifted(truth: NDArray[np.int8], seconds: int) -> Readings:
    """Return readings that are right and late: what was true so many seconds before."""
    late = np.roll(truth, round(seconds * TOKEN_HZ), axis=1)
    late[:, : round(seconds * TOKEN_HZ)] = truth[:, :1]
    return true_readings(late)


def logs_of(readings: Readings) -> list[StudentLog]:
    """Follow with the printed rows."""
    return follow(readings)


LESSON = states(
    [(FOCUSED, 400), (FATIGUED, 500), (FOCUSED, 400), (BORED, 300), (CONFUSED, 200)],
    [(FOCUSED, 1800)],
)


@pytest.fixture(scope="module")
def truths() -> list[StudentLog]:
    """What the rules say of the true states of ``LESSON``."""
    return logs_of(true_readings(LESSON))


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


@pytest.mark.parametrize("seconds", [10, -10])
def test_late_readings_have_exactly_that_latency(truths: list[StudentLog], seconds: int) -> None:
    """Negative where the readings know before the truth."""
    early, late = (truths, logs_of(shifted(LESSON, 10)))
    log, truth = (late, early) if seconds > 0 else (early, late)

    score = score_student(log[0], truth[0])

    assert score.latency_s == (seconds, seconds)
    assert event_f1([score]) == 1.0


def test_false_alarms_are_counted_per_hour_of_a_seat(truths: list[StudentLog]) -> None:
    """Two alerts about a student who is focused, in one hour of two seats."""
    calm = states([(FOCUSED, 1800)], [(FOCUSED, 1800)])
    alarmed = calm.copy()
    alarmed[1, 1000:2500] = FATIGUED
    alarmed[1, 6000:7500] = BORED

    log, truth = logs_of(true_readings(alarmed)), logs_of(true_readings(calm))
    scores = [score_student(a, b) for a, b in zip(log, truth, strict=True)]

    assert false_alarms_per_seat_hour(scores) == 2.0
    assert event_f1(scores) is None  # there is nothing to find
    assert score_student(log[0], truths[0]).found == 0


def test_unsure_readings_raise_nothing(truths: list[StudentLog]) -> None:
    """What is not known leads to no alert, so every event is missed."""
    unsure = Readings(
        probabilities=true_readings(LESSON).probabilities,
        known=np.zeros(LESSON.shape, dtype=np.bool_),
    )

    (log, _) = logs_of(unsure)

    assert (log.alerts, log.interventions) == ((), ())
    assert score_student(log, truths[0]).events == 2


def test_f1_is_the_harmonic_mean_of_events_found_and_alerts_right() -> None:
    """Three of four events found, three of six alerts right: 2 x .75 x .5 / 1.25."""
    score = StudentScore(events=4, found=3, alerts=6, right=3, latency_s=(1.0, 2.0, 6.0), hours=2.0)

    table = summarise([score])

    assert table["event_f1"] == 0.6
    assert table["false_alarms_per_seat_hour"] == 1.5
    assert table["latency_s_p50"] == 2.0
    assert table["event_f1_ci"] == [0.6, 0.6]


def test_an_interval_needs_every_sample() -> None:
    """A sample without any event says nothing; leaving it out would flatter."""
    assert interval([0.0, 1.0]) == pytest.approx([0.025, 0.975])
    assert interval([0.0, None]) is None


def test_a_row_is_recalled_only_where_its_threshold_is_reached(truths: list[StudentLog]) -> None:
    """At .74 for the right state row 2 (> .6) holds and rows 1 (> .8) and 4 (> .75) never."""
    rows = score_rows(logs_of(softened(LESSON, 0.74)), truths, rows=ROWS)

    assert {row: score["recall"] for row, score in rows.items()} == {
        "0": 0.0, "1": 0.0, "2": 1.0, "3": 1.0, "4": 0.0, "5": 0.0,
    }  # fmt: skip
    assert flagged_rows(rows) == ("0", "1", "4", "5")


def test_rows_are_counted_per_hundred_seat_hours_and_told_apart_when_astray(
    truths: list[StudentLog],
) -> None:
    """The first student's episodes, read of the second: every act is false, none is recalled."""
    swapped = [truths[1], truths[0]]
    hours = 2 * 0.5

    right = score_rows(truths, truths, rows=("3",))["3"]
    wrong = score_rows(swapped, truths, rows=("3",))["3"]

    assert right["per_100_seat_hours"] == wrong["per_100_seat_hours"] == 100 / hours
    assert (right["false_per_100_seat_hours"], right["recall"]) == (0.0, 1.0)
    assert (wrong["false_per_100_seat_hours"], wrong["recall"]) == (100 / hours, 0.0)


def test_without_a_true_episode_there_is_no_recall() -> None:
    """Not zero, and no reason to recalibrate."""
    calm = logs_of(true_readings(states([(FOCUSED, 200)])))

    rows = score_rows(calm, calm, rows=("1",))

    assert rows["1"]["recall"] is None
    assert flagged_rows(rows) == ()


def test_a_threshold_is_lowered_no_further_than_it_must() -> None:
    """Readings of .74 reach row 1 at .7; row 0, whose level is the monitor's, likewise."""
    tired = states([(FATIGUED, 400)])
    readings, truths = softened(tired, 0.74), logs_of(true_readings(tired))
    rules = recalibrate(TABLE_1[:2], readings, truths)

    assert [rule.intensity for rule in rules] == [0.7, 0.7]
    assert recalibrated_rules(rules)[:3] == (*rules, TABLE_1[2])
    again = score_rows(follow(readings, rules=recalibrated_rules(rules)), truths, rows=("0", "1"))
    assert [again[row]["recall"] for row in ("0", "1")] == [1.0, 1.0]


def test_those_who_arrive_tired_are_compared_with_all_others() -> None:
    """One of two events against three of four."""

    def score(events: int, found: int) -> StudentScore:
        return StudentScore(events=events, found=found, alerts=0, right=0, latency_s=(), hours=1.0)

    table = compare_tired([score(2, 1), score(4, 3)], np.array([True, False]))

    assert (table["recall"], table["recall_of_others"]) == (0.5, 0.75)
    assert table["ratio"] == pytest.approx(2 / 3, abs=1e-4)
    assert table["ratio_ci"] is None  # some samples hold no tired student at all


def test_predictive_value_is_reweighed_by_time() -> None:
    """One right alert in half an hour of fatigue, one wrong one in as long without."""
    true = states([(FATIGUED, 450), (FOCUSED, 450)])
    told = states([(FATIGUED, 300), (FOCUSED, 300), (FATIGUED, 300)])

    table = positive_predictive_value(
        logs_of(true_readings(told)),
        follow(true_readings(true), fatigue_only=True),
        true,
        fatigued=AFFECTS.index(Affect.FATIGUED),
        prevalence=(0.5, 0.1),
    )

    assert table == {"0.5": 0.5, "0.1": 0.1}


def test_a_false_alarm_is_near_when_the_student_was_mostly_disengaged() -> None:
    """A true spell of 60 s never qualifies; the alert it led to is false, yet no invention."""
    true = states([(FOCUSED, 275), (BORED, 60), (FOCUSED, 265)])
    told = states([(FOCUSED, 270), (BORED, 150), (FOCUSED, 180)])
    share = disengaged_share(true)
    logs, truth = logs_of(true_readings(told)), logs_of(true_readings(true))

    assert share.shape == (1, 600)
    assert share[0, [274, 334, 364, 424]] == pytest.approx([0, 60 / 90, 60 / 90, 0])
    assert [len(one.episodes(DISENGAGED)) for one in (*logs, *truth)] == [1, 0]
    assert share_of_false_alarms_near(logs, truth, share) == 1.0
    assert share_of_false_alarms_near(logs, truth, 1 - share) == 0.0


def test_a_lesson_tells_what_the_budget_lets_through() -> None:
    """Four students become tired one after another; each is named once, in three messages."""
    room = states(
        *([(FOCUSED, 100 + 100 * n), (FATIGUED, 500), (FOCUSED, 300 - 100 * n)] for n in range(4))
    )
    logs = logs_of(true_readings(room))

    news = teach(logs, budget=TeacherBudget(lesson_s=900.0))

    assert len(news.messages) == 3
    assert {episode.id for log in logs for episode in log.episodes(DISENGAGED)} <= news.told
    assert len(news.contact_waits_s) == 4


def test_recall_lost_is_what_nobody_was_told_in_time() -> None:
    """Two tired students, the second while the box is silent and recovered before it speaks."""
    room = states([(FATIGUED, 400), (FOCUSED, 400)], [(FOCUSED, 300), (BORED, 200), (FOCUSED, 300)])
    logs = logs_of(true_readings(room))

    table = evaluate_budget(logs, logs, seed=1, lessons=2, messages=1)

    assert (table["seats"], table["messages_max"]) == (2, 1)
    assert (table["recall_without_budget"], table["recall_told"]) == (1.0, 0.5)
    assert table["recall_lost"] == 0.5


def test_theta_is_lowered_as_far_as_it_must() -> None:
    """Fatigued at .54 and bored at a third of the rest are .693 together: below .7, above .65."""
    tired = states([(FOCUSED, 100), (FATIGUED, 260)])
    truths = logs_of(true_readings(tired))

    assert recalibrate_theta(true_readings(tired), truths) == THETA
    assert recalibrate_theta(softened(tired, 0.54), truths) == 0.65


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
