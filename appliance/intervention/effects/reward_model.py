"""What reward to expect of each action: the model inside a doubly robust estimate."""

from dataclasses import dataclass

import numpy as np

from appliance.domain.arrays import Float64Array, IntArray
from appliance.domain.policy.choices import POLICY_ACTIONS, PolicyAction
from appliance.domain.policy.experience import Experience
from appliance.intervention.policy.state import MEAN_P, TIMES

FOLDS = 5
RIDGE = 10.0
"""In choices: so many would have to speak for a standardised feature before it counts half."""


def predict_rewards(
    experience: Experience, weights: Float64Array, *, rewards: Float64Array | None = None
) -> Float64Array:
    """Return (N, 5) the expected reward of each action, told by the other stays only.

    A ridge regression on the mean probabilities, the times and their products, and for each
    action a level and a slope on the former. Being wrong costs width of the interval and no
    truth: the propensities are known.

    Args:
        experience: The choices; those with a missing reward are predicted and not learned from.
        weights: (N,) how much each is learned from.
        rewards: (N,) another outcome than equation 12; NaN when missing.
    """
    outcome = experience.rewards if rewards is None else rewards
    known = np.isfinite(outcome)
    _, stay = np.unique(experience.stays, return_inverse=True)
    fold = stay % min(FOLDS, int(stay.max(initial=0)) + 1)
    features = _Features.of(experience)
    design = features.design(experience.actions)
    result = np.zeros((len(experience), len(POLICY_ACTIONS)))
    for one in np.unique(fold):
        learned = known & (fold != one)
        asked = fold == one
        if not learned.any():
            continue
        taught = design[learned] * weights[learned, None]
        gram = taught.T @ design[learned] + np.diag(features.penalty)
        coefficients = np.linalg.solve(gram, taught.T @ outcome[learned])
        for action in POLICY_ACTIONS:
            rows = features.design(np.full(len(experience), action))[asked]
            result[asked, action] = rows @ coefficients
    return result


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Features:
    common: Float64Array
    """(N, P) standardised, of the state; the first is 1."""

    slopes: Float64Array
    """(N, 8) 1 and the plain ones."""

    @classmethod
    def of(cls, experience: Experience) -> "_Features":
        states = experience.states.astype(np.float64)
        plain = np.concatenate([states[:, MEAN_P], states[:, TIMES]], axis=1)
        first, second = np.triu_indices(plain.shape[1])
        products = plain[:, first] * plain[:, second]
        whole = np.concatenate([plain, products], axis=1)
        spread = whole.std(axis=0)
        whole = (whole - whole.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
        ones = np.ones((len(states), 1))
        return cls(
            common=np.concatenate([ones, whole], axis=1),
            slopes=np.concatenate([ones, whole[:, : plain.shape[1]]], axis=1),
        )

    @property
    def penalty(self) -> Float64Array:
        """Return (P + 4 * 8,) the ridge of each coefficient; none on the common level."""
        own = self.slopes.shape[1] * (len(POLICY_ACTIONS) - 1)
        penalty = np.full(self.common.shape[1] + own, RIDGE)
        penalty[0] = 1e-9
        return penalty

    def design(self, actions: IntArray) -> Float64Array:
        """Return (N, P + 4 * 8) the row of each state with an action."""
        own = [
            self.slopes * (actions == action)[:, None]
            for action in POLICY_ACTIONS
            if action is not PolicyAction.NOTHING
        ]
        return np.concatenate([self.common, *own], axis=1)
