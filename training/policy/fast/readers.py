"""How the fusion sees students: probabilities with their errors, delays and memory."""

from dataclasses import dataclass, field

import numpy as np

from appliance.domain.affect import AFFECTS
from appliance.domain.arrays import BoolArray, Float32Array, Float64Array, IntArray
from training.policy.fast.chains import Chains
from training.policy.fast.worlds import World

STATES = len(AFFECTS)
FOLLOWS = 0.4  # of the way to what a state looks like in the long run, in 10 s
NOISE_KEEP = 0.75
NOISE_SD = 0.6
PLAIN = 2.2
MIN_KNOWN = 0.4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReaderTraits:
    """How M students are seen."""

    levels: Float32Array = field(repr=False)
    """(M, 4, 4) logits of the probabilities in the long run, row = true state."""
    noise_sd: Float32Array = field(repr=False)
    """(M,) of the logits."""


def draw_reader_traits(rng: np.random.Generator, world: World, *, students: int) -> ReaderTraits:
    """Draw how plainly M students show each state, and how each is misread."""
    plain = rng.choice([1.0, 0.6, 0.25], size=students, p=[0.65, 0.25, 0.10])
    own = rng.normal(0, 0.5, (students, STATES, STATES)) + rng.normal(0, 0.4, (students, 1, STATES))
    levels = PLAIN * world.signal * plain[:, None, None] * np.eye(STATES) + own
    levels[:, :, 0] += 0.4
    return ReaderTraits(
        levels=levels.astype(np.float32),
        noise_sd=(world.noise * NOISE_SD * rng.uniform(0.7, 1.3, students)).astype(np.float32),
    )


class Readers:
    """The readings of all lives, 10 s at a time; room and count are those of the chains."""

    def __init__(self, traits: ReaderTraits, chains: Chains, noise: Float32Array) -> None:
        """Begin with nothing known.

        Args:
            traits: Of M students.
            chains: Who is seen.
            noise: (T, M, 4) standard normal numbers.
        """
        self._traits, self._chains = traits, chains
        room = len(chains.student)
        self._seen = np.zeros((room, STATES), dtype=np.float32)
        self.probabilities = np.full((room, STATES), 1 / STATES, dtype=np.float32)
        """(N, 4) mean over the last 10 s."""
        self.known = np.zeros(room, dtype=np.bool_)
        """(N,) whether the latest reading is known."""
        self.arrays = (self._seen, self.probabilities, self.known)
        self._noise = noise
        self._wander = np.zeros(noise.shape[1:], dtype=np.float32)

    def step(self, number: int, *, share: Float32Array, here: BoolArray) -> None:
        """Read the 10 s through which the chains have just gone.

        Args:
            number: Of the step.
            share: (M,) how much of it each student sat there.
            here: (M,) whether at its end.
        """
        chains, traits = self._chains, self._traits
        count = chains.count
        fresh = np.float32(np.sqrt(1 - NOISE_KEEP**2))
        self._wander = np.float32(NOISE_KEEP) * self._wander + fresh * self._noise[number]
        student = chains.student[:count]
        before = chains.share_before[:count, None].astype(np.float32)
        target = before * traits.levels[student, chains.before[:count]]
        target += (1 - before) * traits.levels[student, chains.state[:count]]
        seen = self._seen[:count]
        seen += np.float32(FOLLOWS) * (target - seen)
        logits = seen + (self._wander * traits.noise_sd[:, None])[student]
        logits -= logits.max(axis=1, keepdims=True)
        np.exp(logits, out=logits)
        logits /= logits.sum(axis=1, keepdims=True)
        seen_at_all = (share > 0)[student, None]
        self.probabilities[:count] = np.where(seen_at_all, logits, np.float32(1 / STATES))
        self.known[:count] = here[student] & (logits.max(axis=1) >= MIN_KNOWN)

    def copy(self, lives: IntArray) -> None:
        """As ``Chains.copy``, before it."""
        start = self._chains.count
        for array in self.arrays:
            array[start : start + len(lives)] = array[lives]

    def drop(self, first: int, count: int) -> None:
        """As ``Chains.drop``, before it."""
        end = self._chains.count
        for array in self.arrays:
            array[first : end - count] = array[first + count : end].copy()


class Pool:
    """Mean probabilities of the last 60 s in which the student sat there, as ``StateEncoder``."""

    STEPS = 6

    def __init__(self, shape: tuple[int, int]) -> None:
        """Begin with nothing for (C, M) students."""
        self._window = np.zeros((self.STEPS, *shape, STATES), dtype=np.float32)
        self._weights = np.zeros((self.STEPS, shape[1]), dtype=np.float32)

    def add(self, probabilities: Float32Array, *, share: Float32Array) -> None:
        """Take in the (C, M, 4) means of 10 s and the (M,) share of it somebody sat there."""
        here = share > 0
        window, weights = self._window, self._weights
        if here.all():
            window[:-1], window[-1] = window[1:], probabilities
            weights[:-1], weights[-1] = weights[1:], share
        else:
            moved = np.concatenate([window[1:], probabilities[None]])
            np.copyto(window, moved, where=here[:, None])
            np.copyto(weights, np.concatenate([weights[1:], share[None]]), where=here)

    @property
    def mean(self) -> Float64Array:
        """(C, M, 4); uniform before the first."""
        total = self._weights.sum(axis=0)
        sums = np.einsum("tcms,tm->cms", self._window, self._weights)
        return np.where(
            total[:, None] > 0, sums / np.maximum(total, 1e-9)[:, None], 1 / STATES
        ).astype(np.float64)
