"""What the shipped ``fatigue-only`` model scores on simulated students it has never seen.

As in ``evaluate_fusion``: through the box's own streaming ``Fuser`` and the shipped artifact, all
students as the seats of one box. The numbers are simulated and say so.
"""

from pathlib import Path

import numpy as np

from appliance.domain.affect import VIGILANCES, Vigilance
from appliance.domain.arrays import BoolArray, Float64Array
from appliance.domain.tokens import TOKEN_HZ
from appliance.fusion.fuser import MIN_PROBABILITY_OF_TWO, WARM_UP_S
from training.fusion.scores import area_under_roc, calibration_error
from training.fusion.shards import without_emotion
from training.fusion.streaming import stream, stream_max_diff
from training.fusion.unseen import UNSEEN_SEED
from training.simulator.classroom import simulate_lesson
from training.simulator.parameters import REGIMES

MODEL = "fusion_fatigue"
GOLDEN = Path("tests/fusion/golden/whole_sequence_fatigue.npz")
FATIGUED = VIGILANCES.index(Vigilance.FATIGUED)


def evaluate_fatigue_only(*, students: int, minutes: float) -> dict[str, object]:
    """Return the scores of the shipped twin as a JSON-ready table.

    Args:
        students: Unseen simulated students.
        minutes: Length of each occupancy.
    """
    warm = int(WARM_UP_S * TOKEN_HZ)
    tables = {}
    for regime in REGIMES:
        lesson = without_emotion(
            simulate_lesson(
                seed=UNSEEN_SEED,
                students=students,
                tokens=int(minutes * 60 * TOKEN_HZ),
                scenario="table3",
                regime=regime,
            )
        )
        p = stream(lesson, model=MODEL, states=VIGILANCES)[:, warm:, FATIGUED]
        tables[regime] = score(p.ravel(), lesson.states[:, warm:].ravel() == FATIGUED)
    return {
        "data": "simulated",
        "students": students,
        "student_hours": round(students * minutes / 60, 1),
        **tables["nominal"],
        "degraded": tables["degraded"],
        "field": tables["field"],
        "stream_max_diff": stream_max_diff(GOLDEN, model=MODEL, states=VIGILANCES),
    }


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
        "ece": round(calibration_error(confidence, guess == fatigued), 4),
        "prevalence": round(float(np.mean(fatigued)), 4),
        "abstained": round(float(np.mean(confidence < MIN_PROBABILITY_OF_TWO)), 4),
    }
