"""What a learner learns from: choices with what came of them, and the terms of equation 12."""

from dataclasses import dataclass

import numpy as np

from appliance.domain.arrays import BoolArray, Float32Array, Float64Array, IntArray
from appliance.domain.policy.choices import POLICY_ACTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardWeights:
    """w_1 to w_5 of equation 12 (docs/DESIGN.md, 6)."""

    fatigue: float = 1.0
    boredom: float = 1.0
    complete: float = 0.5
    reject: float = 0.5
    intrude: float = 0.15


WEIGHTS = RewardWeights()


def sum_terms(
    *,
    fatigue_drop: float,
    boredom_drop: float,
    complete: bool,
    reject: bool,
    intrude: bool,
    weights: RewardWeights = WEIGHTS,
) -> float:
    """Return r_k of equation 12."""
    return (
        weights.fatigue * fatigue_drop
        + weights.boredom * boredom_drop
        + weights.complete * complete
        - weights.reject * reject
        - weights.intrude * intrude
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Experience:
    """N choices with what came of them, in the order of time within each stay.

    The same arrays come from a box's database, from files of other boxes and from a simulation.
    """

    states: Float32Array
    """(N, ``STATE_SIZE``)."""

    allowed: BoolArray
    """(N, 5)."""

    rules: IntArray
    """(N,) the rule's action, one of A."""

    actions: IntArray
    """(N,) what was done."""

    propensities: Float64Array
    """(N,) with which probability."""

    rewards: Float64Array
    """(N,) equation 12; NaN when missing."""

    at_s: Float64Array
    """(N,) seconds; only differences within a stay mean something."""

    stays: IntArray
    """(N,) which stay of which student; the choices of one are adjacent."""

    def __len__(self) -> int:
        """Return N."""
        return len(self.actions)

    @property
    def drawn(self) -> BoolArray:
        """Return (N,) which were drawn by lot, as ``Choice.drawn`` says."""
        return np.asarray(self.propensities < 1)

    def count_outcomes(self) -> IntArray:
        """Return (5,) how many outcomes of each action are known."""
        known = ~np.isnan(self.rewards)
        return np.bincount(self.actions[known], minlength=len(POLICY_ACTIONS))
