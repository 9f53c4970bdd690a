"""What the shipped ``fatigue-only`` model scores on simulated students it has never seen.

As in ``evaluate_fusion``: through the box's own streaming ``Fuser`` and the shipped artifact, all
students as the seats of one box. The numbers are simulated and say so.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.domain.affect import VIGILANCES, Vigilance
from appliance.domain.arrays import BoolArray, Float64Array
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.tokens import TOKEN_HZ, TOKEN_S, SeatStatus, TokenBatch
from appliance.fusion.fuser import MIN_PROBABILITY_OF_TWO, WARM_UP_S, Fuser
from appliance.inference.library import EngineChoice, ModelLibrary
from training.evaluate_fusion import BINS, UNSEEN_SEED
from training.fatigue_only import without_emotion
from training.simulator.classroom import Lesson, simulate_lesson
from training.simulator.parameters import REGIMES

MODEL = "fusion_fatigue"
GOLDEN = Path("tests/fusion/golden/whole_sequence_fatigue.npz")
FATIGUED = VIGILANCES.index(Vigilance.FATIGUED)


def evaluate_fatigue_only(
    *, students: int = 48, minutes: float = 10.0, seed: int = UNSEEN_SEED
) -> dict[str, object]:
    """Return the scores of the shipped twin as a JSON-ready table.

    Args:
        students: Unseen simulated students.
        minutes: Length of each occupancy.
        seed: Decides them.
    """
    warm = int(WARM_UP_S * TOKEN_HZ)
    tables = {}
    for regime in REGIMES:
        lesson = without_emotion(
            simulate_lesson(
                seed=seed, students=students, tokens=int(minutes * 60 * TOKEN_HZ), regime=regime
            )
        )
        p = stream(lesson)[:, warm:, FATIGUED]
        tables[regime] = score(p.ravel(), lesson.states[:, warm:].ravel() == FATIGUED)
    return {
        "data": "simulated",
        "students": students,
        "student_hours": round(students * minutes / 60, 1),
        **tables["nominal"],
        "degraded": tables["degraded"],
        "field": tables["field"],
        "stream_max_diff": stream_max_diff(),
    }


def stream(lesson: Lesson) -> Float64Array:
    """Return (N, T, 2) probabilities, token by token through the shipped model."""
    students, length = lesson.states.shape
    engine = ModelLibrary(None, lanes=1).load(MODEL, choice=EngineChoice.ONNX)
    fuser = Fuser(engine.session(), seats=students, states=VIGILANCES)
    result = np.empty((students, length, len(VIGILANCES)))
    for token in range(length):
        end_s = (token + 1) * TOKEN_S
        readings = fuser.read(
            TokenBatch(
                at_s=(end_s,) * students,
                seats=tuple(SeatKey(f"s{row}") for row in range(students)),
                occupancies=(OccupancyKey("simulated"),) * students,
                status=(SeatStatus.PRESENT,) * students,
                age_s=np.full(students, end_s, dtype=np.float32),
                face=lesson.face[:, token],
                pose=lesson.pose[:, token],
                restarted=np.full(students, token == 0),
            )
        )
        result[:, token] = [reading.probabilities for reading in readings]
    return result


def score(p: Float64Array, fatigued: BoolArray) -> dict[str, float]:
    """Return how well fatigued is told from alert.

    Args:
        p: (M,) probability of fatigued.
        fatigued: (M,) the truth; both states must occur.

    Returns:
        Recalls at p = .5, their mean (balanced accuracy), the area under the ROC curve, ECE of the
        state that is chosen, and shares of tokens: fatigued, and too unsure to act on.
    """
    guess = p > 0.5
    recalls = float(np.mean(~guess[~fatigued])), float(np.mean(guess[fatigued]))
    confidence = np.maximum(p, 1 - p)
    return {
        "balanced_accuracy": round(sum(recalls) / 2, 4),
        "recall_alert": round(recalls[0], 4),
        "recall_fatigued": round(recalls[1], 4),
        "auc": round(area_under_roc(p, fatigued), 4),
        "ece": round(_calibration_error(confidence, guess == fatigued), 4),
        "prevalence": round(float(np.mean(fatigued)), 4),
        "abstained": round(float(np.mean(confidence < MIN_PROBABILITY_OF_TWO)), 4),
    }


def area_under_roc(p: Float64Array, positive: BoolArray) -> float:
    """Return the chance that a positive one scores above a negative one, ties counting half.

    Source:
        Mann and Whitney 1947: the rank sum of the positive ones.
    """
    _, place, count = np.unique(p, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]  # ties share their mean rank, from 1
    positives = int(positive.sum())
    pairs = positives * (len(p) - positives)
    return float((rank[positive].sum() - positives * (positives + 1) / 2) / pairs)


def stream_max_diff() -> float:
    """Return the largest difference of a probability between streaming and whole sequence."""
    golden = np.load(GOLDEN)
    states: NDArray[np.int8] = np.zeros((1, len(golden["face"])), dtype=np.int8)
    lesson = Lesson(
        face=golden["face"].astype(np.float32)[None],
        pose=golden["pose"].astype(np.float32)[None],
        states=states,
    )
    return float(np.abs(stream(lesson)[0] - golden["probabilities"]).max())


def _calibration_error(confidence: Float64Array, right: BoolArray) -> float:
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    error = 0.0
    for one in np.unique(bins):
        inside = bins == one
        gap = np.mean(right[inside]) - np.mean(confidence[inside])
        error += float(np.mean(inside)) * abs(float(gap))
    return error
