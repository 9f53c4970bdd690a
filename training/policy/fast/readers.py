"""How the fusion sees students: probabilities with their errors, delays and memory.

What is random and how much comes from ``fitted.toml``, which was fitted to the readings of the
slow environment (``fit``).
"""

from dataclasses import dataclass, field

import numpy as np

from appliance.domain.arrays import BoolArray, Float32Array, Float64Array, IntArray
from appliance.domain.policy.choices import POLICY_STEP_S
from appliance.fusion.fuser import WARM_UP_S
from training.policy.fast.chains import Chains
from training.policy.fast.chance import Purpose, normals, uniforms
from training.policy.fast.fitted import AXES, STATES, ReaderClass, ReadingModel
from training.policy.fast.worlds import World

WARM_STEPS = round(WARM_UP_S / POLICY_STEP_S)
"""Steps until a reading may be known."""
_NEVER = -1000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReaderTraits:
    """How M students are seen."""

    levels: Float32Array = field(repr=False)
    """(M, 4, 3) log-odds that each true state leads to in the long run."""
    episodes: Float32Array = field(repr=False)
    """(M, 4, 3, 3) factors that turn standard normal numbers into what an episode adds."""
    noise: Float32Array = field(repr=False)
    """(M, 4, 3, 3) factors that turn new numbers into noise."""


def draw_reader_traits(
    rng: np.random.Generator, world: World, model: ReadingModel, *, students: int
) -> ReaderTraits:
    """Draw how plainly M students show each state, and how each is misread."""
    shares = np.array([one.share for one in model.classes])
    which = rng.choice(len(shares), size=students, p=shares / shares.sum())
    normal = rng.standard_normal((students, STATES * AXES))
    factor = rng.standard_normal(students)
    levels = np.zeros((students, STATES, AXES))
    episodes, noise = (np.zeros((students, STATES, AXES, AXES)) for _ in range(2))
    for number, one in enumerate(model.classes):
        members = which == number
        levels[members] = _draw_levels(one, normal[members])
        episodes[members] = np.linalg.cholesky(one.episodes)
        own = np.exp(one.noise_spread * factor[members])[:, None, None, None]
        noise[members] = own * np.linalg.cholesky(one.noise)
    middle = levels.mean(axis=1, keepdims=True)
    return ReaderTraits(
        levels=(middle + world.signal * (levels - middle)).astype(np.float32),
        episodes=(world.noise * episodes).astype(np.float32),
        noise=(world.noise * noise).astype(np.float32),
    )


def _draw_levels(one: ReaderClass, normal: Float64Array) -> Float64Array:
    drawn = normal @ np.linalg.cholesky(one.spread).T
    return np.asarray(one.levels + drawn.reshape(-1, STATES, AXES))


def _draw_bursts(model: ReadingModel, *, seed: int, shape: tuple[int, int, int]) -> Float32Array:
    """Return the (T, M, 3) factor on what is new: how lively each student's moments are."""
    drawn = normals(seed, Purpose.BURSTS, (*shape[:2], AXES + 1))
    keep = np.float32(model.bursts_keep)
    drawn[1:] *= np.sqrt(1 - keep**2)
    for step in range(1, len(drawn)):
        drawn[step] += keep * drawn[step - 1]
    shared, own = model.bursts_sd
    log = shared * drawn[..., :1] + own * drawn[..., 1:]
    # The mean square of the factor is 1.
    return np.asarray(np.exp(log - shared**2 - own**2), dtype=np.float32)


class Readers:
    """The readings of all lives, 10 s at a time; room and count are those of the chains."""

    def __init__(
        self, traits: ReaderTraits, chains: Chains, model: ReadingModel, *, seed: int, steps: int
    ) -> None:
        """Begin with nothing seen.

        Args:
            traits: Of M students.
            chains: Who is seen.
            model: How.
            seed: Decides everything.
            steps: How often ``step`` will be called.
        """
        self._traits, self._chains, self._model = traits, chains, model
        room, students = len(chains.student), len(traits.levels)
        drawn = normals(seed, Purpose.NOISE, (steps, students, AXES))
        powers = np.stack([np.ones_like(drawn), drawn, drawn**2, drawn**3], axis=-1)
        self._new = np.einsum("tmap,sap->tmsa", powers, model.shape.astype(np.float32))
        self._episode_new = normals(seed, Purpose.EPISODES, (steps + 1, students, AXES))
        self._sure = uniforms(seed, Purpose.KNOWN, (steps, students))
        self._bursts = _draw_bursts(model, seed=seed, shape=(steps, students, AXES))
        self._popups = np.vstack([model.popup, np.zeros(AXES)]).astype(np.float32)
        self._seen = np.tile(model.start.astype(np.float32), (room, 1))
        self._target = np.zeros((room, AXES), dtype=np.float32)
        self._level = np.zeros((room, AXES), dtype=np.float32)
        self._noise = np.zeros((room, AXES), dtype=np.float32)
        self._noise_before = np.zeros((room, AXES), dtype=np.float32)
        self._log_odds = np.tile(model.start.astype(np.float32), (room, 1))
        self._popup_at = np.full(room, _NEVER)
        self._unrest = model.unrest.astype(np.float32)
        self._oldest = len(model.unrest) - 1
        self.probabilities = np.full((room, STATES), 1 / STATES, dtype=np.float32)
        """(N, 4) mean over the last 10 s."""
        self.known = np.zeros(room, dtype=np.bool_)
        """(N,) whether the latest reading is known."""
        self.arrays = (
            *(self._seen, self._target, self._level, self._noise, self._noise_before),
            *(self._log_odds, self._popup_at, self.probabilities, self.known),
        )
        self._begin(np.arange(chains.count), self._episode_new[steps])
        self._target[:] = self._level
        one, two = model.keep
        # Standard deviation of such noise in the long run, in units of what is new.
        size = (1 - two) / ((1 + two) * ((1 - two) ** 2 - one**2))
        self._first = np.float32(np.sqrt(size))

    def popup(self, lives: IntArray, *, number: int) -> None:
        """Let something appear before these lives in a step."""
        self._popup_at[lives] = number

    def step(self, number: int, *, share: Float32Array, here: BoolArray) -> None:
        """Read the 10 s through which the chains have just gone.

        Args:
            number: Of the step.
            share: (M,) how much of it each student sat there.
            here: (M,) whether at its end.
        """
        chains, model = self._chains, self._model
        count = chains.count
        student, state = chains.student[:count], chains.state[:count]
        seen, noise, target = self._seen[:count], self._noise[:count], self._target[:count]
        before = self._level[:count].copy()
        changed = np.flatnonzero(chains.share_before[:count] < 1)
        self._begin(changed, self._episode_new[number])
        now = self._level[:count].copy()
        old = chains.share_before[changed, None].astype(np.float32)
        now[changed] = old * before[changed] + (1 - old) * now[changed]
        follow, delay = np.float32(model.follow), np.float32(model.delay)
        seen *= follow
        seen += (1 - follow) * (delay * target + (1 - delay) * now)
        target[:] = now
        new = self._new[number][student, state]
        new = np.einsum("nab,nb->na", self._traits.noise[student, state], new)
        new *= self._bursts[number][student]
        aged = np.minimum((chains.age_s[:count] / POLICY_STEP_S).astype(np.int64), self._oldest)
        new *= self._unrest[aged, None]
        for axis in range(AXES):
            new[:, axis] *= np.interp(
                self._log_odds[:count, axis], model.swing_at, model.swing[axis]
            )
        if number:
            one, two = model.keep.astype(np.float32)
            new += one * noise + two * self._noise_before[:count]
            self._noise_before[:count] = noise
            noise[:] = new
        else:
            noise[:] = self._first * new
            self._noise_before[:count] = noise
        since = np.minimum(number - self._popup_at[:count], len(self._popups) - 1)
        log_odds = self._log_odds[:count]
        np.add(seen, noise, out=log_odds)
        log_odds += self._popups[since]
        logits = np.zeros((count, STATES), dtype=np.float32)
        logits[:, 1:] = log_odds
        logits -= logits.max(axis=1, keepdims=True)
        np.exp(logits, out=logits)
        logits /= logits.sum(axis=1, keepdims=True)
        seen_at_all = (share > 0)[student, None]
        self.probabilities[:count] = np.where(seen_at_all, logits, np.float32(1 / STATES))
        known = np.interp(logits.max(axis=1), model.sure, model.known)
        known = here[student] & (self._sure[number][student] < known)
        self.known[:count] = known & (number >= WARM_STEPS)

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

    def _begin(self, lives: IntArray, normal: Float32Array) -> None:
        """Begin the episodes of some lives with (M, 3) standard normal numbers."""
        student, state = self._chains.student[lives], self._chains.state[lives]
        added = np.einsum("nab,nb->na", self._traits.episodes[student, state], normal[student])
        self._level[lives] = self._traits.levels[student, state] + added


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
        total = self._weights.sum(axis=0)[:, None]
        sums = np.einsum("tcms,tm->cms", self._window, self._weights)
        return np.where(total > 0, sums / np.maximum(total, 1e-9), 1 / STATES).astype(np.float64)
