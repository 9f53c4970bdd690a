"""What is learned of a small world whose values are known."""

from dataclasses import replace

import numpy as np

from appliance.domain.arrays import Float32Array, Float64Array
from appliance.intervention.policy.learner import Experience
from appliance.intervention.policy.neural.network import MlpEnsemble
from appliance.intervention.policy.neural.training import (
    BEST,
    RULES,
    QTraining,
    TrainingSettings,
    split,
)
from appliance.intervention.policy.transitions import Transitions

ACTIONS = 5
SIZES = (4, 16, 2 * ACTIONS)
MEMBERS = 2
STATES = np.eye(3, 4, dtype=np.float32)
"""Three states; the last input is always zero."""

SETTINGS = TrainingSettings(updates=1500, batch=32, copy_every=50, rate=5e-3)
GAMMA = 0.5


def chain(stays: int = 150) -> Experience:
    """Stays of three choices, one in each state.

    In the second there is nothing to choose. In the last, action 1 brings 1 and action 2, which is
    forbidden, brings 2. In the first, action 1 brings .25. Everything else brings nothing.
    """
    rng = np.random.default_rng(0)
    count = 3 * stays
    state = np.tile([0, 1, 2], stays)
    actions = np.zeros(count, dtype=np.int64)
    actions[state != 1] = rng.integers(0, 3, 2 * stays)
    actions[(state == 0) & (actions == 2)] = 0
    rewards = np.where(state == 2, actions, actions * 0.25).astype(np.float64)
    allowed = np.zeros((count, ACTIONS), dtype=np.bool_)
    allowed[:, 0] = True
    allowed[state != 1, 1] = True
    return Experience(
        states=STATES[state],
        allowed=allowed,
        rules=np.zeros(count, dtype=np.int64),
        actions=actions,
        propensities=np.ones(count),
        rewards=rewards,
        at_s=np.tile([0.0, 10.0, 20.0], stays),
        stays=np.repeat(np.arange(stays), 3),
    )


def draw(seed: int = 1) -> MlpEnsemble:
    """Return networks that know nothing."""
    return MlpEnsemble.draw(SIZES, members=MEMBERS, rng=np.random.default_rng(seed))


def train(
    experience: Experience,
    networks: MlpEnsemble,
    *,
    settings: TrainingSettings = SETTINGS,
    weights: Float32Array | None = None,
    anchored: bool = False,
) -> QTraining:
    """Return a course that has not begun."""
    rewards = np.repeat(experience.rewards[:, None], MEMBERS, axis=1)
    if weights is None:
        weights = np.ones((len(experience), MEMBERS), dtype=np.float32)
    return QTraining(
        networks,
        states=experience.states,
        allowed=experience.allowed,
        rules=experience.rules,
        transitions=Transitions.of(experience, rewards, gamma=GAMMA, steps=1),
        weights=weights,
        anchored=anchored,
        settings=settings,
        rng=np.random.default_rng(2),
    )


def values_of(networks: MlpEnsemble, which: int) -> Float64Array:
    """Return (K, 3, 5) of one of both values."""
    return np.asarray(split(networks.forward(STATES))[which], dtype=np.float64)


def test_both_values_are_those_of_the_chain() -> None:
    """If the best is done, what comes next is worth half; if the rules go on, nothing comes."""
    course = train(chain(), draw())
    assert course.advance(SETTINGS.updates) == 0

    for member in values_of(course.networks, BEST):
        # The forbidden action is worth 2 to whoever does it, and nothing to whoever may not.
        np.testing.assert_allclose(member[2, :3], [0, 1, 2], atol=0.05)
        np.testing.assert_allclose(member[1, 0], GAMMA * 1, atol=0.05)
        np.testing.assert_allclose(member[0, :2], [GAMMA**2, 0.25 + GAMMA**2], atol=0.05)
    for member in values_of(course.networks, RULES):
        np.testing.assert_allclose(member[2, :3], [0, 1, 2], atol=0.05)
        np.testing.assert_allclose(member[1, 0], 0, atol=0.05)
        np.testing.assert_allclose(member[0, :2], [0, 0.25], atol=0.05)


def test_what_the_rules_do_next_is_worth_what_it_brings() -> None:
    """Also an action that no mask of the policy allows: rules have masks of their own."""
    experience = chain()
    experience.rules[2::3] = 2
    course = train(experience, draw())
    course.advance(SETTINGS.updates)

    for member in values_of(course.networks, RULES):
        np.testing.assert_allclose(member[1, 0], GAMMA * 2, atol=0.08)


def test_slices_end_where_one_course_ends() -> None:
    """To the bit, however long they are, also across a copy to the target."""
    settings = replace(SETTINGS, updates=120)
    whole, sliced = (train(chain(), draw(), settings=settings) for _ in range(2))
    whole.advance(120)
    lengths = []
    while sliced.left:
        lengths.append(sliced.advance(7))

    np.testing.assert_array_equal(whole.networks.vector, sliced.networks.vector)
    assert lengths[:2] == [113, 106]
    assert lengths[-1] == whole.left == 0


def test_where_it_began_is_not_changed() -> None:
    """The warm start is learned from again and again."""
    networks = draw()
    before = networks.vector.copy()
    train(chain(), networks).advance(20)

    np.testing.assert_array_equal(networks.vector, before)


def test_without_an_outcome_of_an_action_there_is_nothing_to_do() -> None:
    """Waiting alone says nothing of what an action brings."""
    experience = chain()
    experience.actions[:] = 0
    networks = draw()
    course = train(experience, networks)

    assert course.left == 0
    np.testing.assert_array_equal(course.networks.vector, networks.vector)


def test_a_member_learns_from_its_own_choices_alone() -> None:
    """One for whom all weigh nothing stays as it is."""
    experience = chain()
    weights = np.tile(np.array([1, 0], dtype=np.float32), (len(experience), 1))
    networks = draw()
    course = train(experience, networks, weights=weights)
    course.advance(50)

    moved = np.abs(course.networks.vector - networks.vector).max(axis=1)
    assert moved[0] > 0.01
    assert moved[1] == 0


def test_an_input_that_is_always_zero_keeps_its_weights() -> None:
    """Whoever has not agreed to h_fused being learned from."""
    networks = draw()
    course = train(chain(), networks)
    course.advance(50)

    moved = course.networks.weights[0] != networks.weights[0]
    assert moved[:, :3].any()
    assert not moved[:, 3].any()


def test_the_more_is_known_the_less_the_anchor_holds() -> None:
    """A member that began far off ends nearer to what the chain brings."""
    networks = draw()
    networks.biases[-1][:] += 2
    settings = replace(SETTINGS, anchor=200.0, updates=800)
    errors = []
    for stays in (10, 100, 1000):
        course = train(chain(stays), networks, settings=settings, anchored=True)
        course.advance(settings.updates)
        errors.append(float(np.abs(values_of(course.networks, RULES)[:, 2, 1] - 1).mean()))

    assert 1 > errors[0] > 1.2 * errors[1] > 2 * errors[2]
