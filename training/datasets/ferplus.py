"""Reader of FER2013 with the FER+ votes: gray 48 x 48 faces, ten raters each."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from appliance.domain.arrays import BoolArray, Float32Array, UInt8Array

EXPRESSIONS = (
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
)  # FER+ column order; "unknown" and "NF" (no face) follow
TRAINING, PUBLIC_TEST = 0, 1
SURE_VOTES = 6  # of ten raters; the bar is stated for them


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FerPlus:
    """N faces."""

    images: UInt8Array = field(repr=False)
    """(N, 48, 48) gray."""

    votes: UInt8Array = field(repr=False)
    """(N, 10) raters per column: the eight expressions, unknown, no face."""

    usage: UInt8Array = field(repr=False)
    """(N,) 0 = Training, 1 = PublicTest."""

    @property
    def top(self) -> UInt8Array:
        """(N,) column with most votes; the first of equals."""
        return self.votes.argmax(axis=1).astype(np.uint8)

    @property
    def is_expression(self) -> BoolArray:
        """(N,) True where one of the eight expressions has most votes."""
        return np.asarray(self.top < len(EXPRESSIONS))

    def soft_targets(self) -> tuple[Float32Array, BoolArray]:
        """Turn votes into a distribution per face.

        Returns:
            (N, 8) distributions, and (N,) whether the face can be trained on.

        Source:
            Barsoum et al. 2016 (arXiv:1608.01041), section 3 and the FER+ reference code: single
            votes are outliers and removed; faces whose top is unknown or no face are left out.
        """
        counts = np.where(self.votes > 1, self.votes, 0)[:, : len(EXPRESSIONS)].astype(np.float32)
        total = counts.sum(axis=1, keepdims=True)
        usable = self.is_expression & (total[:, 0] > 0)
        return (counts / np.maximum(total, 1)).astype(np.float32), usable


def read_ferplus(npz_file: Path) -> FerPlus:
    """Read ``ferplus.npz`` or any subset of it in the same format."""
    with np.load(npz_file) as archive:
        return FerPlus(images=archive["images"], votes=archive["votes"], usage=archive["usage"])
