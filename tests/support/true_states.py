"""Simulated students whose true states are given, and readings that are right about them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from appliance.domain.tokens import TOKEN_HZ
from training.warning.follow import Readings, true_readings

FOCUSED, CONFUSED, FATIGUED, BORED = range(4)


def states(*students: Sequence[tuple[int, int]]) -> NDArray[np.int8]:
    """Build (N, T) states from (state, seconds) per student."""
    rows = [
        np.concatenate([np.full(round(s * TOKEN_HZ), state, dtype=np.int8) for state, s in one])
        for one in students
    ]
    return np.stack(rows)


def softened(truth: NDArray[np.int8], confidence: float) -> Readings:
    """Return readings that are right and just so sure; the others share the rest."""
    sure = true_readings(truth)
    rest = (1 - confidence) / 3
    p = sure.probabilities * np.float32(confidence - rest) + np.float32(rest)
    return Readings(probabilities=p, known=sure.known)


LESSON = states(
    [(FOCUSED, 400), (FATIGUED, 500), (FOCUSED, 400), (BORED, 300), (CONFUSED, 200)],
    [(FOCUSED, 1800)],
)
