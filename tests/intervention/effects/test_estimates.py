"""What a policy gains, where it can be worked out by hand; coverage is tried in training."""

from dataclasses import replace

import numpy as np
import pytest

from appliance.domain.policy.choices import POLICY_ACTIONS, PolicyAction
from appliance.domain.policy.experience import Experience
from appliance.intervention.effects.estimates import always, gain_robust, gain_weighted, never
from appliance.intervention.effects.quiet import quiet_weights
from appliance.intervention.policy.state import STATE_SIZE

REST, HINT = PolicyAction.REST, PolicyAction.HINT


def make_experience(
    actions: list[int],
    rewards: list[float],
    *,
    propensities: list[float] | None = None,
    at_s: list[float] | None = None,
    stays: list[int] | None = None,
) -> Experience:
    """Build choices, each of a stay of its own unless said otherwise."""
    count = len(actions)
    return Experience(
        states=np.zeros((count, STATE_SIZE), dtype=np.float32),
        allowed=np.ones((count, len(POLICY_ACTIONS)), dtype=np.bool_),
        rules=np.zeros(count, dtype=np.int64),
        actions=np.array(actions),
        propensities=np.array(propensities or [0.5] * count),
        rewards=np.array(rewards),
        at_s=np.array(at_s or [60.0] * count),
        stays=np.arange(count) if stays is None else np.array(stays),
    )


def test_weights_make_up_for_what_was_done_rarely() -> None:
    """Rests at 1 of 4 and at 1 of 2, worth 1 and 3: on average 2 more than nothing."""
    experience = make_experience(
        [REST, 0, 0, 0, REST, REST, 0, 0],
        [1.0, 0.0, 0.0, 0.0, 3.0, 3.0, 0.0, 0.0],
        propensities=[0.25, 0.75, 0.75, 0.75, 0.5, 0.5, 0.5, 0.5],
    )

    gain = gain_weighted(experience, always(np.full(8, REST)))

    assert gain.value == pytest.approx(2.0)
    assert gain.covered == pytest.approx(1.0)
    assert gain.stays == 8


def test_two_policies_that_do_the_same_differ_by_nothing() -> None:
    """Without any error, whatever was done."""
    experience = make_experience([REST, 0, HINT], [5.0, -1.0, 2.0])
    policy = always(np.array([REST, HINT, 0]))

    gain = gain_robust(experience, policy, against=policy)

    assert (gain.low, gain.value, gain.high) == (0.0, 0.0, 0.0)


def test_only_choices_at_which_the_policies_differ_count() -> None:
    """A wild reward where both do the same changes nothing but the number of choices."""
    experience = make_experience([REST, 0, HINT, HINT], [1.0, 0.0, 900.0, -900.0])
    policy = always(np.array([REST, REST, HINT, HINT]))

    gain = gain_weighted(experience, policy, against=always(np.array([0, 0, HINT, HINT])))

    assert gain.value == pytest.approx(0.5)
    assert gain.decisions == 2


def test_a_veto_gains_what_the_rule_costs() -> None:
    """Doing nothing instead of a harmful rest."""
    experience = make_experience([REST, 0] * 6, [-1.0, 0.0] * 6)

    gain = gain_weighted(experience, never(experience), against=always(np.full(12, REST)))

    assert gain.value == pytest.approx(1.0)
    assert gain.told


def test_what_was_never_drawn_cannot_be_told() -> None:
    """No number is made up."""
    experience = make_experience([REST, 0] * 6, [1.0, 0.0] * 6)

    gain = gain_weighted(experience, always(np.full(12, HINT)))

    assert np.isnan(gain.value)
    assert (gain.low, gain.high) == (-np.inf, np.inf)
    assert gain.covered == 0


def test_missing_rewards_are_left_out_and_not_taken_for_zero() -> None:
    """The others of the arm speak for them."""
    rewards = [2.0, 0.0] * 10
    holes = list(rewards)
    holes[0] = holes[1] = float("nan")

    gain = gain_weighted(make_experience([REST, 0] * 10, holes), always(np.full(20, REST)))

    assert gain.value == pytest.approx(2.0)


def test_a_model_takes_off_what_the_weights_leave_as_noise() -> None:
    """A perfect one leaves none, and a wrong one costs no truth."""
    rng = np.random.default_rng(5)
    level = rng.normal(size=400)
    actions = np.where(rng.random(400) < 0.5, REST, 0)
    experience = make_experience(list(actions), list(level + 0.5 * (actions == REST)))
    perfect = np.tile(level[:, None], (1, 5))
    perfect[:, REST] += 0.5
    policy = always(np.full(400, REST))

    plain = gain_weighted(experience, policy)
    known = gain_robust(experience, policy, model=perfect)
    wrong = gain_robust(experience, policy, model=np.tile([0.0, 7, 7, 7, 7], (400, 1)))

    assert known.value == pytest.approx(0.5)
    assert known.error < 1e-9 < plain.error
    assert abs(wrong.value - 0.5) < 3 * wrong.error


def test_nothing_counts_only_if_nothing_follows_for_two_minutes() -> None:
    """By the inverse of the probability of that; an action ends the waiting."""
    experience = make_experience(
        [0, 0, REST, 0, 0],
        [0.0] * 5,
        propensities=[0.9, 0.8, 0.1, 0.5, 0.25],
        at_s=[0.0, 60.0, 150.0, 1000.0, 1119.9],
        stays=[0, 0, 0, 0, 0],
    )

    weights = quiet_weights(experience)

    # The first waits for the second alone; the second sees the action; the last is the end.
    assert weights == pytest.approx([1 / 0.8, 0.0, 1.0, 1 / 0.25, 1.0])


def test_exactly_two_minutes_later_is_late_enough() -> None:
    """The reward is complete then."""
    experience = make_experience(
        [0, REST], [0.0, 0.0], at_s=[0.0, 120.0], stays=[0, 0], propensities=[0.5, 0.1]
    )

    assert quiet_weights(experience) == pytest.approx([1.0, 1.0])
    earlier = replace(experience, at_s=np.array([0.0, 119.75]))
    assert quiet_weights(earlier) == pytest.approx([0.0, 1.0])


def test_another_stay_is_no_later_choice() -> None:
    """Whoever sits there next has nothing to do with it."""
    experience = make_experience([0, REST], [0.0, 0.0], at_s=[0.0, 10.0], stays=[0, 1])

    assert quiet_weights(experience)[0] == 1.0


def test_only_choices_in_which_chance_had_a_say_count() -> None:
    """What was certain tells nothing, neither in the sum nor in the number."""
    drawn = make_experience([REST, 0, REST, 0], [1.0, 0.0, 3.0, 0.0])
    certain = make_experience(
        [REST, 0, REST, 0, 0, 0],
        [1.0, 0.0, 3.0, 0.0, 9.0, -9.0],
        propensities=[0.5, 0.5, 0.5, 0.5, 1.0, 1.0],
    )

    expected = gain_weighted(drawn, always(np.full(4, REST)))
    gain = gain_weighted(certain, always(np.full(6, REST)))

    assert gain.value == pytest.approx(expected.value)
    assert gain.covered == pytest.approx(1.0)


def test_without_any_chance_a_difference_cannot_be_told() -> None:
    """It is not 0."""
    certain = make_experience([REST, 0], [1.0, 0.0], propensities=[1.0, 1.0])

    gain = gain_robust(certain, always(np.array([REST, REST])))

    assert np.isnan(gain.value)
