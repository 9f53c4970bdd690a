"""b(s): what Delta F + Delta B is to be expected when nothing is done.

Readings that are high fall by themselves, so a drop says nothing of an action before this is taken
off (docs/DESIGN.md, 6, honest effect). Ridge regression as a Bayesian linear model: what is known
before is a mean and a precision, and do-nothing choices of a box move it on.
"""

from dataclasses import dataclass, field
from typing import Self

import numpy as np

from appliance.domain.arrays import Float32Array, Float64Array, bind_shapes
from appliance.domain.policy.choices import POLICY_STEP_S, PolicyAction
from appliance.intervention.policy.learner import Experience
from appliance.intervention.policy.state import MEAN_P, TIMES

UNDISTURBED_S = 120.0
"""Delta F and Delta B end this long after a choice (docs/DESIGN.md, 6)."""

MOST_WEIGHT = 10.0
"""Inverse propensities are cut here: a few rows with huge weights would be all that counts."""

OVERLAP = POLICY_STEP_S / UNDISTURBED_S
"""What one row is worth: those of neighbouring steps see nearly the same two minutes."""

RIDGE = 1.0
"""Rows that say 0 for each coefficient, where nothing is known before (guess)."""

_INPUTS = (MEAN_P.stop - MEAN_P.start) + (TIMES.stop - TIMES.start)
_ROWS, _COLUMNS = np.triu_indices(_INPUTS)
FEATURES = 1 + _INPUTS + len(_ROWS)


def describe(states: Float32Array) -> Float64Array:
    """Return (N, 36): one, mean p and the three times, and their products."""
    inputs = np.concatenate([states[:, MEAN_P], states[:, TIMES]], axis=1).astype(np.float64)
    ones = np.ones((len(states), 1))
    return np.concatenate([ones, inputs, inputs[:, _ROWS] * inputs[:, _COLUMNS]], axis=1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Baseline:
    """A linear b(s) and how sure it is."""

    mean: Float64Array = field(default_factory=lambda: np.zeros(FEATURES))
    """(36,) coefficients, unit of reward."""

    precision: Float64Array = field(default_factory=lambda: RIDGE * np.eye(FEATURES))
    """(36, 36) in undisturbed rows: X^T X of what it has seen."""

    def __post_init__(self) -> None:
        """Reject what is no baseline of this state."""
        size = str(FEATURES)
        bind_shapes(
            "Baseline",
            {"mean": (self.mean, size), "precision": (self.precision, f"{size} {size}")},
        )

    def predict(self, states: Float32Array) -> Float64Array:
        """Return (N,) b of (N, 155) states."""
        return np.asarray(describe(states) @ self.mean)

    def fit(self, experience: Experience) -> Self:
        """Return what is held after do-nothing choices, on top of what was held before."""
        return self.fit_members(experience, np.ones((len(experience), 1)))[0]

    def fit_members(
        self, experience: Experience, weights: Float64Array | Float32Array
    ) -> list[Self]:
        """Return K baselines, for which the choices count by (N, K) ``weights``."""
        counts = undisturbed(experience)
        rows = np.flatnonzero(counts)
        if not len(rows):
            return [self] * weights.shape[1]
        inputs = describe(experience.states[rows])
        result = []
        for member in (weights[rows] * counts[rows, None]).T:
            weighted = inputs.T * member
            precision = self.precision + weighted @ inputs
            moments = self.precision @ self.mean + weighted @ experience.rewards[rows]
            mean = np.linalg.solve(precision, moments)
            result.append(type(self)(mean=mean, precision=precision))
        return result

    def worth(self, rows: float) -> Self:
        """Return the same coefficients, held as if they came from that many undisturbed rows.

        The first feature is one, so its precision counts the rows. Simulated rows are many, and
        what a school is like must be able to outweigh them.
        """
        scale = rows / self.precision[0, 0]
        return type(self)(mean=self.mean, precision=self.precision * scale)


def undisturbed(experience: Experience) -> Float64Array:
    """Return (N,) how much each choice says of what happens when nothing is done.

    0 where something was done, or was done within the next 120 s, or the reward is missing. Who is
    left alone for 120 s is not who is acted upon, so rows count by the inverse of the
    probability of having been left alone (Horvitz and Thompson 1952).
    """
    count = len(experience)
    if not count:
        return np.zeros(0)
    stay = np.cumsum(np.r_[False, experience.stays[1:] != experience.stays[:-1]])
    longest = float(np.ptp(experience.at_s)) + 2 * UNDISTURBED_S
    clock = experience.at_s - experience.at_s.min() + stay * longest
    ends = np.searchsorted(clock, clock + UNDISTURBED_S)
    acted = np.r_[0, np.cumsum(experience.actions != PolicyAction.NOTHING)]
    unlikely = np.r_[0, np.cumsum(-np.log(experience.propensities))]
    here = np.arange(count)
    alone = (acted[ends] == acted[here]) & ~np.isnan(experience.rewards)
    weights = np.exp(unlikely[ends] - unlikely[here])
    return np.asarray(np.where(alone, np.minimum(weights, MOST_WEIGHT) * OVERLAP, 0.0))


def take_off(experience: Experience, baselines: list[Baseline]) -> Float64Array:
    """Return (N, K) r~: what came of each choice beyond what each baseline expects of nothing.

    Nothing itself is 0 by definition, so it is never missing; an action's is NaN when missing.
    """
    rewards = np.zeros((len(experience), len(baselines)))
    acted = experience.actions != PolicyAction.NOTHING
    states = experience.states[acted]
    expected = np.stack([baseline.predict(states) for baseline in baselines], axis=1)
    rewards[acted] = experience.rewards[acted, None] - expected
    return rewards
