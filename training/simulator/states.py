"""Semi-Markov chain over the four states: shares, dwells and jumps that fit each other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.domain.affect import AFFECTS
from appliance.domain.arrays import Float64Array
from appliance.domain.tokens import TOKEN_S
from training.simulator.parameters import (
    DWELL_SHAPE,
    FATIGUE_ODDS,
    FOCUSED_DWELL_S,
    JUMPS,
    MIN_DWELL_S,
    SHARES,
)

FATIGUED = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChainSpec:
    """A semi-Markov chain: where it jumps and how long it stays."""

    jumps: Float64Array
    """(4, 4) probability of the next state, row = from; diagonal 0."""

    dwell_s: Float64Array
    """(4,) mean dwell, seconds."""

    @property
    def shares(self) -> Float64Array:
        """(4,) long-run share of time in each state."""
        weight = visits(self.jumps) * self.dwell_s
        return np.asarray(weight / weight.sum())


def visits(jumps: Float64Array) -> Float64Array:
    """Return the (4,) stationary distribution of the embedded chain, pi P = pi."""
    size = len(jumps)
    system = np.vstack([jumps.T - np.eye(size), np.ones(size)])
    solved = np.linalg.lstsq(system, np.append(np.zeros(size), 1.0), rcond=None)[0]
    # Where nobody ever jumps to, some processors leave a hair less than nothing.
    return np.asarray(np.maximum(solved, 0.0))


def solve_chain(scenario: str, *, persistence: float = 1.0) -> ChainSpec:
    """Return the chain whose shares are the scenario's, with the given jumps.

    Share i is proportional to visits_i x dwell_i, so with the jumps given the dwells follow up to
    one factor, which the mean dwell of focused fixes. For the paper's 45/25/20/10 this gives
    260, 208, 370 and 117 s: inside the ranges of docs/DESIGN.md, 9, up to the rounding of the
    ranges.

    Args:
        scenario: Key of ``parameters.SHARES``.
        persistence: Factor on all dwells.
    """
    jumps = np.array(JUMPS)
    shares = np.array(SHARES[scenario])
    dwell = shares / visits(jumps)
    if scenario == "daisee":
        # 93 % engaged by short episodes would need dwells of seconds: focused lasts longer.
        return ChainSpec(jumps=jumps, dwell_s=dwell / dwell[1] * 60.0 * persistence)
    return ChainSpec(jumps=jumps, dwell_s=dwell / dwell[0] * FOCUSED_DWELL_S * persistence)


def draw_states(
    rng: np.random.Generator,
    chain: ChainSpec,
    *,
    tokens: int,
    fatigue: Float64Array | None = None,
) -> NDArray[np.int8]:
    """Draw one student's states, one per token, from a stationary start.

    Args:
        rng: Source of randomness.
        chain: Where to jump and how long to stay.
        tokens: Length.
        fatigue: (tokens,) level in [0, 1] that raises the odds of jumping to fatigued; None
            draws the chain as specified.
    """
    states = np.empty(tokens, dtype=np.int8)
    state = int(rng.choice(len(AFFECTS), p=chain.shares))
    # The first dwell is cut at a random place: an observer does not arrive at a change.
    dwell = _draw_dwell(rng, chain.dwell_s[state]) * rng.uniform()
    at = 0
    while at < tokens:
        until = min(tokens, at + max(1, round(dwell / TOKEN_S)))
        states[at:until] = state
        at = until
        weights = chain.jumps[state].copy()
        if fatigue is not None and at < tokens:
            low, high = FATIGUE_ODDS
            weights[FATIGUED] *= low + (high - low) * fatigue[at]
        state = int(rng.choice(len(AFFECTS), p=weights / weights.sum()))
        dwell = _draw_dwell(rng, chain.dwell_s[state])
    return states


def _draw_dwell(rng: np.random.Generator, mean_s: float) -> float:
    """Draw a dwell with the given mean, never shorter than ``MIN_DWELL_S``."""
    shortest = min(MIN_DWELL_S, mean_s / 2)
    rest = mean_s - shortest
    return float(shortest + rng.gamma(DWELL_SHAPE, rest / DWELL_SHAPE))
