"""What is expected when nothing is done, and which choices tell."""

import numpy as np
import pytest

from appliance.domain.policy.choices import PolicyAction
from appliance.errors import ShapeError
from appliance.intervention.policy.learner import Experience
from appliance.intervention.policy.learners.baseline import (
    FEATURES,
    OVERLAP,
    Baseline,
    describe,
    take_off,
    undisturbed,
)
from tests.support.experiences import by_itself, draw_experience, draw_states

NAN = float("nan")
HINT = PolicyAction.HINT


def make(
    actions: list[int],
    *,
    at_s: list[float],
    stays: list[int] | None = None,
    propensities: list[float] | None = None,
    rewards: list[float] | None = None,
) -> Experience:
    """A few choices."""
    count = len(actions)
    return Experience(
        states=draw_states(np.random.default_rng(0), count),
        allowed=np.ones((count, 5), dtype=np.bool_),
        rules=np.zeros(count, dtype=np.int64),
        actions=np.array(actions),
        propensities=np.array(propensities or [0.5] * count),
        rewards=np.array(rewards or [0.0] * count),
        at_s=np.array(at_s),
        stays=np.array(stays or [0] * count),
    )


def test_products_follow_what_they_are_of() -> None:
    """One, seven inputs, and the 28 products of two of them."""
    states = draw_states(np.random.default_rng(0), 2)
    row = describe(states)[1]
    inputs = states[1, -7:].astype(np.float64)

    assert len(row) == FEATURES == 36
    assert row[0] == 1
    np.testing.assert_array_equal(row[1:8], inputs)
    np.testing.assert_array_equal(row[8:15], inputs[0] * inputs)
    assert row[-1] == inputs[-1] ** 2


def test_what_is_done_within_two_minutes_disturbs() -> None:
    """119 s later it does, 120 s later it does not, and in the next stay it never does."""
    here = undisturbed(make([0, HINT], at_s=[0.0, 119.0]))
    later = undisturbed(make([0, HINT], at_s=[0.0, 120.0]))
    other = undisturbed(make([0, HINT], at_s=[0.0, 10.0], stays=[0, 1]))

    assert here.tolist() == [0, 0]
    assert later.tolist() == other.tolist() == [2 * OVERLAP, 0]


def test_who_is_rarely_left_alone_counts_more() -> None:
    """By the inverse probability of the whole two minutes, up to ten."""
    alone = undisturbed(make([0, 0, 0, 0, 0], at_s=[0.0, 10.0, 20.0, 30.0, 150.0]))

    assert alone / OVERLAP == pytest.approx([10, 8, 4, 2, 2])


def test_a_missing_reward_tells_nothing() -> None:
    """Nor does the action itself."""
    alone = undisturbed(make([0, 0], at_s=[0.0, 200.0], rewards=[NAN, 0.5]))

    assert alone.tolist() == [0, 2 * OVERLAP]


def test_it_finds_what_happens_by_itself() -> None:
    """Whatever the actions bring: these rows are not looked at."""
    experience = draw_experience(
        np.random.default_rng(1), 6000, effects=(0, 9.0, 9.0, 9.0, 9.0), noise=0.2
    )
    states = draw_states(np.random.default_rng(2), 500)

    error = Baseline().fit(experience).predict(states) - by_itself(states)

    assert np.abs(error).mean() < 0.05


def test_a_prior_is_moved_by_what_is_seen_and_no_more() -> None:
    """A strong one hardly, a weak one all the way."""
    experience = draw_experience(np.random.default_rng(1), 3000, noise=0.2)
    states = draw_states(np.random.default_rng(2), 500)
    seen = Baseline().fit(experience)
    held = Baseline(mean=np.r_[1.0, np.zeros(FEATURES - 1)])

    strong = held.worth(1e7).fit(experience).predict(states)
    weak = held.worth(1e-3).fit(experience).predict(states)

    assert strong.mean() == pytest.approx(1, abs=0.02)
    assert weak.mean() == pytest.approx(seen.predict(states).mean(), abs=0.02)
    assert held.worth(250.0).precision[0, 0] == 250


def test_without_a_choice_that_tells_the_prior_stays() -> None:
    """Nothing at all, or actions only."""
    held = Baseline(mean=np.ones(FEATURES))

    for experience in (make([], at_s=[]), make([HINT], at_s=[0.0])):
        assert held.fit(experience) is held


def test_members_see_choices_by_their_weights() -> None:
    """A member for whom a row counts nothing has not seen it."""
    experience = make([0, 0], at_s=[0.0, 200.0], rewards=[1.0, -1.0])
    first, second, both = Baseline().fit_members(
        experience, np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
    )

    assert first.predict(experience.states[:1])[0] > 0 > second.predict(experience.states[1:])[0]
    np.testing.assert_allclose(both.mean, Baseline().fit(experience).mean)


def test_it_is_taken_off_actions_and_nothing_is_zero() -> None:
    """Also where a reward of nothing is missing; an action's stays missing."""
    experience = make([HINT, 0, HINT, 0], at_s=[0.0, 1.0, 2.0, 3.0], rewards=[0.5, 0.25, NAN, NAN])
    baselines = [Baseline(mean=np.r_[level, np.zeros(FEATURES - 1)]) for level in (0.25, 1.0)]

    got = take_off(experience, baselines)

    expected = np.array([[0.25, -0.5], [0, 0], [NAN, NAN], [0, 0]])
    np.testing.assert_allclose(got, expected)


def test_a_baseline_of_another_state_is_refused() -> None:
    """One coefficient too few."""
    with pytest.raises(ShapeError, match="mean"):
        Baseline(mean=np.zeros(FEATURES - 1))
