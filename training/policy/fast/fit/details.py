"""What is left of the model once levels and covariances are fitted."""

from dataclasses import replace
from itertools import pairwise

import numpy as np

from appliance.domain.arrays import Float64Array
from appliance.domain.choices import POLICY_STEP_S
from training.policy.fast.fit.posterior import FIRST
from training.policy.fast.fit.recordings import Recordings
from training.policy.fast.fit.stochastic import Fit
from training.policy.fast.fitted import AXES, STATES, ReadingModel
from training.policy.fast.readers import WARM_STEPS

POPUP_STEPS = 3
_EDGES = (0.0, 0.36, 0.38, 0.4, 0.42, 0.45, 0.5, 0.55, 0.6, 0.7, 1.0)
_NORMAL_DRAWS = 200_000


def complete(fit: Fit, recordings: Recordings) -> ReadingModel:
    """Return the model with its start, the shape of its noise, doubts and pop-ups."""
    sure, known = _fit_doubts(recordings)
    return replace(
        fit.model,
        start=_fit_start(fit),
        shape=_fit_shape(fit),
        popup=_fit_popups(fit, recordings),
        sure=sure,
        known=known,
    )


def _fit_start(fit: Fit) -> Float64Array:
    """Return what the first minute's noise has in common: it is forgotten by ``follow``."""
    left = np.mean([draw.noise[:FIRST] for draw in fit.draws], axis=0)
    kept = fit.model.follow ** np.arange(1, FIRST + 1)
    return np.asarray(kept @ left / (kept @ kept))


def _fit_shape(fit: Fit) -> Float64Array:
    """Return cubics of a normal number with the quantiles of what is new in the noise."""
    white: list[list[Float64Array]] = [[] for _ in range(STATES)]
    for lesson, draw, which in zip(fit.lessons, fit.draws, fit.classes, strict=True):
        states = lesson.states[lesson.used]
        for state in range(STATES):
            lower = np.linalg.cholesky(fit.model.classes[which].noise[state])
            new = draw.new[states == state] / draw.factor
            white[state].append(np.linalg.solve(lower, new.T).T)
    normal = np.sort(np.random.default_rng(0).standard_normal(_NORMAL_DRAWS))
    shape = np.zeros((STATES, AXES, 4))
    for state in range(STATES):
        values = np.concatenate(white[state])
        ranks = (np.arange(len(values)) + 0.5) / len(values)
        z = np.quantile(normal, ranks)
        for axis in range(AXES):
            powers = np.stack([z, z**2 - 1, z**3], axis=1)
            one, two, three = np.linalg.lstsq(powers, np.sort(values[:, axis]), rcond=None)[0]
            # A standard normal number: E z^4 = 3, E z^6 = 15.
            size = np.sqrt(one**2 + 2 * two**2 + 6 * one * three + 15 * three**2)
            shape[state, axis] = np.array([-two, one, two, three]) / size
    return shape


def _fit_popups(fit: Fit, recordings: Recordings) -> Float64Array:
    """Return the mean noise in the 10 s, 20 s, ... after a pop-up, (P, 3)."""
    lesson, number = np.nonzero(np.isfinite(recordings.popups))
    if len(lesson) == 0:
        return np.zeros((POPUP_STEPS, AXES))
    step = np.floor(recordings.popups[lesson, number] / POLICY_STEP_S).astype(np.int64)
    noise = np.array([draw.noise for draw in fit.draws])
    kept = (step >= FIRST) & (step + POPUP_STEPS <= noise.shape[1])
    lesson, step = lesson[kept], step[kept]
    return np.array(
        [
            (noise[lesson, step + later] - noise[lesson, step - 1]).mean(axis=0)
            for later in range(POPUP_STEPS)
        ]
    )


def _fit_doubts(recordings: Recordings) -> tuple[Float64Array, Float64Array]:
    """Return how often the latest reading is known, by the largest mean probability."""
    sure = recordings.probabilities.max(axis=-1)
    usable = recordings.here & (recordings.present > 0)
    usable[:, :WARM_STEPS] = False
    middles, shares = [], []
    for low, high in pairwise(_EDGES):
        inside = usable & (sure >= low) & (sure < high)
        if inside.any():
            middles.append(float(sure[inside].mean()))
            shares.append(float(recordings.known[inside].mean()))
    return np.array(middles), np.array(shares)
