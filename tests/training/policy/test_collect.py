"""What is drawn has the probability that is put on record."""

import numpy as np

from appliance.domain.policy.choices import PolicyAction
from training.policy.collect import (
    P_ACT,
    WITHHELD,
    action_probabilities,
    collect,
    deciding,
    randomise,
)
from training.policy.fast.worlds import SLOW_WORLD


def test_each_allowed_action_is_drawn_with_its_probability() -> None:
    """And nothing with what is left; what is forbidden is never drawn."""
    draws = 40_000
    allowed = np.tile([True, True, False, True, False], (draws, 1))
    rules = np.zeros(draws, dtype=np.int64)

    actions, chances = randomise(allowed, rules, rng=np.random.default_rng(1))

    shares = np.bincount(actions, minlength=5) / draws
    np.testing.assert_allclose(shares, [1 - 2 * P_ACT, P_ACT, 0, P_ACT, 0], atol=0.01)
    np.testing.assert_allclose(chances, np.array([1 - 2 * P_ACT, P_ACT, 0, P_ACT, 0])[actions])


def test_a_benign_rule_is_withheld_and_a_rest_is_not() -> None:
    """A rest may be a lock, which chance has nothing to say about."""
    allowed = np.ones((2, 5), dtype=np.bool_)

    chances = action_probabilities(allowed, np.array([PolicyAction.HINT, PolicyAction.REST]))

    np.testing.assert_allclose(chances[0], [WITHHELD, 0, 0, 0, 1 - WITHHELD])
    np.testing.assert_allclose(chances[1], [0, 1, 0, 0, 0])


def test_propensities_are_bounded() -> None:
    """Whatever is allowed and ruled: 1, or from .1 to .9."""
    allowed = np.array([[True, *(bool(code >> bit & 1) for bit in range(4))] for code in range(16)])
    for rule in PolicyAction:
        chances = action_probabilities(allowed, np.full(16, rule))
        drawn = chances[(chances > 0) & (chances < 1)]
        assert (drawn >= 0.1 - 1e-9).all()
        assert (drawn <= 0.9 + 1e-9).all()
        np.testing.assert_allclose(chances.sum(axis=1), 1)


def test_a_record_holds_decisions_only_and_in_order() -> None:
    """N of them, each at a step at which there was something to choose."""
    made = collect(SLOW_WORLD, decisions=200, seed=3)

    past = made.experience
    assert len(past) == 200
    assert deciding(past.allowed).all()
    assert (np.diff(past.stays) >= 0).all()
    same = np.diff(past.stays) == 0
    assert (np.diff(past.at_s)[same] > 0).all()
    assert (made.gains[past.actions == PolicyAction.NOTHING] == 0).all()
    assert past.allowed[np.arange(200), past.actions].mean() > 0.99


def test_a_shorter_record_is_the_beginning_of_the_longer() -> None:
    """So learning from more is learning from the same and more."""
    made = collect(SLOW_WORLD, decisions=60, seed=3)

    np.testing.assert_array_equal(made.first(40).experience.at_s, made.experience.at_s[:40])
    np.testing.assert_array_equal(made.last(20).gains, made.gains[40:])


def test_between_two_draws_the_rules_decide() -> None:
    """With certainty; what a rule wants is drawn about at any time."""
    past = collect(SLOW_WORLD, decisions=800, seed=3, draw_every_s=120).experience

    drawn = past.propensities < 1
    assert drawn.any()
    assert (past.actions[~drawn] == past.rules[~drawn]).all()
    waited = drawn & (past.rules == PolicyAction.NOTHING)
    for stay in np.unique(past.stays):
        times = past.at_s[waited & (past.stays == stay)]
        assert (np.diff(times) >= 120).all()
