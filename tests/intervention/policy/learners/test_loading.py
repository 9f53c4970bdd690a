"""From a name and bytes to the learner that is meant."""

from dataclasses import replace

import numpy as np
import pytest

from appliance.errors import PolicyError
from appliance.intervention.policy.learner import Learner
from appliance.intervention.policy.learners.artifact import PolicyArtifact
from appliance.intervention.policy.learners.bandit import BanditLearner
from appliance.intervention.policy.learners.baseline import Baseline
from appliance.intervention.policy.learners.dqn import DqnLearner, draw_networks
from appliance.intervention.policy.learners.loading import load_learner, start_learner
from appliance.intervention.policy.learners.rules_learner import RulesLearner

DQN = DqnLearner(draw_networks(np.random.default_rng(0)))
ARTIFACT = PolicyArtifact(
    learner="dqn", fusion="f", weights=DQN.dump(), baseline=Baseline(), report={}, made=""
)


@pytest.mark.parametrize(
    "learner", [DQN, BanditLearner(), RulesLearner()], ids=["dqn", "bandit", "rules"]
)
def test_a_version_and_its_weights_are_a_learner(learner: Learner) -> None:
    """Of the same kind and version."""
    loaded = load_learner(learner.version, learner.dump())

    assert (type(loaded), loaded.version) == (type(learner), learner.version)


def test_the_weights_of_another_version_are_refused() -> None:
    """A choice is made again by what made it, or not at all."""
    other = DqnLearner(draw_networks(np.random.default_rng(1)))

    with pytest.raises(PolicyError, match=f"weights of {other.version}, not of {DQN.version}"):
        load_learner(DQN.version, other.dump())


@pytest.mark.parametrize("version", ["", "oracle-0123"])
def test_a_learner_that_is_not_known_is_refused(version: str) -> None:
    """By its name."""
    with pytest.raises(PolicyError, match="no learner is named"):
        load_learner(version, b"")


def test_the_weights_of_another_learner_are_refused() -> None:
    """Though they are whole."""
    with pytest.raises(PolicyError, match="dqn weights of a learned policy, not its bandit"):
        load_learner("bandit-0123", DQN.dump())


@pytest.mark.parametrize("learner", [DQN, BanditLearner()], ids=["dqn", "bandit"])
def test_an_artifact_starts_its_learner(learner: Learner) -> None:
    """At the warm start that it holds."""
    name = learner.version.partition("-")[0]
    started = start_learner(replace(ARTIFACT, learner=name, weights=learner.dump()))

    assert started.version == learner.version


def test_an_artifact_of_an_unknown_learner_is_refused() -> None:
    """It came with a newer program."""
    with pytest.raises(PolicyError, match=r"'oracle'.*install"):
        start_learner(replace(ARTIFACT, learner="oracle"))
