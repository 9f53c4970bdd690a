"""Returns over decisions, computed by hand."""

import numpy as np
import pytest

from appliance.domain.policy.choices import PolicyAction
from appliance.intervention.policy.learner import Experience
from appliance.intervention.policy.learners.transitions import Transitions
from tests.support.experiences import draw_states

HALF = 0.5  # a discount whose powers are exact
NAN = float("nan")
NOTHING, HINT = PolicyAction.NOTHING, PolicyAction.HINT


def make(
    actions: list[int],
    rewards: list[float],
    *,
    at_s: list[float] | None = None,
    stays: list[int] | None = None,
    rules: list[int] | None = None,
    steps: int = 3,
) -> Transitions:
    """Of choices 10 s apart in one stay, if nothing else is said."""
    count = len(actions)
    experience = Experience(
        states=draw_states(np.random.default_rng(0), count),
        allowed=np.ones((count, 5), dtype=np.bool_),
        rules=np.array(rules or [0] * count),
        actions=np.array(actions, dtype=np.int64),
        propensities=np.ones(count),
        rewards=np.array(rewards),
        at_s=np.array(at_s or [10.0 * index for index in range(count)]),
        stays=np.array(stays or [0] * count),
    )
    return Transitions.of(experience, np.array(rewards)[:, None], gamma=HALF, steps=steps)


def test_three_decisions_are_looked_ahead() -> None:
    """Rewards on the way fade, and the fourth state is asked."""
    got = make([0] * 5, [1.0, 2.0, 4.0, 8.0, 16.0])

    assert got.returns[0, 0] == 1 + 2 / 2 + 4 / 4
    assert (got.next_rows[0], got.discounts[0]) == (3, 1 / 8)


def test_time_fades_not_choices() -> None:
    """Ten minutes in which nothing may be chosen are sixty steps; here it is three."""
    got = make([HINT, 0, 0, 0], [1.0, 2.0, 4.0, 8.0], at_s=[0.0, 30.0, 40.0, 50.0])

    assert got.returns[0, 0] == 1 + 2 / 8 + 4 / 16
    assert (got.next_rows[0], got.discounts[0]) == (3, 1 / 32)


def test_the_end_of_a_stay_is_the_end() -> None:
    """Nothing of whoever sits there next comes in."""
    got = make([0, 0, HINT, 0, 0], [1.0, 2.0, 4.0, 8.0, 16.0], stays=[0, 0, 0, 1, 1])

    assert got.returns[:, 0].tolist() == [1 + 2 / 2, 2.0, 4.0, 8 + 16 / 2, 16.0]
    assert got.discounts.tolist() == [1 / 4, 1 / 2, 0, 0, 0]
    assert got.next_rows[:2].tolist() == [2, 2]


def test_a_stay_that_fits_ends_within_the_steps() -> None:
    """Two choices of waiting: both rewards, and no network."""
    got = make([0, 0], [1.0, 2.0])

    assert got.returns[:, 0].tolist() == [2.0, 2.0]
    assert got.discounts.tolist() == [0, 0]


def test_at_the_next_action_the_network_is_asked() -> None:
    """What was drawn there is likely not the best."""
    got = make([0, 0, HINT, 0], [1.0, 2.0, 4.0, 8.0])

    assert got.returns[0, 0] == 1 + 2 / 2
    assert (got.next_rows[0], got.discounts[0]) == (2, 1 / 4)


def test_where_a_rule_was_withheld_the_network_is_asked() -> None:
    """The rules would not have waited."""
    got = make([0, 0, 0, 0], [1.0, 2.0, 4.0, 8.0], rules=[0, HINT, 0, 0])

    assert got.returns[0, 0] == 1
    assert (got.next_rows[0], got.discounts[0]) == (1, 1 / 2)


def test_what_is_missing_is_left_out_not_zero() -> None:
    """As a beginning altogether; on the way the network is asked for it."""
    got = make([0, HINT, 0], [1.0, NAN, 4.0])

    assert got.rows.tolist() == [0, 2]
    assert (got.returns[0, 0], got.next_rows[0], got.discounts[0]) == (1.0, 1, 1 / 2)


@pytest.mark.parametrize(("steps", "expected"), [(1, 1.0), (2, 1 + 2 / 2)])
def test_one_step_is_equation_14(steps: int, expected: float) -> None:
    """And any other number of steps is allowed."""
    assert make([0] * 4, [1.0, 2.0, 4.0, 8.0], steps=steps).returns[0, 0] == expected


def test_each_member_has_rewards_of_its_own() -> None:
    """Beside each other."""
    count = 3
    experience = Experience(
        states=draw_states(np.random.default_rng(0), count),
        allowed=np.ones((count, 5), dtype=np.bool_),
        rules=np.zeros(count, dtype=np.int64),
        actions=np.zeros(count, dtype=np.int64),
        propensities=np.ones(count),
        rewards=np.zeros(count),
        at_s=np.array([0.0, 10.0, 20.0]),
        stays=np.zeros(count, dtype=np.int64),
    )
    rewards = np.array([[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]])

    got = Transitions.of(experience, rewards, gamma=HALF)

    assert got.returns[0].tolist() == [3.0, 30.0]
    assert len(got) == count
