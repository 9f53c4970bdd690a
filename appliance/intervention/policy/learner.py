"""What every learner is: something that judges actions, and says how sure it is."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from appliance.domain.arrays import Float32Array, Float64Array, IntArray
from appliance.domain.policy.experience import Experience

__all__ = ["Experience", "Judgement", "Learner"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judgement:
    """What a learner holds of B situations."""

    values: Float64Array
    """(B, 5) Q(s, a), unit of reward, if the best is done from then on; the ensemble's mean."""

    bounds: Float64Array
    """(B, 5) 95 % lower bound of Q(s, a) - Q(s, rule's action), if the rules go on from then on.

    0 for the rule's own. ``neural/training.py`` says why it is not the difference of ``values``.
    """

    evidence: IntArray
    """(5,) outcomes of each action in real use that the learner has learned from."""


class Learner(Protocol):
    """Held by ``tests/intervention/policy/learners/learner_contract.py``."""

    @property
    def version(self) -> str:
        """Name and digest of the weights: equal versions judge equally, bit for bit."""
        ...

    def judge(self, states: Float32Array, rules: IntArray) -> Judgement:
        """Judge all actions in (B, 155) states, against what the rules (B,) would do."""
        ...

    def learn(self, experience: Experience, *, rng: np.random.Generator) -> None:
        """Learn from all of one's experience anew, from the warm start on."""
        ...

    def dump(self) -> bytes:
        """Return all that ``judge`` depends on."""
        ...
