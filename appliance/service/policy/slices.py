"""Learners that learn a little at a time, and one that cannot."""

from typing import Protocol

import numpy as np

from appliance.domain.arrays import Float32Array, IntArray
from appliance.domain.policy.experience import Experience
from appliance.intervention.policy.learner import Judgement, Learner


class SlicedLearner(Learner, Protocol):
    """A learner that learns in slices; ``judge`` stays as it is until the last one."""

    def begin(self, experience: Experience, *, rng: np.random.Generator) -> None:
        """Begin to learn anew from the warm start."""
        ...

    def advance(self, updates: int) -> int:
        """Learn a slice; return how much is left."""
        ...


class OneGo:
    """Lets a learner that learns as a whole pass for one that learns in slices: in a single one.

    For the bandit: half a second for 6000 decisions, of which other threads wait 40 ms at most.
    """

    def __init__(self, learner: Learner) -> None:
        """Wrap it."""
        self._learner = learner
        self._coming: tuple[Experience, np.random.Generator] | None = None

    @property
    def version(self) -> str:
        """That of the learner."""
        return self._learner.version

    def judge(self, states: Float32Array, rules: IntArray) -> Judgement:
        """Judge as the learner does."""
        return self._learner.judge(states, rules)

    def learn(self, experience: Experience, *, rng: np.random.Generator) -> None:
        """Learn as the learner does."""
        self._learner.learn(experience, rng=rng)

    def dump(self) -> bytes:
        """Return what the learner returns."""
        return self._learner.dump()

    def begin(self, experience: Experience, *, rng: np.random.Generator) -> None:
        """Keep what is to be learned."""
        self._coming = experience, rng

    def advance(self, updates: int) -> int:
        """Learn all of it; nothing is left."""
        del updates
        if self._coming is not None:
            (experience, rng), self._coming = self._coming, None
            self._learner.learn(experience, rng=rng)
        return 0
