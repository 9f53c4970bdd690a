"""Time along a picture: what a clock says, which times are labelled, and what is drawn at them."""

import numpy as np

from appliance.domain.arrays import Float32Array, Float64Array, UInt8Array

SMOOTHED_TOKENS = 25
"""Centred mean of what is drawn: 5 s, short beside the 30 s of any decision."""

MOST_TICKS = 13
"""Labels that fit side by side."""

STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
"""Distances between two labels that people read without calculating."""

_SLACK_S = 1e-6
"""Capture times are sums of fifths: 59.9999999 is a minute."""


def clock(at_s: float) -> str:
    """Return minutes and seconds, ``4:07``; a negative time has its sign."""
    whole = int(abs(at_s) + _SLACK_S)
    return f"{'-' if at_s <= -1 else ''}{whole // 60}:{whole % 60:02d}"


def ticks_s(duration_s: float) -> tuple[int, ...]:
    """Return the times to label, whole seconds."""
    step = next((step for step in STEPS_S if duration_s / step < MOST_TICKS), STEPS_S[-1])
    return tuple(range(0, int(duration_s) + 1, step))


def smooth_known(probabilities: Float32Array) -> Float64Array:
    """Return the centred mean over the known tokens within 5 s; NaN stays NaN.

    Args:
        probabilities: (N, C), NaN where nothing is known.
    """
    known = np.asarray(~np.isnan(probabilities).any(axis=1), dtype=np.bool_)
    summed = np.nan_to_num(probabilities).astype(np.float64)
    for column in summed.T:
        column[:] = _sums(column)
    means: Float64Array = summed / _sums(known.astype(np.float64)).clip(1)[:, None]
    means[~known] = np.nan
    return means


def runs(values: UInt8Array) -> list[tuple[int, int, int]]:
    """Return (value, first, behind) of each stretch of equal values."""
    borders = np.flatnonzero(np.diff(values)) + 1
    starts = [0, *borders.tolist()]
    ends = [*borders.tolist(), len(values)]
    return [(int(values[a]), a, b) for a, b in zip(starts, ends, strict=True)]


def _sums(values: Float64Array) -> Float64Array:
    around = np.convolve(values, np.ones(SMOOTHED_TOKENS))
    return np.asarray(around[SMOOTHED_TOKENS // 2 :][: len(values)], dtype=np.float64)
