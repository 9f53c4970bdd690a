"""The filter behind ``training/ceiling/bayes.py``, compiled by numba: one student, tick by tick.

A particle is a history of what has shown: which states, and when. Given it, everything else has a
closed form and is summed over: the true state (tables of ``Chain``), the levels of slow cues (a
normal distribution), the rates of events (gamma), the cell of the blink window (a sum over cells,
one of which is drawn when the window or the episode ends), own blink rate (gamma) and own blink
duration (lognormal). Slow fatigue is drawn at the start.

Changes are rare and their evidence comes late. So changes are proposed ``boost`` times as often as
they happen and weighted accordingly, and resampling goes by the square root of the weights, which
keeps unlikely histories long enough for the evidence to come.
"""

from math import lgamma, log, log1p
from typing import NamedTuple

import numba
import numpy as np

from appliance.domain.arrays import Float64Array
from training.ceiling.knowledge import Chain, Person

MOST_PROPOSED = 0.5


class Seen(NamedTuple):
    """One student's rows of a ``BehaviourRecord``."""

    first: Float64Array
    """(L,)."""
    aims: Float64Array
    """(T, L)."""
    starts: Float64Array
    """(T, E)."""
    idle_s: Float64Array
    """(T, E)."""
    blinks: Float64Array
    """(T, 4)."""


class Effort(NamedTuple):
    """How hard the filter tries."""

    particles: int
    """P."""
    boost: float
    """How many times as often as they happen changes are proposed."""
    blink_ticks: int
    """Ticks between two looks at the blinks while there are none."""
    seed: int
    """Of the particles."""


class Cloud(NamedTuple):
    """P particles."""

    log_weight: Float64Array
    """(P,)."""
    state: Float64Array
    """(P, 3) what shows; 0 in the first episode, 1 in later ones; ticks since it truly began."""
    fatigue: Float64Array
    """(P, 2) slow fatigue at the start and its rise per tick."""
    told: Float64Array
    """(P, 2, 4, L) information of ended episodes on the levels: precision, precision x value."""
    aim: Float64Array
    """(P, 4, L) the episode's mean: expected value and variance; precision and precision x value
    of what the episode has told."""
    rate: Float64Array
    """(P, 2, 4, E) shape and exposure of the rates of events."""
    own: Float64Array
    """(P, 4) shape and exposure of the own blink rate, mean and variance of the own duration."""
    blink: Float64Array
    """(P, 5) of this window: the columns of ``Seen.blinks``; log likelihood weighed so far."""


@numba.njit(cache=True, error_model="numpy")
def filter_student(chain: Chain, person: Person, seen: Seen, effort: Effort) -> Float64Array:
    """Return the (T, 4) probabilities of the true state, each from the ticks so far.

    Args:
        chain: When states change.
        person: What is known of the student.
        seen: What the student does.
        effort: How many particles, and how they are proposed.
    """
    np.random.seed(effort.seed)  # noqa: NPY002  # numba's own generator
    particles = effort.particles
    ticks, cues = seen.aims.shape
    states, events = chain.jumps.shape[0], seen.starts.shape[1]
    cloud = Cloud(
        np.zeros(particles),
        np.zeros((particles, 3)),
        np.zeros((particles, 2)),
        np.zeros((particles, 2, states, cues)),
        np.zeros((particles, 4, cues)),
        np.zeros((particles, 2, states, events)),
        np.zeros((particles, 4)),
        np.zeros((particles, 5)),
    )
    shares = np.cumsum(chain.shares)
    for i in range(particles):
        # Stratified, as far as one dimension goes.
        state = _pick(shares, (i + np.random.random()) / particles)  # noqa: NPY002
        cloud.state[i, 0] = state
        for k in range(2):
            low, high = person.fatigue[k]
            cloud.fatigue[i, k] = low + (high - low) * np.random.random()  # noqa: NPY002
        cloud.rate[i, 0], cloud.rate[i, 1] = person.shape, person.exposure_s
        cloud.own[i, 0], cloud.own[i, 1] = person.blink_shape, person.blink_exposure_s
        cloud.own[i, 2], cloud.own[i, 3] = person.blink_mean, person.blink_variance
        begin_episode(cloud, person, i, state)
        cloud.log_weight[i] = _weigh_first(cloud, person, seen, i)
    result = np.zeros((ticks, states))
    for t in range(ticks):
        for i in range(particles):
            if t > 0:
                _age(chain, cloud, person, i, effort.boost)
            cloud.log_weight[i] += _weigh_tick(cloud, person, seen, i, t)
            if t % effort.blink_ticks == 0 or seen.blinks[t, 0] > 0:
                cloud.log_weight[i] += _weigh_blinks(cloud, person, i)
            if cloud.blink[i, 0] >= person.window_blinks:
                _end_window(cloud, person, i, int(cloud.state[i, 0]))
        _normalise(cloud.log_weight)
        for i in range(particles):
            weight = np.exp(cloud.log_weight[i])
            state, later = int(cloud.state[i, 0]), int(cloud.state[i, 1])
            moved = chain.moved[later, state, int(cloud.state[i, 2])]
            result[t, state] += weight * (1 - moved)
            for other in range(states):
                result[t, other] += weight * moved * chain.jumps[state, other]
        _resample(cloud)
    return result


@numba.njit(cache=True, error_model="numpy")
def _age(chain: Chain, cloud: Cloud, person: Person, i: int, boost: float) -> None:
    """Let a tick pass: perhaps another state shows."""
    state, later = int(cloud.state[i, 0]), int(cloud.state[i, 1])
    cloud.state[i, 2] += 1
    age = int(cloud.state[i, 2])
    hazard = chain.hazard[later, state, age]
    proposed = max(hazard, min(MOST_PROPOSED, boost * hazard))
    if np.random.random() >= proposed:  # noqa: NPY002
        if proposed < 1:
            cloud.log_weight[i] += log((1 - hazard) / (1 - proposed))
        return
    cloud.log_weight[i] += log(hazard / proposed)
    cloud.log_weight[i] += _weigh_blinks(cloud, person, i)
    _end_episode(cloud, person, i, state)
    new = _pick(np.cumsum(chain.jumps[state]), np.random.random())  # noqa: NPY002
    # When did it begin? As long ago as its delay, where the last one's dwell fits.
    fits = np.zeros(len(chain.delay))
    for ago in range(min(len(fits), age + 1)):
        fits[ago] = chain.delay[ago] * chain.leaves[later, state, age - ago]
    cloud.state[i, 0], cloud.state[i, 1] = new, 1
    cloud.state[i, 2] = _pick(np.cumsum(fits) / fits.sum(), np.random.random())  # noqa: NPY002
    begin_episode(cloud, person, i, new)


@numba.njit(cache=True, error_model="numpy")
def _end_episode(cloud: Cloud, person: Person, i: int, state: int) -> None:
    """Keep what the episode told about the student."""
    for cue in range(cloud.aim.shape[2]):
        precision, weighted = cloud.aim[i, 2, cue], cloud.aim[i, 3, cue]
        if precision > 0:
            told = 1 / (person.episode[state, cue] + 1 / precision)
            cloud.told[i, 0, state, cue] += told
            cloud.told[i, 1, state, cue] += told * weighted / precision
    _end_window(cloud, person, i, state)


@numba.njit(cache=True, error_model="numpy")
def _end_window(cloud: Cloud, person: Person, i: int, state: int) -> None:
    """Keep what the window's blinks told about the student's own; draw which cell it was."""
    if person.window.shape[1] == 0:
        return
    starts, seconds, logs = cloud.blink[i, 0], cloud.blink[i, 1], cloud.blink[i, 2]
    evidence = _cells(cloud, person, i)
    cell = _pick(np.cumsum(np.exp(evidence - _log_sum(evidence))), np.random.random())  # noqa: NPY002
    half = 1 if state == person.fatigued else 0
    length, variance, rate = person.window[half, cell]
    cloud.own[i, 0] += starts
    cloud.own[i, 1] += seconds * rate * person.blink_factor[state]
    if starts > 0:
        noise = variance + person.blink_jitter / starts
        gain = cloud.own[i, 3] / (cloud.own[i, 3] + noise)
        cloud.own[i, 2] += gain * (logs / starts - length - cloud.own[i, 2])
        cloud.own[i, 3] *= 1 - gain
    cloud.blink[i] = 0


@numba.njit(cache=True, error_model="numpy")
def begin_episode(cloud: Cloud, person: Person, i: int, state: int) -> None:
    """Expect what the student has shown so far, in this state and, less so, in the others."""
    for cue in range(cloud.aim.shape[2]):
        mean, variance = 0.0, person.neutral[cue]
        for other in range(person.levels.shape[0]):
            told = cloud.told[i, 0, other, cue]
            if other != state and told > 0:
                noise = person.personal[other, cue] + 1 / told
                gain = variance / (variance + noise)
                value = cloud.told[i, 1, other, cue] / told - person.levels[other, cue]
                mean += gain * (value - mean)
                variance *= 1 - gain
        mean += person.levels[state, cue]
        variance += person.personal[state, cue]
        told = cloud.told[i, 0, state, cue]
        if told > 0:
            gain = variance / (variance + 1 / told)
            mean += gain * (cloud.told[i, 1, state, cue] / told - mean)
            variance *= 1 - gain
        cloud.aim[i, 0, cue] = mean
        cloud.aim[i, 1, cue] = variance + person.episode[state, cue]
        cloud.aim[i, 2, cue] = cloud.aim[i, 3, cue] = 0


@numba.njit(cache=True, error_model="numpy")
def _weigh_first(cloud: Cloud, person: Person, seen: Seen, i: int) -> float:
    """Return the log likelihood of where the slow cues are at the start."""
    state, tired, result = int(cloud.state[i, 0]), cloud.fatigue[i, 0], 0.0
    for cue in range(len(seen.first)):
        value = seen.first[cue] - tired * person.leak[state, cue]
        off, total = _learn_aim(cloud, i, cue, value, person.wander[cue])
        result -= 0.5 * (off * off / total + log(total))
    return result


@numba.njit(cache=True, error_model="numpy")
def _learn_aim(cloud: Cloud, i: int, cue: int, value: float, noise: float) -> tuple[float, float]:
    """Take in one observation of an episode's mean; return its surprise and expected variance."""
    mean, variance = cloud.aim[i, 0, cue], cloud.aim[i, 1, cue]
    total = variance + noise
    off = value - mean
    cloud.aim[i, 0, cue] += variance / total * off
    cloud.aim[i, 1, cue] *= noise / total
    cloud.aim[i, 2, cue] += 1 / noise
    cloud.aim[i, 3, cue] += value / noise
    return off, total


@numba.njit(cache=True, error_model="numpy")
def _weigh_tick(cloud: Cloud, person: Person, seen: Seen, i: int, t: int) -> float:
    """Return the log likelihood of a tick without its blinks, which are only counted."""
    state, result = int(cloud.state[i, 0]), 0.0
    tired = min(1.0, cloud.fatigue[i, 0] + t * cloud.fatigue[i, 1])
    squares, spread = 0.0, 1.0
    for cue in range(seen.aims.shape[1]):
        value = seen.aims[t, cue] - tired * person.leak[state, cue]
        off, total = _learn_aim(cloud, i, cue, value, person.noise[cue])
        squares += off * off / total
        spread *= total  # one logarithm for all cues
    result -= 0.5 * (squares + log(spread))
    for event in range(seen.starts.shape[1]):
        starts, idle_s = seen.starts[t, event], seen.idle_s[t, event]
        shape, exposure_s = cloud.rate[i, 0, state, event], cloud.rate[i, 1, state, event]
        result -= shape * log1p(idle_s / exposure_s)
        for k in range(int(starts)):
            result += log((shape + k) / (exposure_s + idle_s))
        cloud.rate[i, 0, state, event] += starts
        cloud.rate[i, 1, state, event] += idle_s
    for k in range(4):
        cloud.blink[i, k] += seen.blinks[t, k]
    return result


@numba.njit(cache=True, error_model="numpy")
def _weigh_blinks(cloud: Cloud, person: Person, i: int) -> float:
    """Return the log likelihood of the blinks that have been counted since the last look."""
    if person.window.shape[1] == 0:
        return 0.0
    evidence = _log_sum(_cells(cloud, person, i)) - log(person.window.shape[1])
    news = evidence - cloud.blink[i, 4]
    cloud.blink[i, 4] = evidence
    return news


@numba.njit(cache=True, error_model="numpy")
def _cells(cloud: Cloud, person: Person, i: int) -> Float64Array:
    """Return the (K,) log likelihood of the blinks so far in each cell of the window."""
    state = int(cloud.state[i, 0])
    starts, seconds, logs = cloud.blink[i, 0], cloud.blink[i, 1], cloud.blink[i, 2]
    shape, exposure_s, mean, variance = cloud.own[i]
    jitter = person.blink_jitter
    every = lgamma(shape + starts) - lgamma(shape)
    every -= 0.5 * (cloud.blink[i, 3] / jitter + starts * log(2 * np.pi * jitter))
    half = 1 if state == person.fatigued else 0
    result = np.empty(person.window.shape[1])
    for cell in range(len(result)):
        length, spread, rate = person.window[half, cell]
        rate *= person.blink_factor[state]
        value = every + starts * log(rate) + shape * log(exposure_s)
        value -= (shape + starts) * log(exposure_s + rate * seconds)
        if starts > 0:
            average = logs / starts
            between = starts * (variance + spread)
            value += 0.5 * starts * average * average / jitter - 0.5 * log1p(between / jitter)
            value -= 0.5 * starts * (average - mean - length) ** 2 / (jitter + between)
        result[cell] = value
    return result


@numba.njit(cache=True, error_model="numpy")
def _normalise(log_weight: Float64Array) -> None:
    """Let the weights add up to 1."""
    log_weight -= _log_sum(log_weight)


@numba.njit(cache=True, error_model="numpy")
def _log_sum(values: Float64Array) -> float:
    """Return log(sum(exp(values)))."""
    most = values.max()
    return most + log(np.exp(values - most).sum())


@numba.njit(cache=True, error_model="numpy")
def _pick(reached: Float64Array, at: float) -> int:
    """Return the first index whose cumulative probability exceeds ``at``."""
    return min(int(np.searchsorted(reached, at, side="right")), len(reached) - 1)


@numba.njit(cache=True, error_model="numpy")
def _resample(cloud: Cloud) -> None:
    """Systematic resampling by the square root of the weights, when half of them are worthless."""
    particles = len(cloud.log_weight)
    priority = np.exp(cloud.log_weight / 2)
    priority /= priority.sum()
    if 1 / (priority**2).sum() > particles / 2:
        return
    reached = np.cumsum(priority) * particles
    start = np.random.random()  # noqa: NPY002
    copies = np.zeros(particles, dtype=np.int64)
    at = 0
    for k in range(particles):
        while at < particles - 1 and reached[at] <= k + start:
            at += 1
        copies[at] += 1
    # Whoever survives stays in place; the spare copies go where nobody survives.
    spare = 0
    for i in range(particles):
        if copies[i] > 0:
            cloud.log_weight[i] -= log(priority[i])
        for _ in range(copies[i] - 1):
            while copies[spare] > 0:
                spare += 1
            _copy(cloud, i, spare)
            spare += 1
    _normalise(cloud.log_weight)


@numba.njit(cache=True, error_model="numpy")
def _copy(cloud: Cloud, source: int, target: int) -> None:
    cloud.log_weight[target] = cloud.log_weight[source]
    cloud.state[target], cloud.fatigue[target] = cloud.state[source], cloud.fatigue[source]
    cloud.told[target], cloud.aim[target] = cloud.told[source], cloud.aim[source]
    cloud.rate[target] = cloud.rate[source]
    cloud.own[target], cloud.blink[target] = cloud.own[source], cloud.blink[source]
