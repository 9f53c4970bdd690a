"""What is left of the model once levels and covariances are fitted."""

from dataclasses import replace
from itertools import pairwise

import numpy as np

from appliance.domain.arrays import Float64Array
from appliance.domain.policy.choices import POLICY_STEP_S
from training.policy.fast.fit.liveliness import fit_liveliness
from training.policy.fast.fit.posterior import FIRST
from training.policy.fast.fit.recordings import Recordings
from training.policy.fast.fit.stochastic import Fit
from training.policy.fast.fitted import AXES, ReadingModel
from training.policy.fast.readers import WARM_STEPS

POPUP_STEPS = 3
_EDGES = (0.0, 0.36, 0.38, 0.4, 0.42, 0.45, 0.5, 0.55, 0.6, 0.7, 1.0)


def complete(fit: Fit, recordings: Recordings) -> ReadingModel:
    """Return the model with its start, the liveliness of its noise, doubts and pop-ups."""
    sure, known = _fit_doubts(recordings)
    lively = fit_liveliness(fit)
    return replace(
        fit.model,
        swing_at=lively.swing_at,
        swing=lively.swing,
        unrest=lively.unrest,
        bursts_keep=lively.bursts_keep,
        bursts_sd=lively.bursts_sd,
        shape=lively.shape,
        start=_fit_start(fit),
        popup=_fit_popups(fit, recordings),
        sure=sure,
        known=known,
    )


def _fit_start(fit: Fit) -> Float64Array:
    """Return what the first minute's noise has in common: it is forgotten by ``follow``."""
    left = np.mean([draw.noise[:FIRST] for draw in fit.draws], axis=0)
    kept = fit.model.follow ** np.arange(1, FIRST + 1)
    return np.asarray(kept @ left / (kept @ kept))


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
