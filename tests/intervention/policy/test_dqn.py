"""The deep Q-network: the promises of every learner, and learning in slices."""

from collections.abc import Callable

import numpy as np
import pytest

from appliance.errors import PolicyError
from appliance.intervention.policy.baseline import FEATURES, Baseline
from appliance.intervention.policy.dqn import MEMBERS, SIZES, DqnLearner, draw_networks
from appliance.intervention.policy.learner import Learner
from appliance.intervention.policy.neural.network import MlpEnsemble
from appliance.intervention.policy.neural.training import TrainingSettings
from tests.intervention.policy.learner_contract import (
    EXPERIENCE,
    NONE,
    RULES,
    STATES,
    TaughtContract,
    assert_same,
)

QUICK = TrainingSettings(updates=60)

# There is no warm start here whose worth would have to be outweighed.
THOROUGH = TrainingSettings(anchor=3.0, updates=1000)


def make(settings: TrainingSettings = QUICK, *, seed: int = 0) -> DqnLearner:
    """Return one whose warm start has learned nothing."""
    return DqnLearner(draw_networks(np.random.default_rng(seed)), settings=settings)


class TestDqn(TaughtContract):
    """The promises of every learner."""

    @pytest.fixture
    def fresh(self) -> Callable[[], Learner]:
        """It learns little, and that soon."""
        return make

    @pytest.fixture
    def thorough(self) -> Callable[[], Learner]:
        """It learns as on the box."""
        return lambda: make(THOROUGH)


def begun(learner: DqnLearner, *, seed: int = 1) -> DqnLearner:
    """Return it with a course before it."""
    learner.begin(EXPERIENCE, rng=np.random.default_rng(seed))
    return learner


def test_slices_end_where_one_course_ends() -> None:
    """And until the last one, whoever asks hears what was held before."""
    whole, sliced = make(), begun(make())
    before = sliced.version
    whole.learn(EXPERIENCE, rng=np.random.default_rng(1))

    left = [sliced.advance(25), sliced.advance(25)]
    assert (left, sliced.version) == ([35, 10], before)
    assert sliced.advance(25) == 0
    assert sliced.version == whole.version
    assert_same(sliced.judge(STATES, RULES), whole.judge(STATES, RULES))


def test_after_the_end_a_slice_does_nothing() -> None:
    """Nor before a beginning."""
    learner = make()
    version = learner.version
    assert learner.advance(10) == 0
    assert learner.version == version

    begun(learner).advance(60)
    version = learner.version
    assert learner.advance(10) == 0
    assert learner.version == version


def test_a_course_that_was_not_finished_is_given_up() -> None:
    """By the next one, which begins at the warm start."""
    learner, straight = begun(make(), seed=5), begun(make())
    learner.advance(30)
    begun(learner).advance(60)
    straight.advance(60)

    assert learner.version == straight.version


def test_what_is_learned_from_is_copied() -> None:
    """Whoever owns the experience may go on with it."""
    learner, straight = make(), begun(make())
    states = EXPERIENCE.states.copy()
    learner.begin(EXPERIENCE, rng=np.random.default_rng(1))
    EXPERIENCE.states[:] = 0
    learner.advance(60)
    EXPERIENCE.states[:] = states
    straight.advance(60)

    assert learner.version == straight.version


def test_a_box_goes_on_with_what_it_had_learned() -> None:
    """It judges as before, and learns from its own warm start."""
    first = begun(make())
    first.advance(60)
    again = make()
    again.resume(first.dump())

    assert again.version == first.version
    assert_same(again.judge(STATES, RULES), first.judge(STATES, RULES))
    begun(again).advance(60)
    assert again.version == first.version


def test_networks_of_another_shape_are_not_gone_on_with() -> None:
    """Another program has made them."""
    other = DqnLearner(MlpEnsemble.draw(SIZES, members=3, rng=np.random.default_rng(0)))

    with pytest.raises(PolicyError, match="start without it"):
        make().resume(other.dump())


def test_weights_that_are_none_are_refused() -> None:
    """Of another learner, or nothing."""
    with pytest.raises(PolicyError, match="no dqn weights"):
        DqnLearner.load(b"")


def test_more_is_expected_of_actions_where_more_is_lost_without() -> None:
    """What b(s) says would have come by itself is not the action's."""
    generous = Baseline(mean=np.r_[5.0, np.zeros(FEATURES - 1)]).worth(1e9)
    networks = draw_networks(np.random.default_rng(0))
    settings = TrainingSettings(updates=200, anchor=1.0)
    known = DqnLearner(networks, settings=settings)
    owed = DqnLearner(networks, generous, settings=settings)
    for learner in (known, owed):
        learner.learn(EXPERIENCE, rng=np.random.default_rng(1))

    both = [learner.judge(STATES, RULES).values[:, 1:].mean() for learner in (known, owed)]
    assert both[1] < both[0] - 0.2


def test_h_fused_that_was_never_seen_changes_nothing() -> None:
    """Without consent it is zero, and a student who has agreed is judged alike at first."""
    learner = begun(make())
    learner.advance(60)
    agreed = STATES.copy()
    agreed[:, :128] = np.random.default_rng(0).normal(0, 1, (len(STATES), 128))

    assert_same(learner.judge(agreed, RULES), learner.judge(STATES, RULES))


def test_nothing_to_learn_from_ends_at_once() -> None:
    """A box on its first day."""
    learner = make()
    learner.begin(NONE, rng=np.random.default_rng(0))

    assert learner.advance(1) == 0


def test_there_are_ten_networks_of_two_values_of_five_actions() -> None:
    """155 numbers in, 32 and 32 between."""
    networks = draw_networks(np.random.default_rng(0))

    assert (networks.members, networks.sizes) == (MEMBERS, SIZES) == (10, (155, 32, 32, 10))
