"""The deep Q-network: the promises of every learner, and learning in slices."""

from collections.abc import Callable

import numpy as np
import pytest

from appliance.intervention.policy.dqn import DqnLearner, draw_networks
from appliance.intervention.policy.learner import Learner
from appliance.intervention.policy.neural.training import TrainingSettings
from tests.intervention.policy.learner_contract import (
    TaughtContract,
)

QUICK = TrainingSettings(updates=60)


def make(settings: TrainingSettings | None = None) -> DqnLearner:
    """Return one whose warm start has learned nothing."""
    return DqnLearner(draw_networks(np.random.default_rng(0)), settings=settings)


class TestDqn(TaughtContract):
    """The promises of every learner."""

    @pytest.fixture
    def fresh(self) -> Callable[[], Learner]:
        """As it is on the box, but for the warm start."""
        return make
