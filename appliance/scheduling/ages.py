"""How old frames were when they had been looked at, in a histogram that can be read at any time."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

BIN_S = 0.002
"""Resolution: a seventy-fifth of the age that is allowed (docs/DESIGN.md, 10)."""

BINS = 500
"""Up to 1 s; what is older counts as that."""


@dataclass(frozen=True, slots=True, eq=False)
class AgeHistogram:
    """Counts of ages since start; two readings can be subtracted, those of two seats added."""

    counts: NDArray[np.int64] = field(
        default_factory=lambda: np.zeros(BINS, dtype=np.int64), repr=False
    )
    """(500,) frames by age, 2 ms each; the last one also holds everything older."""

    @property
    def count(self) -> int:
        """Number of frames."""
        return int(self.counts.sum())

    def __add__(self, other: "AgeHistogram") -> "AgeHistogram":
        """Return both together."""
        return AgeHistogram(self.counts + other.counts)

    def __sub__(self, earlier: "AgeHistogram") -> "AgeHistogram":
        """Return what was added since an earlier reading."""
        return AgeHistogram(self.counts - earlier.counts)

    def quantile_s(self, share: float) -> float:
        """Return the age that this share of the frames does not exceed, seconds.

        Args:
            share: In (0, 1].

        Returns:
            Upper edge of the bin, so never too little; 0 without any frame.
        """
        total = self.count
        if total == 0:
            return 0.0
        reached = np.cumsum(self.counts) >= share * total
        return float((int(reached.argmax()) + 1) * BIN_S)


class AgeCounter:
    """The histogram being filled, by one thread at a time."""

    def __init__(self) -> None:
        """Begin empty."""
        self._counts: NDArray[np.int64] = np.zeros(BINS, dtype=np.int64)

    def add(self, age_s: float) -> None:
        """Count one frame; clocks that disagree by a little make no negative age."""
        self._counts[min(max(int(age_s / BIN_S), 0), BINS - 1)] += 1

    def read(self) -> AgeHistogram:
        """Return a copy."""
        return AgeHistogram(self._counts.copy())
