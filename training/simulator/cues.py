"""The three random processes that behaviour is made of; every one advances N students at once."""

import numpy as np

from appliance.domain.arrays import BoolArray, Float64Array
from training.simulator import parameters as p
from training.simulator.parameters import EVENTS, LEVELS
from training.simulator.traits import Traits

FRAME_S = 1.0 / p.FRAME_HZ


class Levels:
    """Slow cues: x += (m - x) dt / tau + s sqrt(2 dt / tau) n about the episode's mean m.

    The exact discretisation, so that the spread about m is s whatever the frame rate.
    """

    def __init__(self, rng: np.random.Generator, traits: Traits) -> None:
        """Begin at nothing; the first episode must be begun before a step."""
        count = len(traits.sway_m)
        self._rng, self._traits = rng, traits
        self._episode = np.array([level.episode for level in LEVELS.values()]).T
        memory = np.array([level.memory_s for level in LEVELS.values()])
        self._keep = np.exp(-FRAME_S / memory)
        self.aim = np.zeros((count, len(LEVELS)))
        """(N, L) mean of the present episode."""
        self.value = np.zeros((count, len(LEVELS)))
        """(N, L) what is held now."""

    def begin(self, rows: BoolArray, states: Float64Array) -> None:
        """Draw the episode's mean for the (N,) ``rows`` that begin one, in their ``states``."""
        at = states.astype(np.int64)
        every = np.arange(len(at))
        drawn = self._traits.levels[every, at]
        drawn = drawn + self._episode[at] * self._rng.standard_normal(drawn.shape)
        self.aim = np.where(rows[:, None], drawn, self.aim)

    def settle(self) -> None:
        """Start at the episode's mean."""
        self.value = self.aim.copy()

    def step(self, leak: Float64Array) -> None:
        """Advance by a frame; ``leak`` (N, L) is added to the mean."""
        noise = self._traits.population.wander * np.sqrt(1 - self._keep**2)
        aim = self.aim + leak
        self.value = (
            aim
            + self._keep * (self.value - aim)
            + noise * self._rng.standard_normal(self.value.shape)
        )


class Event:
    """Something that starts at random, lasts a drawn time and has a drawn size, per student."""

    def __init__(self, rng: np.random.Generator, students: int) -> None:
        """Begin with nothing going on."""
        self._rng = rng
        self.elapsed_s = np.full(students, np.inf)
        self.length_s = np.zeros(students)
        self.size = np.zeros(students)
        self.starts = np.zeros(students, dtype=np.bool_)
        """(N,) one started in this frame."""

    @property
    def active(self) -> BoolArray:
        """(N,) one is going on."""
        return np.asarray(self.elapsed_s < self.length_s)

    def step(self, per_s: Float64Array, length_s: Float64Array, size: Float64Array) -> None:
        """Advance by a frame; start where nothing is going on."""
        self.elapsed_s += FRAME_S
        self.starts = ~self.active & (self._rng.uniform(size=len(per_s)) < per_s * FRAME_S)
        if self.starts.any():
            # A start falls anywhere between two frames.
            phase = self._rng.uniform(0, FRAME_S, len(per_s))
            self.elapsed_s = np.where(self.starts, phase, self.elapsed_s)
            self.length_s = np.where(self.starts, length_s, self.length_s)
            self.size = np.where(self.starts, size, self.size)

    def trapezoid(self, rise_s: float, fall_s: float) -> Float64Array:
        """Return the (N,) course from 0 up to ``size`` and back to 0."""
        up = self.elapsed_s / rise_s
        down = (self.length_s - self.elapsed_s) / fall_s
        return np.asarray(self.size * np.clip(np.minimum(up, down), 0, 1))


def named_events(rng: np.random.Generator, students: int) -> list[Event]:
    """Return one process per ``EventCue``."""
    return [Event(rng, students) for _ in EVENTS]


class Wander:
    """What moves about a place at random; it says nothing about a state."""

    def __init__(self, rng: np.random.Generator, size: Float64Array, *, memory_s: float) -> None:
        """Begin in the middle; ``size`` (N, K) is the standard deviation."""
        self._rng, self._size = rng, size
        self._keep = float(np.exp(-FRAME_S / memory_s))
        self._value = np.zeros(size.shape)

    def step(self) -> Float64Array:
        """Advance by a frame and return the (N, K) displacement."""
        fresh = np.sqrt(1 - self._keep**2) * self._rng.standard_normal(self._value.shape)
        self._value = self._keep * self._value + fresh
        return np.asarray(self._value * self._size)
