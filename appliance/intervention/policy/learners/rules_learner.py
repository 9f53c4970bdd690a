"""The learner that has nothing to say, so that the gate leaves everything to the rules."""

import numpy as np

from appliance.domain.arrays import Float32Array, IntArray
from appliance.domain.policy.choices import POLICY_ACTIONS
from appliance.intervention.policy.learner import Experience, Judgement

RULES_VERSION = "rules"


class RulesLearner:
    """See ``Learner``; the rule's action is worth 0, any other minus infinity."""

    @property
    def version(self) -> str:
        """Always the same."""
        return RULES_VERSION

    def judge(self, states: Float32Array, rules: IntArray) -> Judgement:
        """Judge that only the rules' actions are known to be worth anything."""
        worth = np.full((len(states), len(POLICY_ACTIONS)), -np.inf)
        worth[np.arange(len(rules)), rules] = 0
        nothing = np.zeros(len(POLICY_ACTIONS), dtype=np.int64)
        return Judgement(values=worth, bounds=worth.copy(), evidence=nothing)

    def learn(self, experience: Experience, *, rng: np.random.Generator) -> None:
        """Learn nothing."""

    def dump(self) -> bytes:
        """Return nothing."""
        return b""
