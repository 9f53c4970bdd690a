"""Policies made of a learner and the box's gate."""

from appliance.domain.arrays import IntArray
from appliance.intervention.policy.gate import Gate
from appliance.intervention.policy.learner import Learner
from training.policy.playing.situations import Situations


class Gated:
    """As on the box: the rule's action unless the learner is sure of another."""

    def __init__(self, learner: Learner, gate: Gate) -> None:
        """Let through what ``gate`` does of what ``learner`` holds."""
        self._learner, self._gate = learner, gate

    def act(self, at: Situations) -> IntArray:
        """Return (B,) what is done."""
        judgement = self._learner.judge(at.states, at.rules)
        return self._gate.decide_all(judgement, at.allowed, at.rules).actions
