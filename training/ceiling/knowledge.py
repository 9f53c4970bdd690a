"""What the ceiling's filter knows: the chain and the population; for the upper bound, the student.

Plain tuples of arrays, because compiled code takes nothing else. States are in the order of
``AFFECTS``; L slow cues, E events, K cells of blink windows, A ticks of age.
"""

from math import lgamma
from typing import NamedTuple

import numpy as np

from appliance.domain.arrays import Float64Array
from appliance.domain.tokens import TOKEN_S
from training.simulator import parameters as p
from training.simulator.blinks import TEST_FOLD, duration_factor, load_windows, rate_factor
from training.simulator.parameters import EVENTS, LEVELS
from training.simulator.states import FATIGUED, ChainSpec
from training.simulator.traits import Population, Traits, draw_population

CERTAIN = 1e7  # shape of the gamma distribution of a rate that is known
FINE_S = 0.02  # grid on which dwells are integrated


class Chain(NamedTuple):
    """When a state shows: the true state is summed over, given what has shown so far.

    Age is the number of ticks since the state that shows truly began; the first index is 0 for a
    student's first state, whose dwell is cut, and 1 for the others.
    """

    shares: Float64Array
    """(4,) of the first state."""
    jumps: Float64Array
    """(4, 4) row = from."""
    leaves: Float64Array
    """(2, 4, A) probability that the state's dwell is so many ticks."""
    hazard: Float64Array
    """(2, 4, A) probability that another state shows in this tick when none has shown yet."""
    moved: Float64Array
    """(2, 4, A) probability that the true state has changed when no other has shown yet."""
    delay: Float64Array
    """(D,) probability that a state shows so many ticks after it began."""


class Person(NamedTuple):
    """What is known of one student before the first tick."""

    levels: Float64Array
    """(4, L) expected mean of each slow cue."""
    neutral: Float64Array
    """(L,) variance of what is added in every state."""
    personal: Float64Array
    """(4, L) variance of what is added in one state."""
    episode: Float64Array
    """(4, L) variance of episodes."""
    wander: Float64Array
    """(L,) variance of the moment."""
    noise: Float64Array
    """(L,) variance of a tick's observation of the episode's mean."""
    leak: Float64Array
    """(4, L) what full slow fatigue adds while a state shows."""
    shape: Float64Array
    """(4, E) of the gamma distribution of an event's rate."""
    exposure_s: Float64Array
    """(4, E) its other parameter: shape / exposure is the expected rate."""
    blink_shape: float
    """Of the gamma distribution of the own blink rate."""
    blink_exposure_s: float
    """Its other parameter."""
    blink_mean: float
    """Of the logarithm of the own blink duration in seconds."""
    blink_variance: float
    """Of the logarithm of the own blink duration."""
    blink_jitter: float
    """Variance of the logarithm of a single blink's duration."""
    blink_factor: Float64Array
    """(4,) factor of the state on the blink rate."""
    window: Float64Array
    """(2, K, 3) cells of alert and of drowsy windows: logarithm of the factor on the duration, its
    variance, factor on the rate. K = 0 leaves blinks out."""
    window_blinks: float
    """How many blinks a window lasts, if the episode does not end before."""
    fatigued: int
    """The state whose episodes have drowsy windows."""
    fatigue: Float64Array
    """(2, 2) lowest and highest slow fatigue at the start; likewise its rise per tick."""


def know_chain(chain: ChainSpec, *, ticks: int, tick_s: float) -> Chain:
    """Return the tables of ``draw_states`` and of the delays of ``BehaviourModel``.

    That a state may change again within its delay is left out: dwells of less than ``ONSET_S.high``
    are one in thousands.
    """
    count = round(p.ONSET_S.high / tick_s) + 1
    edges = (np.arange(count + 1) - 0.5) * tick_s
    reached = np.clip((edges - p.ONSET_S.low) / (p.ONSET_S.high - p.ONSET_S.low), 0, 1)
    ages = ticks + count + 1
    leaves = np.empty((2, len(chain.dwell_s), ages))
    for state, mean_s in enumerate(chain.dwell_s):
        for later in (0, 1):
            leaves[later, state] = _dwell_table(float(mean_s), ages, tick_s, cut=not later)
    return tabulate_chain(chain, leaves=leaves, delay=np.diff(reached))


def tabulate_chain(chain: ChainSpec, *, leaves: Float64Array, delay: Float64Array) -> Chain:
    """Return a chain of given dwells and delays.

    Args:
        chain: Jumps, and shares of the first state.
        leaves: (2, 4, A) probability of each dwell in ticks, first state and others.
        delay: (D,) probability of each delay in ticks.
    """
    ages = leaves.shape[2]
    shows = np.array([[np.convolve(one, delay)[:ages] for one in rows] for rows in leaves])
    hidden, stays = 1 - shows.cumsum(axis=2), 1 - leaves.cumsum(axis=2)
    before = np.concatenate([np.ones((*leaves.shape[:2], 1)), hidden[:, :, :-1]], axis=2)
    return Chain(
        shares=chain.shares,
        jumps=chain.jumps,
        leaves=leaves,
        hazard=np.clip(shows / np.maximum(before, 1e-12), 0, 1),
        moved=np.clip((hidden - stays) / np.maximum(hidden, 1e-12), 0, 1),
        delay=delay,
    )


def _dwell_table(mean_s: float, ages: int, tick_s: float, *, cut: bool) -> Float64Array:
    """Return (A,) probabilities of a dwell of 0, 1, ... ticks, at least 1, as ``states`` draws it.

    Args:
        mean_s: Of the dwell.
        ages: A.
        tick_s: Length of a tick.
        cut: Whether the dwell is cut at a uniform place.
    """
    shortest = min(p.MIN_DWELL_S, mean_s / 2)
    scale, shape = (mean_s - shortest) / p.DWELL_SHAPE, p.DWELL_SHAPE
    rest = np.arange(FINE_S / 2, 20 * mean_s, FINE_S)
    density = np.exp((shape - 1) * np.log(rest / scale) - rest / scale - lgamma(shape)) / scale
    density *= FINE_S / (density.sum() * FINE_S)
    edges = (np.arange(ages + 1) - 0.5) * tick_s
    edges[:2] = 0  # whatever is shorter than a tick lasts one
    dwell = rest + shortest
    position = np.clip((edges - shortest) / FINE_S, 0, len(rest)).astype(int)
    below = np.append(0, density.cumsum())[position]
    if cut:  # P(U D < r) = P(D < r) + r E[1 / D; D > r]
        inverse = np.append(0, (density / dwell).cumsum())
        below = below + edges * (inverse[-1] - inverse[position])
    return np.asarray(np.diff(below))


def know_population(*, tick_tokens: int) -> Person:
    """Return what is known of any student of the printed population at strength 1."""
    population = draw_population(np.array([0]), np.array([1.0]))
    shape = np.array([event.shape for event in EVENTS.values()])
    cells = load_windows()
    mean, spread = cells.mean[TEST_FOLD - 1], cells.spread[TEST_FOLD - 1]
    length = duration_factor(mean[:, :, 0])
    rate_mean, rate_variance = _moments(*p.BLINKS_PER_MIN)
    steps = np.log(np.linspace(*p.BLINK_S, 1001))
    leak = np.zeros((len(population.levels[0]), len(LEVELS)))
    for cue in p.LEAKING:
        leak[:, cue] = p.FATIGUE_LEAK * (
            population.levels[0, FATIGUED, cue] - population.levels[0, 0, cue]
        )
    leak[FATIGUED] = 0
    return Person(
        levels=population.levels[0],
        neutral=np.array([level.neutral for level in LEVELS.values()]) ** 2,
        personal=np.array([level.person for level in LEVELS.values()]).T ** 2,
        episode=np.array([level.episode for level in LEVELS.values()]).T ** 2,
        wander=population.wander[0] ** 2,
        noise=_aim_variance(population, frames=tick_tokens * p.FRAMES_PER_TOKEN),
        leak=leak,
        shape=np.broadcast_to(shape, population.per_min[0].shape).copy(),
        exposure_s=60 * shape / population.per_min[0],
        blink_shape=rate_mean**2 / rate_variance,
        blink_exposure_s=60 * rate_mean / rate_variance,
        blink_mean=float(steps.mean()),
        blink_variance=float(steps.var()),
        blink_jitter=p.BLINK_JITTER**2,
        blink_factor=population.blink_factor[0],
        window=np.stack(
            [
                np.log(length),
                (p.BLINK_DURATION_SD * spread[:, :, 0] / length) ** 2,
                rate_factor(mean[:, :, 1]),
            ],
            axis=2,
        ),
        window_blinks=p.BLINKS_PER_WINDOW,
        fatigued=FATIGUED,
        fatigue=np.array(
            [p.FATIGUE_START, np.array(p.FATIGUE_RISE_PER_HOUR) * tick_tokens * TOKEN_S / 3600]
        ),
    )


def know_student(known: Person, traits: Traits, row: int) -> Person:
    """Return the same for one student whose own levels, rates and blinks are known exactly."""
    return known._replace(
        levels=traits.levels[row].copy(),
        neutral=np.zeros_like(known.neutral),
        personal=np.zeros_like(known.personal),
        shape=np.full_like(known.shape, CERTAIN),
        exposure_s=60 * CERTAIN / np.maximum(traits.per_min[row], 1e-9),
        blink_shape=CERTAIN,
        blink_exposure_s=60 * CERTAIN / float(traits.blinks_per_min[row]),
        blink_mean=float(np.log(traits.blink_s[row])),
        blink_variance=0.0,
    )


def _aim_variance(population: Population, *, frames: int) -> Float64Array:
    """Return the (L,) variance of the mean of (x' - k x) / (1 - k) over so many frames."""
    memory_s = np.array([level.memory_s for level in LEVELS.values()])
    keep = np.exp(-1 / (p.FRAME_HZ * memory_s))
    return np.asarray(population.wander[0] ** 2 * (1 + keep) / (1 - keep) / frames)


def _moments(low: float, high: float) -> tuple[float, float]:
    """Return mean and variance of a uniform range."""
    return (low + high) / 2, (high - low) ** 2 / 12
