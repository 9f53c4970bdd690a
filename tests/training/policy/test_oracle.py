"""The oracle knows its world, and a world without effect silences the gate."""

import numpy as np
import pytest

from appliance.intervention.policy.gate import Gate
from training.policy.collect import collect
from training.policy.fast.worlds import WorldKind, draw_world
from training.policy.learners import WarmStart
from training.policy.oracle import consult
from training.policy.playing.gated import Gated
from training.policy.playing.play import play
from training.policy.playing.rivals import ByRules
from training.policy.playing.situations import Situations


@pytest.fixture(scope="module")
def warm() -> WarmStart:
    """What ships."""
    return WarmStart.load()


def test_the_oracle_is_not_below_the_rules(warm: WarmStart) -> None:
    """On lessons that did not choose it, in a plain world."""
    world = draw_world(np.random.default_rng(12), WorldKind.NORMAL)
    oracle = consult(world, seed=1, networks=warm.networks, lessons=120)

    played = play(world, [ByRules(), oracle.policy], students=80, seed=99)

    assert played.returns[1].mean() > played.returns[0].mean() + 0.05


@pytest.mark.parametrize("kind", [WorldKind.NULL, WorldKind.HARM])
def test_where_nothing_helps_the_gate_stays_shut(warm: WarmStart, kind: WorldKind) -> None:
    """After 500 decisions on record at most one in a hundred is overridden by an action."""
    world = draw_world(np.random.default_rng(4), kind)
    learner = warm.learner("dqn")
    learner.learn(collect(world, decisions=500, seed=2).experience, rng=np.random.default_rng(0))

    played = play(world, [Gated(learner, Gate())], students=60, seed=3)

    assert played.acting(0) <= 0.01


def test_without_a_record_nothing_is_overridden(warm: WarmStart) -> None:
    """However good the simulator says that actions are: that is no evidence."""
    world = draw_world(np.random.default_rng(12), WorldKind.NORMAL)
    asked = Situations.of(collect(world, decisions=300, seed=2).experience)

    for name in ("dqn", "bandit"):
        done = Gated(warm.learner(name), Gate()).act(asked)
        np.testing.assert_array_equal(done, asked.rules)
