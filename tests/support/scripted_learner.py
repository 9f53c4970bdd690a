"""A learner that says what a test wants it to say."""

from collections.abc import Mapping

import numpy as np

from appliance.domain.arrays import Float32Array, IntArray
from appliance.domain.policy.choices import POLICY_ACTIONS, PolicyAction
from appliance.domain.policy.experience import Experience
from appliance.intervention.policy.learner import Judgement


class ScriptedLearner:
    """Holds one value per action, surely; doing nothing is worth nothing."""

    def __init__(
        self,
        values: Mapping[PolicyAction, float] | None = None,
        *,
        evidence: int = 100,
        version: str = "dqn-scripted",
        only_against: PolicyAction | None = None,
    ) -> None:
        """Say what each action is worth; what is not said is worth nothing.

        Args:
            values: By action.
            evidence: Of each action.
            version: As it goes on record.
            only_against: Be sure only where the rule does this; None: everywhere.
        """
        said = values or {}
        self.values = np.array([said.get(action, 0.0) for action in POLICY_ACTIONS])
        self.evidence = np.full(len(POLICY_ACTIONS), evidence, dtype=np.int64)
        self.version = version
        self._only_against = only_against
        self.error: Exception | None = None
        self.asked = 0

    def judge(self, states: Float32Array, rules: IntArray) -> Judgement:
        """Judge every state alike, or fail."""
        self.asked += 1
        if self.error is not None:
            raise self.error
        values = np.tile(self.values, (len(states), 1))
        here = np.arange(len(states))
        bounds = values - values[here, rules][:, None] - 0.01
        if self._only_against is not None:
            bounds[rules != self._only_against] = -1.0
        bounds[here, rules] = 0.0
        return Judgement(values=values, bounds=bounds, evidence=self.evidence)

    def learn(self, experience: Experience, *, rng: np.random.Generator) -> None:
        """Stay as the test wants it."""
        del experience, rng

    def dump(self) -> bytes:
        """Return the values."""
        return self.values.tobytes()
