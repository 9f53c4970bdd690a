"""Synthetic choices on record whose every effect is known: what estimators are tried on.

Two intensities (fatigued, bored) wander about a level of the student's own; an action lowers them
by a known amount within a minute. Rules act on high ones, half of their actions are withheld, and
now and then something is drawn where they do nothing. Everything that makes estimates hard on the
box is here and nothing else: rewards that look 120 s ahead over choices 10 s apart, students who
differ, cool-downs, missing rewards. It is no model of a classroom (that is ``fast``).
"""

from dataclasses import dataclass, fields

import numpy as np

from appliance.domain.arrays import BoolArray, Float64Array, IntArray
from appliance.domain.policy.choices import POLICY_ACTIONS, POLICY_STEP_S, PolicyAction
from appliance.domain.policy.experience import Experience
from appliance.domain.policy.trials import ChoiceTrial
from appliance.intervention.policy.masks import RELEVANT
from appliance.intervention.policy.reward import INTRUDE_WITHIN_S
from appliance.intervention.policy.state import MEAN_P, STATE_SIZE, TIMES

STEPS = 270
"""Of a lesson of 45 min."""

AHEAD = 12
"""Steps until the reward of a choice is complete."""

COOL_DOWN = round(INTRUDE_WITHIN_S / POLICY_STEP_S)
RISE = 6
"""Steps until an action's effect is there in full."""

STAY_ON = 0.93
"""Autocorrelation of an intensity from step to step."""

RULE_ABOVE = 0.6
DRAWN = 0.15
WITHHELD = 0.5
MISSING = 0.1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Effects:
    """What actions do; level and slope on the intensity that each answers to."""

    level: Float64Array
    """(5,) Delta F + Delta B at intensity 0."""

    slope: Float64Array
    """(5,) per unit of intensity."""

    answer: Float64Array
    """(5,) mean of .5 complete - .5 reject."""


HELPFUL = Effects(
    level=np.array([0.0, 0.02, -0.05, 0.04, -0.02]),
    slope=np.array([0.0, 0.15, 0.2, 0.0, 0.05]),
    answer=np.array([0.0, 0.05, 0.0, 0.1, -0.1]),
)
USELESS = Effects(level=np.zeros(5), slope=np.zeros(5), answer=np.zeros(5))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Logged:
    """Choices with the truth about them."""

    gains: Float64Array
    """(N, 5) what each action would truly gain on average, against nothing for 120 s."""

    trial: ChoiceTrial
    """With Delta F and Delta B of what was done."""

    drop_gains: Float64Array
    """(N, 5, 2) the part of ``gains`` that is in each."""

    supported: BoolArray
    """(N, 5) which could have been drawn."""

    @property
    def experience(self) -> Experience:
        """The choices, as a box would have them."""
        return self.trial.experience


def draw_logged(rng: np.random.Generator, *, stays: int, effects: Effects = HELPFUL) -> Logged:
    """Return the choices of so many stays of 45 min."""
    length = STEPS + AHEAD + 1
    levels = rng.beta(4, 6, (stays, 1, 2))
    paths = np.zeros((stays, length, 2))
    paths[:, 0] = rng.normal(0, 0.15, (stays, 2))
    noise = rng.normal(0, 0.15 * np.sqrt(1 - STAY_ON**2), paths.shape)
    for step in range(1, length):
        paths[:, step] = STAY_ON * paths[:, step - 1] + noise[:, step]
    paths += levels
    ready = np.full(stays, 6)
    rows: list[tuple[IntArray, ...]] = []
    states, allowed_rows, propensities, drop_gains, supported_rows = [], [], [], [], []
    before = np.zeros((stays, STEPS, 2))
    for step in range(6, STEPS):
        seen = paths[:, step - 3 : step].mean(axis=1)
        before[:, step] = seen
        allowed, rules = _situations(seen, free=ready <= step)
        actions, chance, supported = _draw(rng, allowed, rules)
        moves = _moves(seen, effects)
        done = moves[np.arange(stays), actions]
        # The share of the effect that is there, from the next step on: it stays for this lesson.
        rise = np.minimum(np.arange(1, length - step) / RISE, 1)
        paths[:, step + 1 :] -= done[:, None] * rise[:, None]
        acted = actions != PolicyAction.NOTHING
        # What was withheld stays so until the reward is complete: drawn anew every 10 s, it would
        # be done within half a minute nearly always, and there would be no do-nothing arm.
        withheld = ~acted & (rules != PolicyAction.NOTHING)
        deciding = np.flatnonzero(allowed[:, 1:].any(axis=1))
        ready = np.where(acted, step + COOL_DOWN, np.where(withheld, step + AHEAD, ready))
        rows.append((deciding, np.full(len(deciding), step), actions[deciding], rules[deciding]))
        states.append(_encode(seen, step)[deciding])
        allowed_rows.append(allowed[deciding])
        propensities.append(chance[deciding])
        drop_gains.append(moves[deciding])
        supported_rows.append(supported[deciding])
    who, step_of, actions, rules = (np.concatenate(each) for each in zip(*rows, strict=True))
    order = np.lexsort((step_of, who))
    who, step_of, actions, rules = (each[order] for each in (who, step_of, actions, rules))
    after = np.stack([paths[who, step_of + ahead] for ahead in range(AHEAD - 2, AHEAD + 1)])
    drops = before[who, step_of] - after.mean(axis=0)
    drop_gain = np.concatenate(drop_gains)[order]
    missing = rng.random(len(who)) < MISSING
    drops[missing] = np.nan
    answers = rng.choice([-0.5, 0.0, 0.5], len(who), p=[0.3, 0.4, 0.3]) + effects.answer[actions]
    rewards = drops.sum(axis=1) + np.where(actions != PolicyAction.NOTHING, answers, 0.0)
    experience = Experience(
        states=np.concatenate(states)[order],
        allowed=np.concatenate(allowed_rows)[order],
        rules=rules,
        actions=actions,
        propensities=np.concatenate(propensities)[order],
        rewards=rewards,
        at_s=(step_of * POLICY_STEP_S).astype(np.float64),
        stays=who,
    )
    return Logged(
        trial=ChoiceTrial(
            experience=experience,
            drops=drops,
            bases=rules,
            visits=experience.stays,
            wall_s=experience.at_s,
        ),
        gains=drop_gain.sum(axis=2) + effects.answer,
        drop_gains=drop_gain,
        supported=np.concatenate(supported_rows)[order],
    )


def first_choices(logged: Logged, count: int) -> Logged:
    """Return the stays that hold the first so many choices, whole."""
    if len(logged.experience) <= count:
        return logged
    end = int(np.searchsorted(logged.experience.stays, logged.experience.stays[count]))
    cut = slice(end)
    names = (one.name for one in fields(Experience))
    whole = logged.experience
    return Logged(
        trial=ChoiceTrial(
            experience=Experience(**{name: getattr(whole, name)[cut] for name in names}),
            drops=logged.trial.drops[cut],
            bases=logged.trial.bases[cut],
            visits=logged.trial.visits[cut],
            wall_s=logged.trial.wall_s[cut],
        ),
        gains=logged.gains[cut],
        drop_gains=logged.drop_gains[cut],
        supported=logged.supported[cut],
    )


def _situations(seen: Float64Array, *, free: BoolArray) -> tuple[BoolArray, IntArray]:
    """Return what is allowed and what the rules would do."""
    fatigued, bored = (seen >= RELEVANT).T
    allowed = np.zeros((len(seen), len(POLICY_ACTIONS)), dtype=np.bool_)
    allowed[:, PolicyAction.REST] = free & fatigued
    allowed[:, PolicyAction.CONTENT] = allowed[:, PolicyAction.DIFFICULTY] = free & bored
    allowed[:, PolicyAction.HINT] = free & (seen.sum(axis=1) < 1)
    allowed[:, PolicyAction.NOTHING] = True
    rules = np.where(free & (seen[:, 1] > RULE_ABOVE), PolicyAction.CONTENT, PolicyAction.NOTHING)
    rules = np.where(free & (seen[:, 0] > RULE_ABOVE), PolicyAction.REST, rules)
    return allowed, rules


def _draw(
    rng: np.random.Generator, allowed: BoolArray, rules: IntArray
) -> tuple[IntArray, Float64Array, BoolArray]:
    """Return actions, their propensities, and what could have been drawn."""
    chances = np.where(allowed, 1.0, 0.0)
    chances[:, PolicyAction.NOTHING] = 0
    count = chances.sum(axis=1)
    chances *= (DRAWN / np.maximum(count, 1))[:, None]
    chances[:, PolicyAction.NOTHING] = np.where(count > 0, 1 - DRAWN, 1.0)
    acting = rules != PolicyAction.NOTHING
    chances[acting] = 0
    chances[acting, rules[acting]] = 1 - WITHHELD
    chances[acting, PolicyAction.NOTHING] = WITHHELD
    drawn = rng.random((len(rules), 1))
    actions = (chances.cumsum(axis=1) < drawn).sum(axis=1).clip(0, len(POLICY_ACTIONS) - 1)
    return actions, chances[np.arange(len(rules)), actions], chances > 0


def _moves(seen: Float64Array, effects: Effects) -> Float64Array:
    """Return (M, 5, 2) how far each action lowers fatigued and bored."""
    moves = np.zeros((len(seen), len(POLICY_ACTIONS), 2))
    for action in POLICY_ACTIONS[1:]:
        on = 0 if action in {PolicyAction.REST, PolicyAction.HINT} else 1
        moves[:, action, on] = effects.level[action] + effects.slope[action] * seen[:, on]
    return moves


def _encode(seen: Float64Array, step: int) -> np.ndarray:
    states = np.zeros((len(seen), STATE_SIZE), dtype=np.float32)
    states[:, MEAN_P.start + 2 : MEAN_P.start + 4] = seen
    states[:, TIMES.start + 1] = step / STEPS
    return states
