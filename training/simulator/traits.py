"""What makes one simulated student differ from another: drawn once, never changed."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from appliance.domain.affect import AFFECTS
from appliance.domain.arrays import BoolArray, Float64Array
from training.simulator import parameters as p
from training.simulator.parameters import EVENTS, LEVELS, Span

STATES = len(AFFECTS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Population:
    """What states look like in N students' families, at their strength; see ``parameters``."""

    levels: Float64Array = field(repr=False)
    """(N, 4, L) mean of each slow cue per state."""
    per_min: Float64Array = field(repr=False)
    """(N, 4, E) mean starts of each event per state."""
    wander: Float64Array = field(repr=False)
    """(N, L)."""
    blink_factor: Float64Array = field(repr=False)
    """(N, 4) factor on the blink rate, beside what a recording says."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Traits:
    """N students."""

    population: Population
    """What they are drawn about."""
    levels: Float64Array = field(repr=False)
    """(N, 4, L) own mean of each slow cue per state."""
    per_min: Float64Array = field(repr=False)
    """(N, 4, E) own starts of each event per state."""
    blinks_per_min: Float64Array = field(repr=False)
    """(N,) when alert."""
    blink_s: Float64Array = field(repr=False)
    """(N,) mean blink duration when alert."""
    sway_m: Float64Array = field(repr=False)
    """(N,) size of the trunk's slow movement."""
    head_yaw: Float64Array = field(repr=False)
    """(N,) size of the head's turning, radians."""
    fidget_m: Float64Array = field(repr=False)
    """(N,) how far resting hands move."""
    work_m: Float64Array = field(repr=False)
    """(N,) how far writing and typing hands move."""
    gesture_m: Float64Array = field(repr=False)
    """(N,) how far the hands move while talking."""
    lively: Float64Array = field(repr=False)
    """(N, 4) quick movement of valence, arousal, raised brows and smile."""
    talks_per_min: Float64Array = field(repr=False)
    """(N,)."""
    smiles_per_min: Float64Array = field(repr=False)
    """(N,)."""
    talk_hz: Float64Array = field(repr=False)
    """(N,) syllables per second."""
    yawn_eyes: Float64Array = field(repr=False)
    """(N,) how far the eyes close in a yawn, [0, 1]."""
    write_pitch: Float64Array = field(repr=False)
    """(N,) head down while writing, radians."""
    write_look_down: Float64Array = field(repr=False)
    """(N,) eyes down while writing, [0, 1]."""
    gaze_down: Float64Array = field(repr=False)
    """(N,) spread of looking down without writing, [0, 1]."""


def draw_population(families: NDArray[np.int64], strength: Float64Array) -> Population:
    """Return the population of each student's family.

    Family 0 is the printed one. In another, every difference from focused, every rate and every
    wandering is multiplied by a number of ``FAMILY_BEND`` that the family's number decides.

    Args:
        families: (N,) numbers.
        strength: (N,) factor on what differs from focused.
    """
    means = np.array([level.mean for level in LEVELS.values()]).T
    rates = np.array([event.per_min for event in EVENTS.values()]).T
    wander = np.array([level.wander for level in LEVELS.values()])
    blinks = np.array(p.BLINK_STATE_FACTOR)
    shape = (len(families), STATES)
    result = Population(
        levels=np.empty((*shape, len(LEVELS))),
        per_min=np.empty((*shape, len(EVENTS))),
        wander=np.empty((len(families), len(LEVELS))),
        blink_factor=np.empty(shape),
    )
    for family in np.unique(families):
        rng = np.random.default_rng([7, int(family)])

        def bend(values: Float64Array, rng: np.random.Generator = rng) -> Float64Array:
            return rng.uniform(*p.FAMILY_BEND, values.shape)

        bent = means[:1] + (means - means[:1]) * (bend(means) if family else 1)
        often = rates * (bend(rates) if family else 1)
        shaky = wander * (bend(wander) if family else 1)
        of = families == family
        factor = strength[of, None]
        result.levels[of] = bent[:1] + (bent - bent[:1]) * factor[..., None]
        # Rates differ by factors, so their logarithm is what strength shrinks.
        result.per_min[of] = often[:1] * (often / often[:1]) ** factor[..., None]
        result.wander[of] = shaky
        result.blink_factor[of] = blinks**factor
    return result


def draw_traits(rng: np.random.Generator, population: Population) -> Traits:
    """Draw N students: slow cues normal, rates gamma about the population's."""
    students = len(population.levels)
    spread = np.array([level.person for level in LEVELS.values()]).T
    neutral = np.array([level.neutral for level in LEVELS.values()])
    shape = np.array([event.shape for event in EVENTS.values()])
    size = (students, STATES)
    return Traits(
        population=population,
        levels=population.levels
        + neutral * rng.standard_normal((students, 1, len(LEVELS)))
        + spread * rng.standard_normal((*size, len(LEVELS))),
        per_min=population.per_min * rng.gamma(shape, 1 / shape, (*size, len(EVENTS))),
        blinks_per_min=uniform(rng, p.BLINKS_PER_MIN, students),
        blink_s=uniform(rng, p.BLINK_S, students),
        sway_m=log_uniform(rng, p.SWAY_M, students),
        head_yaw=np.radians(uniform(rng, p.HEAD_YAW_DEG, students)),
        fidget_m=log_uniform(rng, p.FIDGET_M, students),
        work_m=log_uniform(rng, p.WORK_M, students),
        gesture_m=log_uniform(rng, p.GESTURE_M, students),
        lively=np.stack(
            [
                log_uniform(rng, span, students)
                for span in (p.LIVELY_AFFECT, p.LIVELY_AFFECT, p.LIVELY_BROW, p.LIVELY_SMILE)
            ],
            axis=1,
        ),
        talks_per_min=log_uniform(rng, p.TALKS_PER_MIN, students),
        smiles_per_min=log_uniform(rng, p.SMILES_PER_MIN, students),
        talk_hz=uniform(rng, p.TALK_HZ, students),
        yawn_eyes=uniform(rng, p.YAWN_EYES, students),
        write_pitch=np.radians(uniform(rng, p.WRITE_PITCH_DEG, students)),
        write_look_down=uniform(rng, p.WRITE_LOOK_DOWN, students),
        gaze_down=uniform(rng, p.GAZE_DOWN, students),
    )


def uniform(rng: np.random.Generator, span: Span, shape: int | tuple[int, ...]) -> Float64Array:
    """Draw from a range."""
    return rng.uniform(span.low, span.high, shape)


def log_uniform(rng: np.random.Generator, span: Span, shape: int | tuple[int, ...]) -> Float64Array:
    """Draw from a range whose logarithm is uniform."""
    return np.exp(rng.uniform(np.log(span.low), np.log(span.high), shape))


def chance(rng: np.random.Generator, probability: float, shape: int) -> BoolArray:
    """Draw yes with a probability."""
    return np.asarray(rng.uniform(size=shape) < probability)
