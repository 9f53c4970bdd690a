"""Blink rates and durations of episodes, drawn like real recordings of alert and drowsy people.

``blink_windows.json`` describes windows of 30 blinks of RLDD (Ghoddoosian et al. 2019, MIT), made
by ``training/real/fatigue_blinks.py``: per fold (a group of twelve people) and alertness a grid of
cells with equal weight, each with mean and spread of the window's mean duration and frequency,
as z-scores against the person's own alert recording. People are not named in the data, so a
fold is as near as one comes to "person by person": students of one fold are never tested on
what was learned from them.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.domain.arrays import BoolArray, Float64Array
from training.simulator import parameters as p

FIT = Path(__file__).parent / "measured" / "blink_windows.json"
TRAINING_FOLDS = (1, 2, 3)
TEST_FOLD = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BlinkWindows:
    """Cells of windows: (fold, alert or drowsy, cell, (duration z, frequency z))."""

    mean: Float64Array = field(repr=False)
    """(4, 2, C, 2)."""

    spread: Float64Array = field(repr=False)
    """(4, 2, C, 2) standard deviations within a cell."""

    def draw(
        self, rng: np.random.Generator, folds: NDArray[np.int64], drowsy: BoolArray
    ) -> tuple[Float64Array, Float64Array]:
        """Draw one window for each of N episodes.

        Args:
            rng: Source of randomness.
            folds: (N,) 1 to 4.
            drowsy: (N,) which half.

        Returns:
            (N,) factor on the alert blink rate and (N,) on the alert blink duration.
        """
        at = folds - 1, drowsy.astype(np.int64), rng.integers(0, self.mean.shape[2], len(folds))
        z = self.mean[at] + self.spread[at] * rng.standard_normal((len(folds), 2))
        return rate_factor(z[:, 1]), duration_factor(z[:, 0])


def load_windows() -> BlinkWindows:
    """Return the fitted cells."""
    fit = json.loads(FIT.read_text(encoding="utf-8"))
    return BlinkWindows(mean=np.array(fit["mean"]), spread=np.array(fit["spread"]))


def rate_factor(z: Float64Array) -> Float64Array:
    """Return the factor on an alert rate that a frequency's z-score stands for."""
    return np.clip(1 + p.BLINK_RATE_SD * z, *p.BLINK_RATE_LIMITS)


def duration_factor(z: Float64Array) -> Float64Array:
    """Return the factor on an alert duration that a duration's z-score stands for."""
    return np.clip(1 + p.BLINK_DURATION_SD * z, *p.BLINK_DURATION_LIMITS)
