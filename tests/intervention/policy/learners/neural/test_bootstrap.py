"""Weights that do not change their mind, and a bound that holds as often as it says."""

import numpy as np
import pytest

from appliance.intervention.policy.learners.neural.bootstrap import (
    lower_bounds,
    poisson_counts,
    stay_weights,
)
from tests.support.experiences import draw_states

MEMBERS = 10


def weights_of(rows: int, *, first: int = 0, seed: int = 0) -> np.ndarray:
    """Of stays of two choices each, from a certain one on."""
    states = draw_states(np.random.default_rng(seed), 400)[first : first + rows]
    return stay_weights(states, np.arange(first, first + rows) // 2, members=MEMBERS)


def test_choices_of_one_stay_weigh_the_same() -> None:
    """And those of another stay do not."""
    weights = weights_of(6)

    np.testing.assert_array_equal(weights[0::2], weights[1::2])
    assert len(np.unique(weights)) == 3 * MEMBERS


def test_a_weight_stays_when_experience_grows_and_ages() -> None:
    """More after it, or less before it, changes nothing."""
    whole = weights_of(400)

    np.testing.assert_array_equal(weights_of(100), whole[:100])
    np.testing.assert_array_equal(weights_of(100, first=200), whole[200:300])


def test_weights_are_exponential_and_of_each_other_free() -> None:
    """Mean 1, variance 1, no correlation of members."""
    weights = weights_of(400)[::2]

    assert weights.mean() == pytest.approx(1, abs=0.1)
    assert weights.var() == pytest.approx(1, abs=0.2)
    between = np.corrcoef(weights.T)[np.triu_indices(MEMBERS, 1)]
    assert np.abs(between).mean() < 0.1


def test_nothing_has_no_weights() -> None:
    """No rows of K."""
    assert weights_of(0).shape == (0, MEMBERS)


def test_counts_are_poisson() -> None:
    """Mean and variance 1, and 37 in 100 are never drawn."""
    counts = poisson_counts(weights_of(400)[::2])

    assert counts.mean() == pytest.approx(1, abs=0.1)
    assert counts.var() == pytest.approx(1, abs=0.2)
    assert (counts == 0).mean() == pytest.approx(np.exp(-1), abs=0.05)


@pytest.mark.parametrize("members", [2, 5, 10, 21])
def test_the_bound_holds_19_times_in_20(members: int) -> None:
    """Members and truth are drawn alike; the bound lies below the truth in 95 of 100 draws."""
    rng = np.random.default_rng(members)
    draws = rng.normal(0.3, 0.2, (members, 40_000))
    truth = rng.normal(0.3, 0.2, 40_000)

    assert (lower_bounds(draws) <= truth).mean() == pytest.approx(0.95, abs=0.005)


def test_members_that_agree_leave_no_doubt() -> None:
    """The bound is what they say."""
    assert lower_bounds(np.full((10, 2), 0.25)).tolist() == [0.25, 0.25]
