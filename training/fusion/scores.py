"""Scores of readings against true states: F1, recall, calibration, area under the ROC curve."""

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from appliance.domain.affect import AFFECTS, StudentState
from appliance.domain.arrays import BoolArray, Float64Array
from appliance.fusion.fuser import MIN_PROBABILITY

BINS = 15  # docs/DESIGN.md, 4: ECE over 15 bins
# Student's t, 97.5 %, for 2 to 10 repetitions.
T_OF = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26)


class Scores(TypedDict):
    """How well states are told, each number rounded to four digits."""

    macro_f1: float
    recall: dict[str, float]
    ece: float
    abstained: float


def score(
    p: Float64Array, states: NDArray[np.int8], *, names: Sequence[StudentState] = AFFECTS
) -> Scores:
    """Return macro-F1, recall per state, ECE and the share of unsure tokens.

    Args:
        p: (M, C) probabilities.
        states: (M,) true states.
        names: Of the C states.
    """
    guess, confidence = p.argmax(axis=1), p.max(axis=1)
    recall, f1 = {}, []
    for index, name in enumerate(names):
        hits = np.sum((guess == index) & (states == index))
        sensitivity = hits / max(1, np.sum(states == index))
        precision = hits / max(1, np.sum(guess == index))
        recall[name.value] = round(float(sensitivity), 4)
        f1.append(2 * sensitivity * precision / max(1e-9, sensitivity + precision))
    return {
        "macro_f1": round(float(np.mean(f1)), 4),
        "recall": recall,
        "ece": round(calibration_error(confidence, guess == states), 4),
        "abstained": round(float(np.mean(confidence < MIN_PROBABILITY)), 4),
    }


def balanced_accuracy(truth: NDArray[np.intp], predicted: NDArray[np.intp]) -> float:
    """Return the mean recall of the classes that occur."""
    return float(np.mean([np.mean(predicted[truth == one] == one) for one in np.unique(truth)]))


def area_under_roc(
    scores: Float64Array, positive: BoolArray, *, weight: Float64Array | None = None
) -> float:
    """Return the chance that a positive one scores above a negative one, ties counting half.

    Args:
        scores: (N,) higher for positive.
        positive: (N,) of which both kinds occur.
        weight: (N,) how much each one counts; all alike by default.

    Source:
        Mann and Whitney 1947: the rank sum of the positive ones.
    """
    counted = np.ones(len(scores)) if weight is None else weight
    _, rank = np.unique(scores, return_inverse=True)
    up = np.bincount(rank, weights=counted * positive)
    down = np.bincount(rank, weights=counted * ~positive)
    below = np.cumsum(down) - down / 2
    return float((up * below).sum() / (up.sum() * down.sum()))


def calibration_error(confidence: Float64Array, right: BoolArray) -> float:
    """Return ECE of (M,) confidences and whether each answer was right, over 15 bins."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    error = 0.0
    for one in np.unique(bins):
        inside = bins == one
        gap = np.mean(right[inside]) - np.mean(confidence[inside])
        error += float(np.mean(inside)) * abs(float(gap))
    return error


def interval(values: list[float]) -> list[float]:
    """Return the 95 % interval of the mean of independent repetitions; Student's t."""
    if len(values) == 1:
        return [values[0], values[0]]
    half = T_OF[len(values) - 2] * float(np.std(values, ddof=1)) / len(values) ** 0.5
    mean = float(np.mean(values))
    return [round(mean - half, 4), round(mean + half, 4)]
