"""Intervals of sums over stays, against textbook numbers and against what is drawn."""

import numpy as np
import pytest

from appliance.domain.arrays import Float64Array, IntArray
from appliance.intervention.effects.intervals import (
    Estimate,
    as_share,
    effective_size,
    estimate_by_stay,
    sum_by_stay,
    t_quantile,
)


def mean_by_stay(values: Float64Array, stays: IntArray) -> Estimate:
    """Estimate a plain mean."""
    ones = np.ones(len(values))
    return estimate_by_stay(
        sum_by_stay(np.stack([ones, values], axis=1), stays),
        lambda totals: np.asarray(totals[:, 1] / totals[:, 0]),
        shares=sum_by_stay(ones[:, None], stays)[:, 0],
        decisions=len(values),
        effective=effective_size(ones),
    )


@pytest.mark.parametrize(
    ("probability", "freedom", "expected"),
    [
        pytest.param(0.975, 1, 12.7062, id="one"),
        pytest.param(0.975, 4, 2.7764, id="four"),
        pytest.param(0.95, 30, 1.6973, id="thirty"),
        pytest.param(0.975, 1e6, 1.95996, id="normal"),
        pytest.param(0.9999, 10, 5.6938, id="far-out"),
    ],
)
def test_t_quantiles_are_those_of_the_tables(
    probability: float, freedom: float, expected: float
) -> None:
    """To four digits."""
    assert t_quantile(probability, freedom) == pytest.approx(expected, rel=2e-3)


def test_stays_of_one_choice_give_the_interval_of_a_mean() -> None:
    """Student's own: mean, s / sqrt(n), n - 1 degrees of freedom."""
    values = np.random.default_rng(1).normal(size=12)

    estimate = mean_by_stay(values, np.arange(12))

    assert estimate.value == pytest.approx(values.mean())
    assert estimate.error == pytest.approx(values.std(ddof=1) / np.sqrt(12))
    assert estimate.freedom == pytest.approx(11)
    assert estimate.high - estimate.value == pytest.approx(2.2010 * estimate.error, rel=1e-3)


def test_choices_of_one_stay_are_not_taken_for_independent() -> None:
    """Ten times the same choice is as good as one of it."""
    values = np.random.default_rng(2).normal(size=12)

    once = mean_by_stay(values, np.arange(12))
    often = mean_by_stay(values.repeat(10), np.arange(12).repeat(10))

    assert often.error == pytest.approx(once.error)
    assert often.freedom == pytest.approx(once.freedom)


def test_a_mean_that_rests_on_one_stay_has_fewer_degrees_of_freedom() -> None:
    """Nine in ten choices of one student say little of others, however many stays there are."""
    stays = np.concatenate([np.zeros(180, dtype=np.int64), np.arange(1, 21)])
    values = np.random.default_rng(3).normal(size=200)

    estimate = mean_by_stay(values, stays)

    assert estimate.freedom < 1
    assert (estimate.low, estimate.high) == (-np.inf, np.inf)


def test_one_stay_tells_nothing() -> None:
    """There is nothing to compare it with."""
    estimate = mean_by_stay(np.ones(50), np.zeros(50, dtype=np.int64))

    assert not estimate.told
    assert estimate.high == np.inf


def test_intervals_of_dependent_choices_hold_the_truth() -> None:
    """19 in 20 records of 15 stays, each with a level of its own."""
    rng = np.random.default_rng(4)
    inside = []
    for _ in range(300):
        sizes = rng.integers(1, 20, 15)
        stays = np.arange(15).repeat(sizes)
        values = rng.normal(size=15).repeat(sizes) + rng.normal(size=len(stays))
        estimate = mean_by_stay(values, stays)
        inside.append(estimate.low <= 0 <= estimate.high)

    assert 0.92 <= np.mean(inside) <= 0.99


def test_a_share_of_nothing_may_still_be_more_than_nothing() -> None:
    """None of 20 is not never; and no share is below 0."""
    estimate = as_share(mean_by_stay(np.zeros(20), np.arange(20)))

    assert estimate.low == 0
    assert 0.05 < estimate.high < 0.3


def test_a_share_in_the_middle_keeps_its_interval() -> None:
    """Wilson's is the plain one where there is room on both sides."""
    plain = mean_by_stay(np.tile([0.0, 1.0], 200), np.arange(400))

    share = as_share(plain)

    assert share.low == pytest.approx(plain.low, abs=0.002)
    assert share.high == pytest.approx(plain.high, abs=0.002)
