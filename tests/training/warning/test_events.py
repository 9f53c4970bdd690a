"""Events found, alerts right and rows recalled are counted against the true states."""

import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.domain.affect import AFFECTS, Affect
from appliance.domain.tokens import TOKEN_HZ
from tests.support.true_states import BORED, FATIGUED, FOCUSED, LESSON, states
from training.warning.events import (
    StudentScore,
    event_f1,
    false_alarms_per_seat_hour,
    interval,
    positive_predictive_value,
    score_rows,
    score_student,
    summarise,
)
from training.warning.follow import Readings, StudentLog, follow, true_readings


@pytest.fixture(scope="module")
def truths() -> list[StudentLog]:
    """What the rules say of the true states of ``LESSON``."""
    return follow(true_readings(LESSON))


def shifted(truth: NDArray[np.int8], seconds: int) -> Readings:
    """Return readings that are right and late: what was true so many seconds before."""
    late = np.roll(truth, round(seconds * TOKEN_HZ), axis=1)
    late[:, : round(seconds * TOKEN_HZ)] = truth[:, :1]
    return true_readings(late)


@pytest.mark.parametrize("seconds", [10, -10])
def test_late_readings_have_exactly_that_latency(truths: list[StudentLog], seconds: int) -> None:
    """Negative where the readings know before the truth."""
    early, late = (truths, follow(shifted(LESSON, 10)))
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

    log, truth = follow(true_readings(alarmed)), follow(true_readings(calm))
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

    (log, _) = follow(unsure)

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


def test_predictive_value_is_reweighed_by_time() -> None:
    """One right alert in half an hour of fatigue, one wrong one in as long without."""
    true = states([(FATIGUED, 450), (FOCUSED, 450)])
    told = states([(FATIGUED, 300), (FOCUSED, 300), (FATIGUED, 300)])

    table = positive_predictive_value(
        follow(true_readings(told)),
        follow(true_readings(true), fatigue_only=True),
        true,
        fatigued=AFFECTS.index(Affect.FATIGUED),
        prevalence=(0.5, 0.1),
    )

    assert table == {"0.5": 0.5, "0.1": 0.1}
