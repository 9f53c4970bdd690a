"""Honest scores of the expression head, fitted on Training faces that were kept back."""

from dataclasses import dataclass, field

import numpy as np

from appliance.domain.arrays import FloatArray, UInt8Array

STRENGTHS = np.linspace(-0.5, 1.0, 31)
ALLOWED_LOSS = 0.005  # of accuracy, for the sake of rare expressions
FACTORS = np.geomspace(0.4, 3.0, 81)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """What is done to the logits: factor * logits + offset."""

    factor: float
    """Inverse temperature."""

    offset: FloatArray = field(repr=False)
    """(8,) more for rare expressions."""

    strength: float
    """Exponent of the class shares that the offset takes away."""


def calibrate(logits: FloatArray, *, top: UInt8Array, shares: FloatArray) -> Calibration:
    """Fit offset and temperature.

    The offset is one number, the strength of the logit adjustment, so that a handful of faces of
    a rare class cannot bend it: the strongest that costs at most half a point of accuracy.

    Args:
        logits: (N, 8) of faces kept back.
        top: (N,) top votes.
        shares: (8,) of the top votes in the training set.

    Source:
        Menon et al. 2021 (arXiv:2007.07314), eq. 9; Guo et al. 2017 (arXiv:1706.04599), 4.2.
    """
    rarity = -np.log(shares)
    accuracy = [((logits + s * rarity).argmax(axis=1) == top).mean() for s in STRENGTHS]
    good = np.flatnonzero(np.array(accuracy) >= max(accuracy) - ALLOWED_LOSS)
    strength = float(STRENGTHS[good[-1]])
    adjusted = logits + strength * rarity
    surprise = [_surprise(factor * adjusted, top) for factor in FACTORS]
    factor = float(FACTORS[int(np.argmin(surprise))])
    return Calibration(factor=factor, offset=factor * strength * rarity, strength=strength)


def _surprise(logits: FloatArray, top: UInt8Array) -> float:
    """Return the mean negative log likelihood of the top votes."""
    peak = logits.max(axis=1, keepdims=True)
    norm = peak[:, 0] + np.log(np.exp(logits - peak).sum(axis=1))
    return float((norm - logits[np.arange(len(top)), top]).mean())
