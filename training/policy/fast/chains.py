"""The simulator's chain of states for many students at once, in continuous time."""

from dataclasses import dataclass, field

import numpy as np

from appliance.domain.affect import AFFECTS
from appliance.domain.arrays import Float64Array, IntArray
from appliance.domain.policy.choices import POLICY_STEP_S
from training.policy.fast.worlds import StudentType, World
from training.policy.slow.chain import EFFECT_S, FOCUSED
from training.simulator import parameters as p
from training.simulator.states import FATIGUED, ChainSpec, solve_chain

STATES = len(AFFECTS)
BORED = 3

_GRID = np.linspace(0, 40, 8001)


def _gamma_distribution() -> Float64Array:
    """Return P(G <= x) on the grid for the standard gamma distribution of dwells."""
    middle = (_GRID[1:] + _GRID[:-1]) / 2
    mass = middle ** (p.DWELL_SHAPE - 1) * np.exp(-middle)
    total = np.concatenate([[0.0], np.cumsum(mass)])
    return np.asarray(total / total[-1])


_BELOW = _gamma_distribution()
_STRATA = np.interp((np.arange(64) + 0.5) / 64, _BELOW, _GRID)
"""Midpoints of 64 equally likely parts of that distribution."""
_WITHIN = np.linspace(0, EFFECT_S, 13)
"""Times after an action at which its effect may show."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChainTraits:
    """How the states of M students follow each other."""

    jumps: Float64Array = field(repr=False)
    """(M, 4, 4) weight of the next state without slow fatigue, row = from."""
    dwell_s: Float64Array = field(repr=False)
    """(M, 4) mean dwell."""
    shares: Float64Array = field(repr=False)
    """(M, 4) share of each state at the start."""
    fatigue: Float64Array = field(repr=False)
    """(M,) slow fatigue at the start, [0, 1]."""
    rise: Float64Array = field(repr=False)
    """(M,) its rise in a second."""


def draw_chain_traits(rng: np.random.Generator, world: World, types: IntArray) -> ChainTraits:
    """Draw M students' chains, as the slow environment does for a scenario left open."""
    students = len(types)
    names, factors = list(p.SHARES), list(p.PERSISTENCE)
    specs: list[ChainSpec] = []
    for name in names:
        for one in StudentType:
            chain = solve_chain(name)
            jumps = chain.jumps.copy()
            jumps[:, FATIGUED] *= world.type_fatigued[one]
            jumps[:, BORED] *= world.type_bored[one]
            jumps /= jumps.sum(axis=1, keepdims=True)
            specs.append(ChainSpec(jumps=jumps, dwell_s=chain.dwell_s))
    scenario = rng.choice(len(names), size=students, p=world.scenarios)
    factor = np.array(factors)[rng.choice(len(factors), size=students, p=world.persistences)]
    which = scenario * len(StudentType) + types
    return ChainTraits(
        jumps=np.array([spec.jumps for spec in specs])[which],
        dwell_s=np.array([spec.dwell_s for spec in specs])[which] * factor[:, None],
        shares=np.array([spec.shares for spec in specs])[which],
        fatigue=rng.uniform(*p.FATIGUE_START, students),
        rise=rng.uniform(*p.FATIGUE_RISE_PER_HOUR, students) / 3600,
    )


class Chains:
    """N lives of M students: copies, and twins to whom something was not done.

    The arrays have room for more lives than there are; the first ``count`` are in use.
    """

    def __init__(
        self, traits: ChainTraits, *, student: IntArray, room: int, start: Float64Array
    ) -> None:
        """Begin with a stationary start.

        Args:
            traits: Of M students.
            student: (N,) which student each life is.
            room: How many lives there may be.
            start: (4, M) numbers in [0, 1): state, dwell, what is left of it, next state.
        """
        self._traits = traits
        self.count = len(student)
        self.student = np.zeros(room, dtype=np.int64)
        self.student[: self.count] = student
        self.state = np.zeros(room, dtype=np.int64)
        self.before = np.zeros(room, dtype=np.int64)
        self.share_before = np.zeros(room)
        self._coming = np.zeros(room, dtype=np.int64)
        self._left = np.zeros(room)
        self.age_s = np.zeros(room)
        """(N,) how long the present state has lasted."""
        self._cut = np.ones(room, dtype=np.bool_)
        self._influenced_until = np.zeros(room)
        self.arrays = (
            *(self.student, self.state, self.before, self.share_before, self._coming),
            *(self._left, self.age_s, self._cut, self._influenced_until),
        )
        lives = np.arange(self.count)
        drawn = start[:, student]
        self.state[lives] = _pick(traits.shares[student], drawn[0])
        self._begin(lives, dwell=drawn[1], coming=drawn[3], at_s=0.0)
        self._left[lives] *= drawn[2]
        self._cut[lives] = True
        self.before[:] = self.state

    def step(self, drawn: Float64Array, *, at_s: float) -> None:
        """Let 10 s pass.

        Args:
            drawn: (2, M) numbers in [0, 1) that decide the jumps of this step.
            at_s: Time at its start.
        """
        count = self.count
        self.before[:count] = self.state[:count]
        self.share_before[:count] = 1.0
        self.age_s[:count] += POLICY_STEP_S
        left = self._left[:count]
        left -= POLICY_STEP_S
        ended = np.flatnonzero(left <= 0)
        if len(ended) == 0:
            return
        after = np.minimum(-left[ended], POLICY_STEP_S)
        self.share_before[ended] = 1 - after / POLICY_STEP_S
        self.state[ended] = self._coming[ended]
        students = self.student[ended]
        self._begin(
            ended, dwell=drawn[0, students], coming=drawn[1, students], at_s=at_s + POLICY_STEP_S
        )
        self._left[ended] -= after
        self.age_s[ended] = after

    def influence(
        self, lives: IntArray, odds_ratio: Float64Array, drawn: Float64Array, *, at_s: float
    ) -> None:
        """Multiply the odds of leaving for focused within the next two minutes.

        As ``slow.chain.InfluencedChain.influence``, for odds below 1 as well: then a future with
        success becomes one without, with the probability that gives the wanted odds.

        Args:
            lives: (K,) whom an action that matches the state was shown.
            odds_ratio: (K,).
            drawn: (2, K) numbers in [0, 1).
            at_s: Time.
        """
        may = (self.age_s[lives] >= self._influenced_until[lives]) & (self.state[lives] != FOCUSED)
        lives, odds_ratio, drawn = lives[may], odds_ratio[may], drawn[:, may]
        if len(lives) == 0:
            return
        age, state, students = self.age_s[lives], self.state[lives], self.student[lives]
        survival = self._survival(lives, age[:, None] + _WITHIN)  # (K, 13)
        now, then = survival[:, 0], survival[:, -1]
        weights = self._weights(students, state, at_s=np.full(len(lives), at_s))
        leaving = 1 - then / np.maximum(now, 1e-9)
        success = leaving * weights[:, FOCUSED] / weights.sum(axis=1)
        wanted = odds_ratio * success / (1 + (odds_ratio - 1) * success)
        self._influenced_until[lives] = age + EFFECT_S
        succeeds = (self._left[lives] <= EFFECT_S) & (self._coming[lives] == FOCUSED)
        # Of the futures without success, this share becomes one with it, and the other way round.
        helped = ~succeeds & (drawn[0] < (wanted - success) / np.maximum(1 - success, 1e-9))
        harmed = succeeds & (drawn[0] < (success - wanted) / np.maximum(success, 1e-9))
        level = then + (now - then) * drawn[1]
        when = _fall_below(survival, level)
        self._left[lives[helped]] = np.maximum(when[helped], 0.2)
        self._coming[lives[helped]] = FOCUSED
        self._left[lives[harmed]] += EFFECT_S

    def copy(self, lives: IntArray) -> None:
        """Add a life beside each of these, equal to it so far."""
        end = self.count + len(lives)
        for array in self.arrays:
            array[self.count : end] = array[lives]
        self.count = end

    def drop(self, first: int, count: int) -> None:
        """Take lives out again; those after them move up."""
        for array in self.arrays:
            array[first : self.count - count] = array[first + count : self.count].copy()
        self.count -= count

    def _begin(
        self, lives: IntArray, *, dwell: Float64Array, coming: Float64Array, at_s: float
    ) -> None:
        traits, students, states = self._traits, self.student[lives], self.state[lives]
        mean = traits.dwell_s[students, states]
        shortest = np.minimum(p.MIN_DWELL_S, mean / 2)
        drawn = np.interp(dwell, _BELOW, _GRID) * (mean - shortest) / p.DWELL_SHAPE
        self._left[lives] = shortest + drawn
        self.age_s[lives] = 0
        self._influenced_until[lives] = 0
        self._cut[lives] = False
        weights = self._weights(students, states, at_s=at_s + self._left[lives])
        self._coming[lives] = _pick(weights, coming)

    def _weights(self, students: IntArray, states: IntArray, *, at_s: Float64Array) -> Float64Array:
        """Return the (K, 4) weights of the next state when leaving at a time."""
        traits = self._traits
        fatigue = np.minimum(traits.fatigue[students] + traits.rise[students] * at_s, 1)
        weights = traits.jumps[students, states]
        low, high = p.FATIGUE_ODDS
        weights[:, FATIGUED] *= low + (high - low) * fatigue
        return np.asarray(weights)

    def _survival(self, lives: IntArray, ages: Float64Array) -> Float64Array:
        """Return the (K, G) probability that the present dwell lasts longer than ``ages``."""
        mean = self._traits.dwell_s[self.student[lives], self.state[lives]][:, None]
        shortest = np.minimum(p.MIN_DWELL_S, mean / 2)
        scale = (mean - shortest) / p.DWELL_SHAPE
        whole = 1 - np.interp((ages - shortest) / scale, _GRID, _BELOW)
        cut = self._cut[lives]
        if cut.any():
            # P(D U > x) = E max(0, 1 - x / D).
            dwells = (shortest + scale * _STRATA)[cut]  # (K', 64)
            aside = np.maximum(1 - ages[cut][:, :, None] / dwells[:, None, :], 0)
            whole[cut] = aside.mean(axis=2)
        return np.asarray(whole)


def _pick(weights: Float64Array, drawn: Float64Array) -> IntArray:
    """Return one column of each row, with a probability in proportion to its weight."""
    sums = np.cumsum(weights, axis=1)
    chosen = (drawn[:, None] * sums[:, -1:] >= sums).sum(axis=1)
    return np.asarray(np.minimum(chosen, weights.shape[1] - 1))


def _fall_below(survival: Float64Array, level: Float64Array) -> Float64Array:
    """Return when (K, G) falling curves over ``_WITHIN`` reach (K,) levels between their ends."""
    rows = np.arange(len(level))
    after = np.clip((survival > level[:, None]).sum(axis=1), 1, len(_WITHIN) - 1)
    high, low = survival[rows, after - 1], survival[rows, after]
    share = np.clip((high - level) / np.maximum(high - low, 1e-12), 0, 1)
    return np.asarray(_WITHIN[after - 1] + share * (_WITHIN[1] - _WITHIN[0]))
