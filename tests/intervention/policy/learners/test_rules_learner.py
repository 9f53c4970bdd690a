"""Nothing to say, by the same port and through the same gate."""

from collections.abc import Callable

import numpy as np
import pytest

from appliance.domain.policy.choices import ChoiceReason
from appliance.intervention.policy.gate import Gate
from appliance.intervention.policy.learner import Learner
from appliance.intervention.policy.learners.rules_learner import RulesLearner
from tests.intervention.policy.learners.learner_contract import RULES, STATES, LearnerContract


class TestRules(LearnerContract):
    """The promises of every learner."""

    @pytest.fixture
    def fresh(self) -> Callable[[], Learner]:
        """There is only one."""
        return RulesLearner

    def test_everything_is_left_to_the_rules(self) -> None:
        """Through the widest gate, and by the plainest reason."""
        everything = np.ones((len(STATES), 5), dtype=np.bool_)
        gate = Gate(delta=0.0, min_evidence=0)

        verdicts = gate.decide_all(RulesLearner().judge(STATES, RULES), everything, RULES)

        np.testing.assert_array_equal(verdicts.actions, RULES)
        assert set(verdicts.reasons) == {ChoiceReason.RULE}
