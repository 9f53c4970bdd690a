"""Policies made of a learner and the box's gate."""

from appliance.domain.arrays import BoolArray, Float32Array, IntArray
from appliance.intervention.policy.gate import Gate
from appliance.intervention.policy.learner import Learner


class Gated:
    """As on the box: the rule's action unless the learner is sure of another."""

    def __init__(self, learner: Learner, gate: Gate) -> None:
        """Let through what ``gate`` does of what ``learner`` holds."""
        self._learner, self._gate = learner, gate

    def act(self, states: Float32Array, allowed: BoolArray, rules: IntArray) -> IntArray:
        """Return (B,) what is done."""
        judgement = self._learner.judge(states, rules)
        return self._gate.decide_all(judgement, allowed, rules).actions
