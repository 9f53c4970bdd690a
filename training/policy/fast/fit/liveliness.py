"""When the noise of readings is large: by their level, soon after a change, and in bursts."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from appliance.domain.arrays import Float64Array, IntArray
from training.policy.fast.fit.posterior import Draw, Lesson
from training.policy.fast.fit.stochastic import Fit
from training.policy.fast.fitted import AXES, STATES

_KNOTS = 10
_UNREST_STEPS = 7
_FLOOR = 1e-3  # of a square whose logarithm is taken
_LAGS = 6
_NORMAL_DRAWS = 200_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Liveliness:
    """Fields of ``ReadingModel`` of the same names."""

    swing_at: Float64Array = field(repr=False)
    swing: Float64Array = field(repr=False)
    unrest: Float64Array = field(repr=False)
    bursts_keep: float
    bursts_sd: Float64Array = field(repr=False)
    shape: Float64Array = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _New:
    """What is new in the noise of all lessons, one after the other."""

    white: Float64Array = field(repr=False)
    """(R, 3) independent, of unit variance."""
    scaled: Float64Array = field(repr=False)
    """(R, 3) each of unit variance."""
    before: Float64Array = field(repr=False)
    """(R, 3) log-odds 10 s before."""
    states: IntArray = field(repr=False)
    """(R,)."""
    ages: IntArray = field(repr=False)
    """(R,) steps since the state began."""
    steps: IntArray = field(repr=False)
    """(R,) a number of lesson and step: 1 more is the next step."""


def fit_liveliness(fit: Fit) -> Liveliness:
    """Return what scales the noise, and the shape that is left."""
    new = _gather(fit)
    swing_at = np.quantile(new.before, (np.arange(_KNOTS) + 0.5) / _KNOTS)
    swing = np.array(
        [_follow(new.before[:, axis], new.scaled[:, axis], swing_at) for axis in range(AXES)]
    )
    scale = np.stack(
        [np.interp(new.before[:, axis], swing_at, swing[axis]) for axis in range(AXES)], axis=1
    )
    left = new.scaled / scale
    sizes = np.array([(left[new.ages == age] ** 2).mean() for age in range(_UNREST_STEPS)])
    sizes = np.append(sizes, (left[new.ages >= _UNREST_STEPS] ** 2).mean())
    unrest = np.sqrt(sizes)
    scale *= unrest[np.minimum(new.ages, _UNREST_STEPS)][:, None]
    keep, spreads = _fit_bursts(new.scaled / scale, new.steps)
    return Liveliness(
        swing_at=swing_at,
        swing=swing,
        unrest=unrest,
        bursts_keep=keep,
        bursts_sd=spreads,
        shape=_fit_shape(new.white / scale, new.states, spread=float(np.hypot(*spreads))),
    )


def _gather(fit: Fit) -> _New:
    parts = [
        _of_lesson(lesson, draw, fit.model.classes[which].noise, number)
        for number, (lesson, draw, which) in enumerate(
            zip(fit.lessons, fit.draws, fit.classes, strict=True)
        )
    ]
    return _New(
        **{
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in ("white", "scaled", "before", "states", "ages", "steps")
        }
    )


def _of_lesson(lesson: Lesson, draw: Draw, noise: Float64Array, number: int) -> _New:
    states = lesson.states[lesson.used]
    new = draw.new / draw.factor
    white, scaled = np.zeros_like(new), np.zeros_like(new)
    for state in range(STATES):
        rows = states == state
        lower = np.linalg.cholesky(noise[state])
        white[rows] = np.linalg.solve(lower, new[rows].T).T
        scaled[rows] = new[rows] / np.sqrt(np.diag(noise[state]))
    changes = np.flatnonzero(np.diff(lesson.states, prepend=-1) != 0)
    began = changes[np.searchsorted(changes, lesson.used, side="right") - 1]
    return _New(
        white=white,
        scaled=scaled,
        before=lesson.y[lesson.used - 1],
        states=states,
        ages=lesson.used - began,
        steps=lesson.used + number * (len(lesson.y) + _LAGS),
    )


def _follow(level: Float64Array, values: Float64Array, knots: Float64Array) -> Float64Array:
    """Return the (K,) root mean square of values about each knot of their level."""
    edges = np.concatenate([[-np.inf], (knots[1:] + knots[:-1]) / 2, [np.inf]])
    squares = []
    for low, high in pairwise(edges):
        inside = (level >= low) & (level < high)
        # As if 20 more had been seen that are like the others.
        squares.append(((values[inside] ** 2).sum() + 20) / (inside.sum() + 20))
    return np.sqrt(np.array(squares))


def _fit_bursts(values: Float64Array, steps: IntArray) -> tuple[float, Float64Array]:
    """Return how bursts last, and the standard deviations of their shared and own logarithms.

    The logarithm of a square is twice the burst's plus something independent, so its covariance
    at a lag is four times the burst's.
    """
    log = np.log(values**2 + _FLOOR)
    log -= log.mean(axis=0)
    total, shared = [], []
    for lag in range(1, _LAGS):
        follows = steps[lag:] - steps[:-lag] == lag
        covariance = log[lag:][follows].T @ log[:-lag][follows] / follows.sum() / 4
        total.append(np.trace(covariance) / AXES)
        shared.append((covariance.sum() - np.trace(covariance)) / (AXES * (AXES - 1)))
    ratio = np.clip(np.mean(total[2:]) / np.mean(total[:3]), 0.01, 0.98)
    keep = float(np.sqrt(ratio))
    whole, common = (max(float(one[0]) / keep, 1e-6) for one in (total, shared))
    common = min(common, whole)
    return keep, np.sqrt([common, whole - common])


def _fit_shape(white: Float64Array, states: IntArray, *, spread: float) -> Float64Array:
    """Return cubics of a normal number with the quantiles of what is new in the noise.

    Bursts make tails of their own, which are taken off.
    """
    normal = np.sort(np.random.default_rng(0).standard_normal(_NORMAL_DRAWS))
    shape = np.zeros((STATES, AXES, 4))
    for state in range(STATES):
        values = np.sort(white[states == state], axis=0)
        z = np.quantile(normal, (np.arange(len(values)) + 0.5) / len(values))
        powers = np.stack([z, z**2 - 1, z**3], axis=1)
        for axis in range(AXES):
            column = values[:, axis]
            one, two, three = np.linalg.lstsq(powers, column, rcond=None)[0]
            tails = (column**4).mean() / (column**2).mean() ** 2
            excess = max(tails / np.exp(4 * spread**2) - 3, 0) / max(tails - 3, 1e-6)
            two, three = two / np.exp(1.5 * spread**2), three * min(excess, 1)
            # A standard normal number: E z^4 = 3, E z^6 = 15.
            size = np.sqrt(one**2 + 2 * two**2 + 6 * one * three + 15 * three**2)
            shape[state, axis] = np.array([-two, one, two, three]) / size
    return shape
