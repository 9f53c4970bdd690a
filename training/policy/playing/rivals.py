"""What a learned policy is compared with."""

from dataclasses import dataclass

import numpy as np

from appliance.domain.arrays import Float32Array, Float64Array, IntArray
from appliance.domain.policy.choices import POLICY_ACTIONS, PolicyAction
from appliance.domain.policy.experience import Experience
from appliance.intervention.policy.learner import Learner
from appliance.intervention.policy.state import FUSED_SIZE
from training.policy.collect import P_ACT, randomise
from training.policy.playing.situations import Situations


class Never:
    """Nothing is ever done; to be played without rules."""

    def act(self, at: Situations) -> IntArray:
        """Return nothing."""
        return np.full_like(at.rules, PolicyAction.NOTHING)


class ByRules:
    """The rule's action."""

    def act(self, at: Situations) -> IntArray:
        """Return the rule's action."""
        return at.rules


class AtRandom:
    """Any of what is allowed, nothing among it."""

    def __init__(self, rng: np.random.Generator) -> None:
        """Draw from ``rng``."""
        self._rng = rng

    def act(self, at: Situations) -> IntArray:
        """Return a draw."""
        drawn = self._rng.uniform(size=at.allowed.shape)
        return np.asarray(np.where(at.allowed, drawn, -1.0).argmax(axis=1))


class Exploring:
    """The rules with micro-randomised actions: what it costs to find out."""

    def __init__(self, rng: np.random.Generator, *, p_act: float = P_ACT) -> None:
        """Draw from ``rng``."""
        self._rng, self._p_act = rng, p_act

    def act(self, at: Situations) -> IntArray:
        """Return a draw."""
        return randomise(at.allowed, at.rules, rng=self._rng, p_act=self._p_act)[0]


class Greedy:
    """What a learner holds to be best, however sure it is."""

    def __init__(self, learner: Learner) -> None:
        """Ask ``learner``."""
        self._learner = learner

    def act(self, at: Situations) -> IntArray:
        """Return the allowed action of the largest value."""
        values = self._learner.judge(at.states, at.rules).values
        return np.asarray(np.where(at.allowed, values, -np.inf).argmax(axis=1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LinearThompson:
    """Linear Thompson sampling (Agrawal and Goyal 2013) with the rewards of a past.

    The reward of each action above doing nothing is linear in the state; at each decision one
    reward of each action is drawn from its posterior and the largest wins. Nothing has 0.
    """

    means: Float64Array
    """(4, D) posterior means of the weights."""

    roots: Float64Array
    """(4, D, D) factors of the posterior covariances."""

    rng: np.random.Generator
    """Draws."""

    @classmethod
    def learn(
        cls,
        experience: Experience,
        above: Float64Array,
        *,
        rng: np.random.Generator,
        prior: float = 10.0,
    ) -> "LinearThompson":
        """Learn from (N,) rewards above doing nothing; NaN is left out.

        Args:
            experience: N decisions.
            above: (N,) equation 12 less what doing nothing is expected to bring.
            rng: Draws at decisions.
            prior: Precision of the weights over that of a reward.
        """
        features = _features(experience.states)
        means, roots = [], []
        for action in POLICY_ACTIONS[1:]:
            rows = (experience.actions == action) & np.isfinite(above)
            x, y = features[rows], above[rows]
            precision = x.T @ x + prior * np.eye(x.shape[1])
            mean = np.linalg.solve(precision, x.T @ y)
            noise = float(np.mean((y - x @ mean) ** 2)) if len(y) else 0.25
            means.append(mean)
            roots.append(np.linalg.cholesky(noise * np.linalg.inv(precision)))
        return cls(means=np.stack(means), roots=np.stack(roots), rng=rng)

    def act(self, at: Situations) -> IntArray:
        """Return the allowed action whose drawn reward is largest."""
        features = _features(at.states)
        spread = np.linalg.norm(np.einsum("bd,ade->abe", features, self.roots), axis=2)
        drawn = np.zeros(at.allowed.shape)
        drawn[:, 1:] = features @ self.means.T
        drawn[:, 1:] += spread.T * self.rng.standard_normal(spread.T.shape)
        return np.asarray(np.where(at.allowed, drawn, -np.inf).argmax(axis=1))


def _features(states: Float32Array) -> Float64Array:
    """Return (B, D): one, and the state without the fused part."""
    rest = states[:, FUSED_SIZE:].astype(np.float64)
    return np.concatenate([np.ones((len(rest), 1)), rest], axis=1)
