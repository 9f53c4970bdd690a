"""The simulator's chain of states, one token at a time, with interventions that act on it.

docs/DESIGN.md, 9: a matched intervention has an odds ratio of about 1.9, habituation h takes its
share. Read as what a trial would measure: the odds that the student leaves the state for focused
*within the next two minutes* are multiplied by 1.9. Multiplying the odds of every single token
instead would give more than 1.9 over two minutes.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from appliance.domain.affect import AFFECTS, Affect
from appliance.domain.arrays import Float64Array
from appliance.domain.tokens import TOKEN_HZ, TOKEN_S
from training.simulator.parameters import DWELL_SHAPE, FATIGUE_ODDS, MIN_DWELL_S

# The generator is frozen by hash: its own draw, so that the two cannot drift apart.
from training.simulator.states import FATIGUED, ChainSpec, draw_dwell

FOCUSED = AFFECTS.index(Affect.FOCUSED)
ODDS_RATIO = 1.9  # docs/DESIGN.md, 9
EFFECT_S = 120.0
EFFECT_TOKENS = round(EFFECT_S * TOKEN_HZ)
HABITUATION_RISE = 0.05  # docs/DESIGN.md, 9
HABITUATION_KEEP = 0.9  # docs/DESIGN.md, 9; per what time is not said there


@dataclass(slots=True, kw_only=True)
class Habituation:
    """How used a student is to interventions: h <- min(1, h + .05) by each, x .9 otherwise."""

    level: float = 0.0
    """h, [0, 1]."""

    @property
    def odds_ratio(self) -> float:
        """The effect that is left: (1 - h) of its logarithm, so none and never harm at h = 1."""
        return float(ODDS_RATIO ** (1 - self.level))

    def rise(self) -> None:
        """Note that one was shown."""
        self.level = min(1.0, self.level + HABITUATION_RISE)

    def recover(self, *, share: float = 1.0) -> None:
        """Pass this share of the time in which x .9 happens once, without one."""
        self.level *= HABITUATION_KEEP**share


class InfluencedChain:
    """One student's states; without an influence bit for bit those of ``states.draw_states``.

    The effect has randomness of its own, so two runs of one seed share their fate up to it: with
    and without an intervention are a matched pair.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        chain: ChainSpec,
        *,
        tokens: int,
        effects: np.random.Generator,
        fatigue: Float64Array | None = None,
    ) -> None:
        """Begin with a stationary start.

        Args:
            rng: Decides everything that happens without an influence.
            chain: Where to jump and how long to stay.
            tokens: Length of the lesson.
            effects: Decides what influences do.
            fatigue: (tokens,) as in ``draw_states``.
        """
        self._rng, self._effects, self._chain = rng, effects, chain
        self._fatigue, self._last = fatigue, tokens - 1
        self._at = 0
        self._influenced_until, self._left, self._coming = 0, 0, 0
        state = int(rng.choice(len(AFFECTS), p=chain.shares))
        self._begin(state, draw_dwell(rng, chain.dwell_s[state]) * rng.uniform(), cut=True)

    @property
    def state(self) -> int:
        """State of the next token, index into ``AFFECTS``."""
        return self._state

    def step(self) -> int:
        """Return the state of the next token and move past it."""
        state = self._state
        self._at += 1
        self._age += 1
        self._left -= 1
        if self._left == 0:
            coming = self._coming
            self._begin(coming, draw_dwell(self._rng, self._chain.dwell_s[coming]), cut=False)
        return state

    def influence(self, odds_ratio: float) -> None:
        """Multiply the odds of leaving for focused within the next ``EFFECT_TOKENS`` tokens.

        The rest of the future keeps its law: given success, when; given none, everything. With
        p the probability of success at this age of the episode, a future without success becomes
        one with probability (p' - p) / (1 - p), where p' has the wanted odds. Nothing happens
        while an earlier influence on the same episode lasts: effects do not add up.

        Args:
            odds_ratio: At least 1.
        """
        if self._age < self._influenced_until or self._state == FOCUSED:
            return
        survival = surviving(float(self._chain.dwell_s[self._state]), cut=self._cut)
        last = len(survival) - 1
        now, then = survival[min(self._age, last)], survival[min(self._age + EFFECT_TOKENS, last)]
        if now <= 0:
            return
        self._influenced_until = self._age + EFFECT_TOKENS
        # The jump's weights as of now: slow fatigue moves them by a percent in two minutes.
        success = (1 - then / now) * self._weights(self._at)[FOCUSED]
        wanted = odds_ratio * success / (1 + (odds_ratio - 1) * success)
        if self._left <= EFFECT_TOKENS and self._coming == FOCUSED:
            return
        if self._effects.uniform() < (wanted - success) / (1 - success):
            level = self._effects.uniform(then, now)
            dwell = int(np.searchsorted(-survival, -level, side="left"))
            self._left = max(1, dwell - self._age)
            self._coming = FOCUSED

    def _begin(self, state: int, dwell_s: float, *, cut: bool) -> None:
        self._state, self._cut = state, cut
        self._age, self._influenced_until = 0, 0
        self._left = max(1, round(dwell_s / TOKEN_S))
        weights = self._weights(self._at + self._left)
        self._coming = int(self._rng.choice(len(AFFECTS), p=weights))

    def _weights(self, at: int) -> Float64Array:
        """Return the (4,) probabilities of the next state when leaving at a token."""
        weights = self._chain.jumps[self._state].copy()
        if self._fatigue is not None and at <= self._last:
            low, high = FATIGUE_ODDS
            weights[FATIGUED] *= low + (high - low) * self._fatigue[at]
        return np.asarray(weights / weights.sum())


@lru_cache(maxsize=64)
def surviving(mean_s: float, *, cut: bool) -> Float64Array:
    """Return the (M + 1,) probability that a dwell lasts more than 0, 1, ... M tokens.

    Args:
        mean_s: Mean dwell, seconds.
        cut: The first dwell of a lesson, of which a uniform share is left.
    """
    shortest = min(MIN_DWELL_S, mean_s / 2)
    scale = (mean_s - shortest) / DWELL_SHAPE
    # 40 scales: what is beyond has a probability of 1e-15.
    ends_s = np.arange(1, round((shortest + 40 * scale) / TOKEN_S)) * TOKEN_S
    aside = np.maximum(ends_s - shortest, 0) / scale
    mass = aside ** (DWELL_SHAPE - 1) * np.exp(-aside)
    mass /= mass.sum()
    survival = _beyond(mass)
    if cut:
        # P(D U > x) = E max(0, 1 - x / D); a dwell of n + .5 tokens is still rounded to n.
        until_s = (np.arange(len(mass) + 1) + 0.5) * TOKEN_S
        survival = survival - until_s * _beyond(mass / ends_s)
        survival = np.maximum(survival, 0)
    survival[0] = 1  # every dwell has a token
    survival.setflags(write=False)
    return survival


def _beyond(values: Float64Array) -> Float64Array:
    """Return (M + 1,) sums of the last M, M - 1, ... 0 values."""
    return np.append(np.cumsum(values[::-1])[::-1], 0.0)
