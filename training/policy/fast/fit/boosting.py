"""Gradient-boosted trees that try to tell two samples apart (Friedman 2001), in NumPy.

A two-sample test is as sharp as its classifier: trees see what a linear one would miss.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from appliance.domain.arrays import Float64Array, IntArray

TREES = 60
DEPTH = 3
RATE = 0.1
BINS = 32
_LAMBDA = 5.0  # pull of the leaves towards 0
_LEAST_HESSIAN = 5.0  # of a leaf


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Tree:
    columns: IntArray = field(repr=False)
    """(2^DEPTH - 1,) column of each node, in the order of a heap; -1 where all go left."""
    limits: IntArray = field(repr=False)
    """(2^DEPTH - 1,) bins above it go right."""
    leaves: Float64Array = field(repr=False)
    """(2^DEPTH,)."""

    def follow(self, binned: IntArray) -> IntArray:
        """Return the leaf of each row."""
        rows = np.arange(len(binned))
        node = np.zeros(len(binned), dtype=np.int64)
        for _ in range(DEPTH):
            column = self.columns[node]
            right = (column >= 0) & (binned[rows, column] > self.limits[node])
            node = 2 * node + 1 + right
        return node - (2**DEPTH - 1)


def score_by_folds(
    one: Float64Array,
    other: Float64Array,
    *,
    groups: tuple[IntArray, IntArray],
    folds: int = 5,
    seed: int = 0,
) -> float:
    """Return the mean AUC of trees that tell two samples apart, each group judged unseen.

    Args:
        one: (N, F) rows of the first sample.
        other: (K, F) of the second.
        groups: (N,) and (K,) lesson of each row; the two samples share none.
        folds: How often a part is left out.
        seed: Decides which lessons are left out together.
    """
    rows = np.concatenate([one, other])
    labels = np.concatenate([np.zeros(len(one)), np.ones(len(other))])
    rng = np.random.default_rng(seed)
    fold = np.concatenate([rng.permutation(own.max() + 1)[own] % folds for own in groups])
    scores = []
    for left_out in range(folds):
        seen = fold != left_out
        predicted = _fit_and_predict(rows[seen], labels[seen], rows[~seen])
        scores.append(auc(labels[~seen] == 1, predicted))
    return float(np.mean(scores))


def auc(positive: np.ndarray, scores: Float64Array) -> float:
    """Return the area under the curve; ties count half."""
    values, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    del values
    ranks = (counts.cumsum() - (counts - 1) / 2)[inverse]
    count = int(positive.sum())
    above = ranks[positive].sum() - count * (count + 1) / 2
    return float(above / (count * (len(scores) - count)))


def _fit_and_predict(
    rows: Float64Array, labels: Float64Array, unseen: Float64Array
) -> Float64Array:
    edges = [np.unique(np.quantile(column, np.linspace(0, 1, BINS + 1)[1:-1])) for column in rows.T]
    binned, other = _bin(rows, edges), _bin(unseen, edges)
    fitted, predicted = np.zeros(len(rows)), np.zeros(len(unseen))
    for _ in range(TREES):
        chance = 1 / (1 + np.exp(-fitted))
        tree = _grow(binned, gradient=chance - labels, hessian=chance * (1 - chance))
        fitted += tree.leaves[tree.follow(binned)]
        predicted += tree.leaves[tree.follow(other)]
    return predicted


def _bin(rows: Float64Array, edges: Sequence[Float64Array]) -> IntArray:
    columns = [np.searchsorted(own, column) for own, column in zip(edges, rows.T, strict=True)]
    return np.stack(columns, axis=1)


def _grow(binned: IntArray, *, gradient: Float64Array, hessian: Float64Array) -> _Tree:
    inner = 2**DEPTH - 1
    columns, limits = np.full(inner, -1), np.zeros(inner, dtype=np.int64)
    node = np.zeros(len(binned), dtype=np.int64)
    for number in range(inner):
        inside = np.flatnonzero(node == number)
        columns[number], limits[number] = _split(binned[inside], gradient[inside], hessian[inside])
        right = binned[inside, columns[number]] > limits[number]
        node[inside] = 2 * number + 1 + (right & (columns[number] >= 0))
    leaf = node - inner
    sums = np.bincount(leaf, gradient, minlength=inner + 1)
    weights = np.bincount(leaf, hessian, minlength=inner + 1)
    return _Tree(columns=columns, limits=limits, leaves=-RATE * sums / (weights + _LAMBDA))


def _split(binned: IntArray, gradient: Float64Array, hessian: Float64Array) -> tuple[int, int]:
    """Return the column and bin of the best split; column -1 when none gains."""
    count, width = binned.shape
    flat = (binned + BINS * np.arange(width)).ravel()
    shape = (width, BINS)
    sums = np.bincount(flat, np.repeat(gradient, width), minlength=width * BINS).reshape(shape)
    weights = np.bincount(flat, np.repeat(hessian, width), minlength=width * BINS).reshape(shape)
    left, light = sums.cumsum(axis=1), weights.cumsum(axis=1)
    total, whole = left[0, -1], light[0, -1]
    gain = left**2 / (light + _LAMBDA) + (total - left) ** 2 / (whole - light + _LAMBDA)
    gain[(light < _LEAST_HESSIAN) | (whole - light < _LEAST_HESSIAN)] = -np.inf
    column, limit = np.unravel_index(int(gain.argmax()), shape)
    if count == 0 or gain[column, limit] <= total**2 / (whole + _LAMBDA):
        return -1, 0
    return int(column), int(limit)
