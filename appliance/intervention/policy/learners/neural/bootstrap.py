"""How sure an ensemble is: weights by which its members differ, and the bound they give."""

import numpy as np
from numpy.typing import NDArray

from appliance.domain.arrays import Float32Array, Float64Array, IntArray
from appliance.intervention.policy.learners.neural.network import Floats

_STUDENT = (
    6.3138, 2.9200, 2.3534, 2.1318, 2.0150, 1.9432, 1.8946, 1.8595, 1.8331, 1.8125,
    1.7959, 1.7823, 1.7709, 1.7613, 1.7531, 1.7459, 1.7396, 1.7341, 1.7291, 1.7247,
)  # fmt: skip
"""Quantile .95 of Student's t with 1, 2, ... 20 degrees of freedom."""

_POISSON = np.exp(-1) * np.cumsum([1, 1, 1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720])
"""Probability that a Poisson variable of mean 1 is at most 0, 1, ... 6."""

_MIX1, _MIX2, _STEP = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0x9E3779B97F4A7C15


def lower_bounds(differences: Floats) -> Float64Array:
    """Return (...): 95 % one-sided lower bound of a difference of which K members hold (K, ...).

    mean - t sd sqrt(1 + 1 / K): members are draws from what may be true (anchored and bootstrapped:
    Pearce et al. 2020), and the bound is where the next draw lies above 19 times in 20. Without the
    root it would be the bound of their mean, which says nothing of the truth.

    Args:
        differences: K of 2 to 21.
    """
    members = len(differences)
    held = np.asarray(differences, dtype=np.float64)
    factor = _STUDENT[members - 2] * np.sqrt(1 + 1 / members)
    return np.asarray(held.mean(axis=0) - factor * held.std(axis=0, ddof=1))


def stay_weights(states: Float32Array, stays: IntArray, *, members: int) -> Float32Array:
    """Return (N, K): how much each choice counts for each member, the same for those of one stay.

    Exponential weights of mean 1 are the Bayesian bootstrap (Rubin 1981). What one student answers
    hangs together, so students are drawn, not choices. The weight follows from a hash of the
    first state of the stay: it stays the same however much is learned later, so a member changes
    its mind by what happened, not by new chance.

    Args:
        states: (N, 155).
        stays: (N,) as in ``Experience``.
        members: K.
    """
    if not len(stays):
        return np.empty((0, members), dtype=np.float32)
    first = np.r_[True, stays[1:] != stays[:-1]]
    keys = _hash_rows(states[first])
    numbers = np.arange(1, members + 1, dtype=np.uint64) * np.uint64(_STEP)
    mixed = _mix(keys[:, None] ^ _mix(numbers))
    uniform = ((mixed >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53
    weights = -np.log(uniform)
    return np.asarray(weights[np.cumsum(first) - 1], dtype=np.float32)


def poisson_counts(weights: Float32Array) -> IntArray:
    """Return how often a choice is drawn (Poisson of mean 1), where weights cannot be said.

    Args:
        weights: Of ``stay_weights``: the larger, the more often.
    """
    return np.searchsorted(_POISSON, 1 - np.exp(-weights.astype(np.float64))).astype(np.int64)


def _hash_rows(rows: Float32Array) -> NDArray[np.uint64]:
    """Return (N,) hashes: multilinear (Carter and Wegman 1979) with splitmix64's numbers."""
    words = np.ascontiguousarray(rows, dtype="<f4").view("<u4")
    result = np.zeros(len(words), dtype=np.uint64)
    numbers = np.arange(1, words.shape[1] + 1, dtype=np.uint64) * np.uint64(_STEP)
    for word, number in zip(words.T, _mix(numbers) | np.uint64(1), strict=True):
        result += word.astype(np.uint64) * number
    return _mix(result)


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Finish as splitmix64 does (Steele et al. 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(_MIX1)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(_MIX2)
    return values ^ (values >> np.uint64(31))
