"""Honest scores of the expression head, fitted on Training faces that were kept back."""

from dataclasses import dataclass, field

import numpy as np

from appliance.domain.arrays import FloatArray, UInt8Array

STRENGTHS = np.linspace(-0.6, 0.6, 25)
FACTORS = np.geomspace(0.4, 3.0, 61)
RARE_SHARE = 0.01  # disgust and contempt
RARE_GAINS = np.linspace(0.0, 3.0, 31)  # added to their logits
ALLOWED_LOSS = 0.0025  # of accuracy, for the sake of the rare


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """What is done to the logits: factor * logits + offset."""

    factor: float
    """Inverse temperature."""

    offset: FloatArray = field(repr=False)
    """(8,) per expression."""

    strength: float
    """Exponent of the class shares that the offset takes away; negative where training saw too
    much of the rare."""

    rare_gain: float
    """What the classes below ``RARE_SHARE`` get on top."""


def calibrate(logits: FloatArray, *, top: UInt8Array, shares: FloatArray) -> Calibration:
    """Fit temperature and class offsets.

    Temperature and the strength of the logit adjustment are the most likely ones. The rarest
    classes, of which the network is never sure, are then raised together as far as it costs no
    more than a quarter of a point of accuracy: one number each, so that the handful of their faces
    that were kept back cannot bend them.

    Args:
        logits: (N, 8) of faces kept back.
        top: (N,) top votes.
        shares: (8,) of the top votes in the training set.

    Source:
        Guo et al. 2017 (arXiv:1706.04599), 4.2; Menon et al. 2021 (arXiv:2007.07314), eq. 9.
    """
    rarity = -np.log(shares)
    surprise = np.array(
        [[_surprise(f * (logits + s * rarity), top) for f in FACTORS] for s in STRENGTHS]
    )
    row, column = np.unravel_index(int(surprise.argmin()), surprise.shape)
    strength, factor = float(STRENGTHS[row]), float(FACTORS[column])
    likely = logits + strength * rarity
    rare = (shares < RARE_SHARE).astype(np.float64)
    accuracy = np.array([((likely + g * rare).argmax(axis=1) == top).mean() for g in RARE_GAINS])
    gain = float(RARE_GAINS[np.flatnonzero(accuracy >= accuracy[0] - ALLOWED_LOSS)[-1]])
    return Calibration(
        factor=factor,
        offset=factor * (strength * rarity + gain * rare),
        strength=strength,
        rare_gain=gain,
    )


def _surprise(logits: FloatArray, top: UInt8Array) -> float:
    """Return the mean negative log likelihood of the top votes."""
    peak = logits.max(axis=1, keepdims=True)
    norm = peak[:, 0] + np.log(np.exp(logits - peak).sum(axis=1))
    return float((norm - logits[np.arange(len(top)), top]).mean())
