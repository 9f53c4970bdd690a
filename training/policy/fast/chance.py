"""All random numbers of one batch of students, drawn before anything happens.

Every number belongs to a student, a step and a purpose. Copies of a student share them whatever is
done to each, so two copies differ by what was done and by nothing else.
"""

from enum import IntEnum

import numpy as np

from appliance.domain.arrays import Float32Array, Float64Array


class Purpose(IntEnum):
    """What a source of random numbers decides."""

    STUDENT = 0
    """Type, chain, habits, tasks, presence: once for each student."""
    READER = 1
    """How the fusion sees each student."""
    CHAIN = 2
    """Jumps and dwells."""
    HABITS = 6
    """How often each student accepts."""
    ANSWERS = 3
    """What is done about an action."""
    EFFECTS = 4
    """What actions do to the chain."""
    EPISODES = 7
    """What a reading adds for as long as a state lasts."""
    BURSTS = 9
    """How lively each moment of a student is."""
    KNOWN = 8
    """Which readings are known."""
    NOISE = 5
    """The readings' noise."""


def source(seed: int, purpose: Purpose) -> np.random.Generator:
    """Return the source of one purpose."""
    return np.random.default_rng([seed, int(purpose)])


def uniforms(seed: int, purpose: Purpose, shape: tuple[int, ...]) -> Float64Array:
    """Return numbers in [0, 1) of a purpose: first axis the step, last axis the student."""
    return source(seed, purpose).random(shape)


def normals(seed: int, purpose: Purpose, shape: tuple[int, ...]) -> Float32Array:
    """Return standard normal numbers of a purpose: first axis the step."""
    return source(seed, purpose).standard_normal(shape, dtype=np.float32)
