"""The bandit: the promises of every learner, and SquareCB."""

from collections.abc import Callable

import pytest

from appliance.intervention.policy.bandit import BanditLearner
from appliance.intervention.policy.learner import Learner
from tests.intervention.policy.learner_contract import TaughtContract

pytest.importorskip("vowpalwabbit")


class TestBandit(TaughtContract):
    """The promises of every learner."""

    @pytest.fixture
    def fresh(self) -> Callable[[], Learner]:
        """One that knows nothing."""
        return BanditLearner
