"""Rows of vectorised state, and a ring of the last tokens per row."""

import numpy as np
from numpy.typing import NDArray

from appliance.domain.arrays import Float64Array

RowIndex = NDArray[np.intp]
"""(R,) row numbers, each at most once."""


class TokenRing:
    """Sums of W quantities over the last N tokens of every row, in constant time per token.

    Each row has its own position, so a row that is frozen keeps its last N *observed* tokens. Sums
    are in float64 and differences of it: at 5 Hz the rounding of a day stays below 1e-9.
    """

    def __init__(self, rows: int, *, tokens: int, width: int) -> None:
        """Begin with empty rings."""
        self._values = np.zeros((rows, tokens, width))
        self._sums = np.zeros((rows, width))
        self._slot = np.zeros(rows, dtype=np.intp)
        self._tokens = tokens

    def reset(self, rows: RowIndex) -> None:
        """Empty these rows."""
        self._values[rows] = 0
        self._sums[rows] = 0
        self._slot[rows] = 0

    def push(self, rows: RowIndex, values: Float64Array) -> Float64Array:
        """Append one token per row and return the (R, W) sums over the last N tokens."""
        slot = self._slot[rows]
        at = rows, slot
        sums = self._sums[rows] + values - self._values[at]
        self._values[at] = values
        self._sums[rows] = sums
        self._slot[rows] = (slot + 1) % self._tokens
        return sums
