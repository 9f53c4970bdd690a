"""Baselines follow the student, not the outlier, and begin at the population."""

import numpy as np
import pytest

from appliance.domain.arrays import Float64Array
from appliance.windows.baselines import (
    CALIBRATION_TOKENS,
    DRIFT_TOKENS,
    KNOWN_AWAKE_TOKENS,
    SCALE_OF_DEVIATION,
    RunningBaseline,
    RunningQuantiles,
)
from appliance.windows.rows import RowIndex

ROW = np.array([0])
SEEN = np.array([[True]])


def baseline(*, prior_tokens: float = 10.0, rows: int = 1) -> RunningBaseline:
    """Return a baseline of one feature with the population at 0 +- 1."""
    return RunningBaseline(
        rows,
        centre=np.array([0.0]),
        scale=np.array([1.0]),
        prior_tokens=np.array([prior_tokens]),
    )


def centres(subject: RunningBaseline, rows: RowIndex) -> Float64Array:
    """Return the (R, 1) centres: nothing is learnt from what is not observed."""
    return subject.update(rows, np.zeros((len(rows), 1)), np.array([[False]]))


def feed(subject: RunningBaseline, value: float, tokens: int) -> float:
    """Show one value for some tokens and return the centre."""
    for _ in range(tokens):
        subject.update(ROW, np.array([[value]]), SEEN)
    return float(centres(subject, ROW)[0, 0])


def test_the_prior_counts_as_the_tokens_it_stands_for() -> None:
    """After as many tokens as the prior weighs, the centre is half-way."""
    assert feed(baseline(prior_tokens=100), 0.5, 100) == pytest.approx(0.25, abs=0.01)


def test_two_minutes_known_to_be_awake_count_in_full() -> None:
    """In the second one the baseline of anybody else hardly moves any more."""
    subject = baseline(rows=2)
    both, seen = np.array([0, 1]), np.ones((2, 1), dtype=np.bool_)
    subject.reset(both, awake=np.array([True, False]))
    for token in range(KNOWN_AWAKE_TOKENS):
        # One scale around 0 in the first minute, so that half of one counts in full.
        value = (-1) ** token / SCALE_OF_DEVIATION if token < CALIBRATION_TOKENS else 0.5
        subject.update(both, np.full((2, 1), value), seen)
    awake, other = centres(subject, both)[:, 0]

    assert awake == pytest.approx(0.25, abs=0.01)
    assert other == pytest.approx(0.5 * CALIBRATION_TOKENS / DRIFT_TOKENS, abs=0.002)
    subject.reset(ROW)
    assert feed(subject, 0.5, CALIBRATION_TOKENS) == pytest.approx(
        feed(baseline(), 0.5, CALIBRATION_TOKENS)
    )


def test_unobserved_features_do_not_move() -> None:
    """A masked value, whatever it is, leaves centre and scale alone."""
    subject = baseline()
    subject.update(ROW, np.array([[99.0]]), np.array([[False]]))

    assert centres(subject, ROW)[0, 0] == 0
    assert subject.scale(ROW)[0, 0] == 1


def test_one_outlier_counts_no_more_than_two_scales() -> None:
    """A value of 1000 moves the centre as far as a value of 2."""
    wild, large = baseline(), baseline()
    wild.update(ROW, np.array([[1000.0]]), SEEN)
    large.update(ROW, np.array([[2.0]]), SEEN)

    assert centres(wild, ROW)[0, 0] == centres(large, ROW)[0, 0] == pytest.approx(2 / 11)


def test_six_minutes_of_another_posture_move_the_baseline_by_a_fifth_at_most() -> None:
    """After calibration the baseline drifts slowly: fatigue does not become normal."""
    subject = baseline()
    feed(subject, 0.0, CALIBRATION_TOKENS)
    rng = np.random.default_rng(0)
    for value in rng.normal(0, 0.1, 2000):
        subject.update(ROW, np.array([[value]]), SEEN)

    before = float(centres(subject, ROW)[0, 0])
    after = feed(subject, 1.0, 6 * 60 * 5)

    assert before == pytest.approx(0, abs=0.02)
    assert before < after < 0.2


def test_the_gain_changes_exactly_at_the_end_of_calibration() -> None:
    """The last calibration token still counts 1 / n, the next 1 / DRIFT_TOKENS."""
    subject = baseline()
    feed(subject, 0.0, CALIBRATION_TOKENS - 1)
    error = float(subject.scale(ROW)[0, 0])
    last = feed(subject, error, 1)
    following = feed(subject, last + error, 1)

    assert last == pytest.approx(error / (CALIBRATION_TOKENS + 10))
    assert following - last == pytest.approx(error / DRIFT_TOKENS)


def test_rows_are_reset_one_by_one() -> None:
    """A new occupancy begins at the population, its neighbour stays."""
    subject = baseline(rows=2)
    subject.update(np.array([0, 1]), np.array([[1.0], [1.0]]), np.array([[True], [True]]))

    subject.reset(np.array([0]))

    both = centres(subject, np.array([0, 1]))[:, 0]
    assert both[0] == 0
    assert both[1] > 0


def test_quantiles_of_a_known_histogram() -> None:
    """Linear within a bin: half of a bin's evidence lies below its middle."""
    prior = np.zeros(RunningQuantiles.BINS)
    subject = RunningQuantiles(1, prior=prior, memory_tokens=1e9)
    for value in (0.11, 0.11, 0.51, 0.51):
        subject.update(ROW, np.array([[value]]), np.array([[1.0]]))

    quartiles = subject.quantiles(ROW, np.array([0.25, 0.75]))

    np.testing.assert_allclose(quartiles, [[0.11, 0.51]], atol=1e-6)


def test_values_outside_the_range_stay_in_the_last_bin() -> None:
    """1.0 and above are the top bin, below 0 the bottom one; weight 0 counts nothing."""
    subject = RunningQuantiles(1, prior=np.zeros(RunningQuantiles.BINS), memory_tokens=1e9)
    for value, weight in ((1.0, 1.0), (7.0, 1.0), (-3.0, 0.0)):
        subject.update(ROW, np.array([[value]]), np.array([[weight]]))

    assert subject.quantiles(ROW, np.array([0.01]))[0, 0] >= 0.98


def test_values_of_one_token_count_one_after_the_other() -> None:
    """Three frames at once fade and add as three calls would, also where one is not seen."""
    prior = np.linspace(1, 2, RunningQuantiles.BINS)
    together, apart = (RunningQuantiles(2, prior=prior, memory_tokens=10) for _ in range(2))
    rows = np.array([0, 1])
    values = np.array([[0.1, 0.5, 0.5], [0.9, 0.3, 0.7]])
    weight = np.array([[0.5, 0.5, 0.0], [0.25, 0.0, 0.75]])

    together.update(rows, values, weight)
    for frame in range(3):
        apart.update(rows, values[:, [frame]], weight[:, [frame]])

    shares = np.array([0.1, 0.5, 0.9])
    np.testing.assert_array_equal(together.quantiles(rows, shares), apart.quantiles(rows, shares))
