"""Made-up experience in which what each action brings is known."""

import numpy as np

from appliance.domain.arrays import BoolArray, Float32Array, Float64Array
from appliance.domain.policy.choices import POLICY_ACTIONS, POLICY_STEP_S, PolicyAction
from appliance.intervention.policy.learner import Experience
from appliance.intervention.policy.reward import INTRUDE_WITHIN_S
from appliance.intervention.policy.state import ACCEPTANCE, FUSED_SIZE, MEAN_P, STATE_SIZE, TIMES

LESSON_S = 2700.0
ACT = 0.1
"""Probability with which something is done."""

NO_EFFECT = (0.0,) * len(POLICY_ACTIONS)


def draw_states(rng: np.random.Generator, count: int) -> Float32Array:
    """Return (N, 155) states of strangers, h_fused zero."""
    states = np.zeros((count, STATE_SIZE), dtype=np.float32)
    states[:, FUSED_SIZE : ACCEPTANCE.start] = rng.normal(0, 0.25, (count, 16))
    states[:, ACCEPTANCE] = rng.uniform(0.2, 0.8, (count, 4))
    states[:, MEAN_P] = rng.dirichlet(np.ones(4), count)
    states[:, TIMES] = rng.uniform(0, 1, (count, 3))
    return states


def draw_experience(
    rng: np.random.Generator,
    decisions: int,
    *,
    effects: tuple[float, ...] = NO_EFFECT,
    slopes: tuple[float, ...] = NO_EFFECT,
    noise: float = 0.4,
    missing: float = 0.0,
) -> Experience:
    """Return lessons in which an action brings ``effects + slopes x (mean p of bored)``.

    Equation 12's mean is that and what the student's readings do by themselves, .3 times the mean
    p of fatigued; ``noise`` is its standard deviation. Everything is allowed, the rules do nothing.
    """
    at_s: list[float] = []
    stays: list[int] = []
    actions: list[int] = []
    stay, now_s = 0, 60.0
    while len(at_s) < decisions:
        acts = rng.random() < ACT
        action = int(rng.integers(1, len(POLICY_ACTIONS))) if acts else PolicyAction.NOTHING
        at_s.append(now_s)
        stays.append(stay)
        actions.append(action)
        now_s += INTRUDE_WITHIN_S if acts else POLICY_STEP_S
        if now_s >= LESSON_S:
            stay, now_s = stay + 1, 60.0
    done = np.array(actions, dtype=np.int64)
    states = draw_states(rng, decisions)
    rewards = expected_rewards(states, effects, slopes)[np.arange(decisions), done]
    rewards += by_itself(states) + rng.normal(0, noise, decisions)
    rewards[rng.random(decisions) < missing] = np.nan
    return Experience(
        states=states,
        allowed=np.ones((decisions, len(POLICY_ACTIONS)), dtype=np.bool_),
        rules=np.zeros(decisions, dtype=np.int64),
        actions=done,
        propensities=np.where(done == PolicyAction.NOTHING, 1 - ACT, ACT / 4),
        rewards=rewards,
        at_s=np.array(at_s),
        stays=np.array(stays, dtype=np.int64),
    )


def expected_rewards(
    states: Float32Array, effects: tuple[float, ...], slopes: tuple[float, ...]
) -> Float64Array:
    """Return (N, 5) r~ on average."""
    bored = states[:, MEAN_P.stop - 1].astype(np.float64)
    return np.asarray(np.array(effects) + np.array(slopes) * bored[:, None])


def by_itself(states: Float32Array) -> Float64Array:
    """Return (N,) b(s)."""
    return 0.3 * states[:, MEAN_P.start + 2].astype(np.float64)


def take(experience: Experience, rows: BoolArray | slice) -> Experience:
    """Return some of the choices."""
    return Experience(
        states=experience.states[rows],
        allowed=experience.allowed[rows],
        rules=experience.rules[rows],
        actions=experience.actions[rows],
        propensities=experience.propensities[rows],
        rewards=experience.rewards[rows],
        at_s=experience.at_s[rows],
        stays=experience.stays[rows],
    )
