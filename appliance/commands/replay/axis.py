"""Capture time to pixels, and tokens to the columns of a picture."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from appliance.commands.replay.recording import Cover, SeatTrack
from appliance.domain.arrays import Float32Array, Float64Array, UInt8Array

SMOOTHED_TOKENS = 25
"""Centred mean of what is drawn: 5 s, short beside the 30 s of any decision."""

MOST_TICKS = 13
"""Labels that fit side by side."""

STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
"""Distances between two labels that people read without calculating."""

_SLACK_S = 1e-6
"""Capture times are sums of fifths: 59.9999999 is a minute."""

_Number = TypeVar("_Number", np.int64, np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeAxis:
    """Seconds of the recording along a stretch of pixels."""

    duration_s: float
    """What the whole stretch means, above 0."""

    left_px: float
    """Where 0 s is."""

    width_px: float
    """Length of the stretch."""

    def x_px(self, at_s: float) -> float:
        """Return where a time is; what lies outside is put on the edge."""
        inside = min(max(at_s / self.duration_s, 0.0), 1.0)
        return self.left_px + inside * self.width_px

    def ticks_s(self) -> tuple[int, ...]:
        """Return the times to label, whole seconds."""
        step = next((step for step in STEPS_S if self.duration_s / step < MOST_TICKS), STEPS_S[-1])
        return tuple(range(0, int(self.duration_s) + 1, step))


def clock(at_s: float) -> str:
    """Return minutes and seconds, ``4:07``; a negative time has its sign."""
    whole = int(abs(at_s) + _SLACK_S)
    return f"{'-' if at_s <= -1 else ''}{whole // 60}:{whole % 60:02d}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Columns:
    """A seat's track as the columns of a picture, X of them."""

    cover: UInt8Array
    """(X,) of ``Cover``: the one that most tokens of the column have."""

    probabilities: Float32Array
    """(X, C) mean of the smoothed probabilities, each row of sum 1; NaN where not known."""

    leading: UInt8Array
    """(X,) column of the most probable state; C where not known."""


def pool_columns(track: SeatTrack, *, columns: int) -> Columns:
    """Spread a track over the columns of a picture.

    A column holds the tokens whose middle lies in it; a column narrower than a token holds the
    token around it.

    Args:
        track: N tokens, N > 0.
        columns: X, at least 1.
    """
    tokens, states = track.probabilities.shape
    edges: Float64Array = np.linspace(0, tokens, columns + 1)
    first = np.ceil(edges[:-1] - 0.5).astype(np.intp)
    behind = np.ceil(edges[1:] - 0.5).astype(np.intp)
    around = np.minimum(((edges[:-1] + edges[1:]) / 2).astype(np.intp), tokens - 1)
    narrow = behind <= first
    first = np.where(narrow, around, first)
    behind = np.where(narrow, around + 1, behind)

    one_hot = (track.cover[:, None] == np.arange(len(Cover))).astype(np.int64)
    counts: NDArray[np.int64] = _sums(one_hot, first, behind)
    cover = counts.argmax(axis=1).astype(np.uint8)
    known = cover == Cover.KNOWN
    smooth = np.nan_to_num(smooth_known(track.probabilities)).astype(np.float64)
    known_tokens: NDArray[np.int64] = counts[:, [Cover.KNOWN]].clip(1)
    means: Float64Array = _sums(smooth, first, behind) / known_tokens
    leading = np.full(columns, states, dtype=np.uint8)
    if states:
        leading[known] = means[known].argmax(axis=1)
    means[~known] = np.nan
    return Columns(cover=cover, probabilities=means.astype(np.float32), leading=leading)


def smooth_known(probabilities: Float32Array) -> Float32Array:
    """Return the centred mean over the known tokens within 5 s; NaN stays NaN.

    Args:
        probabilities: (N, C), NaN where nothing is known.
    """
    known = np.asarray(~np.isnan(probabilities).any(axis=1), dtype=np.bool_)
    index = np.arange(len(probabilities))
    first = np.maximum(index - SMOOTHED_TOKENS // 2, 0)
    behind = np.minimum(index + SMOOTHED_TOKENS // 2 + 1, len(probabilities))
    sums = _sums(np.nan_to_num(probabilities).astype(np.float64), first, behind)
    counts = _sums(known.astype(np.float64)[:, None], first, behind)
    means: Float64Array = sums / np.maximum(counts, 1)
    means[~known] = np.nan
    return means.astype(np.float32)


def runs(values: UInt8Array) -> list[tuple[int, int, int]]:
    """Return (value, first, behind) of each stretch of equal values."""
    borders = np.flatnonzero(np.diff(values)) + 1
    starts = [0, *borders.tolist()]
    ends = [*borders.tolist(), len(values)]
    return [(int(values[a]), a, b) for a, b in zip(starts, ends, strict=True)]


def _sums(
    values: NDArray[_Number], first: NDArray[np.intp], behind: NDArray[np.intp]
) -> NDArray[_Number]:
    """Return the sum of rows ``first`` to ``behind`` for each pair; (X, C)."""
    total = np.zeros((len(values) + 1, values.shape[1]), dtype=values.dtype)
    values.cumsum(axis=0, out=total[1:])
    sums: NDArray[_Number] = total[behind] - total[first]
    return sums
