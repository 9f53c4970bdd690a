"""The best that is to be had in one world by somebody who sees what a learner sees.

The oracle knows the world and not the student: it sees the state vector of the box, and it has
learned from more than ten thousand decisions collected in that very world, each with the *true*
gain of what was done: against the same student's twin, and with the chances of each answer in place
of what was answered, which no box can have and which has a fifth of the variance of a reward. From
those it fits the gain of each action; by fitted Q iteration (Ernst et al. 2005) what waiting is
worth; and a network that begins where the learner begins. Candidates of each kind, at different
prices of an interruption, are played on lessons of their own, and the best of them is the oracle.
Everything here is simulated.
"""

from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np

from appliance.domain.arrays import Float32Array, Float64Array, IntArray
from appliance.domain.choices import POLICY_ACTIONS, POLICY_STEP_S
from appliance.intervention.policy.neural.network import MlpEnsemble
from appliance.intervention.policy.neural.training import BEST, RULES, TrainingSettings, split
from appliance.intervention.policy.state import ACCEPTANCE, FUSED_SIZE, TASK_SIZE
from training.policy.collect import SimulatedExperience, collect_lessons
from training.policy.fast.worlds import World
from training.policy.playing.play import Policy, play
from training.policy.playing.rivals import ByRules
from training.policy.playing.situations import Situations
from training.policy.warm_start import teach_on

PRICES = (0.02, 0.05, 0.08)
"""What an interruption is held to cost, unit of reward, of the candidates without foresight."""

DISCOUNTS = (0.98, 0.99)
"""Gamma of a step, of the candidates with foresight; the last is that of the learners."""

ITERATIONS = 40
RIDGE = 1.0  # in decisions; the gains have little noise
LESSONS = 500
CANDIDATE_STUDENTS = 90
NETWORK = TrainingSettings(updates=800, batch=128)
_CHOOSING = 500_000_003  # seeds of the lessons that choose among candidates are so far away


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

    def act(self, at: Situations) -> IntArray:
        """Return the allowed action of the largest value."""
        return np.asarray(np.where(at.allowed, self.values(at.states), -np.inf).argmax(axis=1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetworkValues:
    """One network of ``DqnLearner``'s kind."""

    network: MlpEnsemble
    """One member."""

    head: int
    """Which of its two values."""

    price: float = 0.0
    """Taken off everything but nothing."""

    def act(self, at: Situations) -> IntArray:
        """Return the allowed action of the largest value."""
        values = split(self.network.forward(at.states))[self.head][0].astype(np.float64)
        values[:, 1:] -= self.price
        return np.asarray(np.where(at.allowed, values, -np.inf).argmax(axis=1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Oracle:
    """What is known of a world after looking at it for long."""

    policy: Policy
    """The best candidate."""

    name: str
    """Which it is."""

    gains: LinearValues
    """True gain of each action, as fitted."""

    foresight: LinearValues
    """Q of each action, if the best is done from then on."""

    sample: SimulatedExperience
    """What it learned from."""

    candidates: dict[str, float]
    """Mean return of each candidate on the lessons that chose, a lesson."""


def consult(world: World, *, seed: int, networks: MlpEnsemble, lessons: int = LESSONS) -> Oracle:
    """Return the oracle of a world.

    Args:
        world: Which.
        seed: Decides the oracle's students and all that is drawn.
        networks: Of the warm start; the first member is where the oracle's network begins.
        lessons: That it learns from.
    """
    sample = collect_lessons(world, students=lessons, seed=seed)
    features = product_features(sample.experience.states)
    gains = _fit_gains(sample, features)
    candidates: dict[str, Policy] = {"rules": ByRules()}
    for price in PRICES:
        candidates[f"gain above {price:g}"] = LinearValues(weights=gains, price=price)
    weights = np.zeros_like(gains)
    for discount in DISCOUNTS:
        weights = iterate_values(sample, features, gains, start=weights, discount=discount)
        candidates[f"values, gamma {discount:g}"] = LinearValues(weights=weights)
    first = MlpEnsemble(networks.sizes, networks.vector[:1].copy())
    network = teach_on(
        first,
        sample,
        np.ones((len(sample.experience), 1)),
        settings=NETWORK,
        rng=np.random.default_rng(seed),
    )
    candidates["network"] = NetworkValues(network=network, head=BEST)
    candidates["network above .03"] = NetworkValues(network=network, head=RULES, price=0.03)
    played = play(
        world, list(candidates.values()), students=CANDIDATE_STUDENTS, seed=seed + _CHOOSING
    )
    means = dict(zip(candidates, played.returns.mean(axis=1).tolist(), strict=True))
    best = max(means, key=means.__getitem__)
    return Oracle(
        policy=candidates[best],
        name=best,
        gains=LinearValues(weights=gains),
        foresight=LinearValues(weights=weights),
        sample=sample,
        candidates=means,
    )


def product_features(states: Float32Array) -> Float64Array:
    """Return (B, D): one, e_task, and what else is not h_fused with all products of two."""
    rest = states[:, FUSED_SIZE:].astype(np.float64)
    task, rest = rest[:, :TASK_SIZE], rest[:, ACCEPTANCE.start - FUSED_SIZE :]
    first, second = np.array(list(combinations_with_replacement(range(rest.shape[1]), 2))).T
    return np.concatenate(
        [np.ones((len(rest), 1)), task, rest, rest[:, first] * rest[:, second]], axis=1
    )


def iterate_values(
    sample: SimulatedExperience,
    features: Float64Array,
    gains: Float64Array,
    *,
    start: Float64Array,
    discount: float,
) -> Float64Array:
    """Return (5, D) weights of Q: gain now, and the best of the next decision, discounted.

    Args:
        sample: N decisions.
        features: (N, D) of them.
        gains: (5, D) weights of the gains: they stand for what was drawn.
        start: (5, D) weights to begin with.
        discount: Gamma of a step.
    """
    past = sample.experience
    follows = np.append(past.stays[1:] == past.stays[:-1], np.False_)
    steps = np.append(np.diff(past.at_s) / POLICY_STEP_S, 0)
    worth = np.where(follows, discount ** np.where(follows, steps, 0), 0.0)
    reward = (features * gains[past.actions]).sum(axis=1)
    solvers = []
    for action in POLICY_ACTIONS:
        rows = np.flatnonzero(past.actions == action)
        x = features[rows]
        solvers.append((rows, np.linalg.solve(x.T @ x + _penalty(x), x.T)))
    weights = start
    following = np.append(np.arange(1, len(past)), 0)
    for _ in range(ITERATIONS):
        best = np.where(past.allowed, features @ weights.T, -np.inf).max(axis=1)
        target = reward + worth * best[following]
        weights = np.stack([solve @ target[rows] for rows, solve in solvers])
    return weights


def _fit_gains(sample: SimulatedExperience, features: Float64Array) -> Float64Array:
    """Return (5, D) weights of the true gains; those of nothing are 0."""
    actions = sample.experience.actions
    weights = np.zeros((len(POLICY_ACTIONS), features.shape[1]))
    for action in POLICY_ACTIONS[1:]:
        rows = actions == action
        x = features[rows]
        weights[action] = np.linalg.solve(x.T @ x + _penalty(x), x.T @ sample.gains[rows])
    return weights


def _penalty(features: Float64Array) -> Float64Array:
    penalty = RIDGE * np.eye(features.shape[1])
    penalty[0, 0] = 1e-6
    return penalty
