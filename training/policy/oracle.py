"""The best that is to be had in one world by somebody who sees what a learner sees.

The oracle knows the world and not the student: it sees the state vector of the box, and it has
learned from tens of thousands of decisions collected in that very world, each with the *true* gain
of what was done (against the same student's twin), which no box can have. From those it fits the
gain of each action, and by fitted Q iteration (Ernst et al. 2005) the value of waiting. A dozen
candidates, gains at different prices of an interruption and the iterated values, are played on
lessons of their own, and the best of them is the oracle. Everything here is simulated.
"""

from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np

from appliance.domain.arrays import BoolArray, Float32Array, Float64Array, IntArray
from appliance.domain.choices import POLICY_ACTIONS, POLICY_STEP_S, PolicyAction
from appliance.intervention.policy.state import ACCEPTANCE, FUSED_SIZE, TASK_SIZE
from training.policy.collect import SimulatedExperience, collect_lessons
from training.policy.fast.worlds import World
from training.policy.play import Policy, play
from training.policy.rivals import ByRules

PRICES = (0.0, 0.03, 0.06, 0.1, 0.15, 0.2)
"""What an interruption is held to cost, unit of reward, of the candidates without foresight."""

DISCOUNTS = (0.98, 0.99)
"""Gamma of a step, of the candidates with foresight."""

ITERATIONS = 40
RIDGE = 1.0  # in decisions; the gains have little noise
LESSONS = 1200
CANDIDATE_STUDENTS = 200
EXPLORES = 0.1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LinearValues:
    """A value of each action that is linear in products of what the state holds."""

    weights: Float64Array
    """(5, D)."""

    price: float = 0.0
    """Taken off everything but nothing."""

    def values(self, states: Float32Array) -> Float64Array:
        """Return (B, 5)."""
        result = product_features(states) @ self.weights.T
        result[:, 1:] -= self.price
        return np.asarray(result)

    def act(self, states: Float32Array, allowed: BoolArray, rules: IntArray) -> IntArray:
        """Return the allowed action of the largest value; a rule's rest, which may lock, stays."""
        best = np.where(allowed, self.values(states), -np.inf).argmax(axis=1)
        return np.asarray(best)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Oracle:
    """What is known of a world after looking at it for long."""

    policy: Policy
    """The best candidate."""

    name: str
    """Which it is."""

    gains: LinearValues
    """(5,) true gain of each action, as fitted."""

    sample: SimulatedExperience
    """What it learned from."""

    candidates: dict[str, float]
    """Mean return of each candidate on the lessons that chose, a lesson."""


def product_features(states: Float32Array) -> Float64Array:
    """Return (B, D): one, e_task, and what else is not h_fused with all products of two."""
    rest = states[:, FUSED_SIZE:].astype(np.float64)
    task, rest = rest[:, :TASK_SIZE], rest[:, ACCEPTANCE.start - FUSED_SIZE :]
    first, second = _PAIRS
    return np.concatenate(
        [np.ones((len(rest), 1)), task, rest, rest[:, first] * rest[:, second]], axis=1
    )


def consult(world: World, *, seed: int, lessons: int = LESSONS) -> Oracle:
    """Return the oracle of a world; ``seed`` decides its students and all that is drawn."""
    sample = collect_lessons(world, students=lessons, seed=seed, p_act=EXPLORES)
    features = product_features(sample.experience.states)
    gains = _fit_gains(sample, features)
    candidates: dict[str, Policy] = {"rules": ByRules()}
    for price in PRICES:
        candidates[f"gain above {price:g}"] = LinearValues(weights=gains, price=price)
    for discount in DISCOUNTS:
        weights = iterate_values(sample, features, gains, discount=discount)
        candidates[f"values, gamma {discount:g}"] = LinearValues(weights=weights)
    played = play(
        world, list(candidates.values()), students=CANDIDATE_STUDENTS, seed=seed + 500_000_003
    )
    means = dict(zip(candidates, played.returns.mean(axis=1).tolist(), strict=True))
    best = max(means, key=means.__getitem__)
    return Oracle(
        policy=candidates[best],
        name=best,
        gains=LinearValues(weights=gains),
        sample=sample,
        candidates=means,
    )


def _fit_gains(sample: SimulatedExperience, features: Float64Array) -> Float64Array:
    """Return (5, D) weights of the true gains; those of nothing are 0."""
    actions = sample.experience.actions
    weights = np.zeros((len(POLICY_ACTIONS), features.shape[1]))
    for action in POLICY_ACTIONS[1:]:
        rows = actions == action
        x = features[rows]
        weights[action] = np.linalg.solve(x.T @ x + _penalty(x), x.T @ sample.gains[rows])
    return weights


def iterate_values(
    sample: SimulatedExperience, features: Float64Array, gains: Float64Array, *, discount: float
) -> Float64Array:
    """Return (5, D) weights of Q: gain now, and the best of the next decision, discounted.

    Args:
        sample: N decisions.
        features: (N, D) of them.
        gains: (5, D) weights of the gains: they stand for what was drawn.
        discount: Gamma of a step.
    """
    past = sample.experience
    follows = np.append(past.stays[1:] == past.stays[:-1], False)  # noqa: FBT003 - NumPy's value
    steps = np.append(np.diff(past.at_s) / POLICY_STEP_S, 0)
    worth = np.where(follows, discount ** np.where(follows, steps, 0), 0.0)
    reward = (features * gains[past.actions]).sum(axis=1)
    solvers = {}
    for action in POLICY_ACTIONS:
        rows = np.flatnonzero(past.actions == action)
        x = features[rows]
        solvers[action] = rows, np.linalg.solve(x.T @ x + _penalty(x), x.T)
    weights = np.zeros_like(gains)
    following = np.append(np.arange(1, len(past)), 0)
    for _ in range(ITERATIONS):
        best = np.where(past.allowed, features @ weights.T, -np.inf).max(axis=1)
        target = reward + worth * best[following]
        weights = np.stack(
            [solve @ target[rows] for rows, solve in (solvers[one] for one in POLICY_ACTIONS)]
        )
    return weights


def _penalty(features: Float64Array) -> Float64Array:
    penalty = RIDGE * np.eye(features.shape[1])
    penalty[0, 0] = 1e-6
    return penalty


_REST = 11
_PAIRS = tuple(np.array(list(combinations_with_replacement(range(_REST), 2))).T)
_ = PolicyAction
