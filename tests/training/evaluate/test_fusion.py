"""Scores of simulated students are what their definitions say."""

import numpy as np
import pytest

from training.evaluate.fusion import GOLDEN, clip_aucs, pooled_ece, risk_coverage
from training.fusion.scores import interval, score
from training.fusion.streaming import stream_max_diff
from training.simulator.classroom import Lesson


def test_recall_f1_and_calibration_of_four_known_answers() -> None:
    """Three of four right: one focused student is taken for bored."""
    p = np.array(
        [
            [0.7, 0.1, 0.1, 0.1],
            [0.1, 0.1, 0.1, 0.7],
            [0.1, 0.7, 0.1, 0.1],
            [0.1, 0.1, 0.7, 0.1],
        ]
    )
    table = score(p, np.array([0, 0, 1, 2], dtype=np.int8))

    assert table["recall"] == {"focused": 0.5, "confused": 1.0, "fatigued": 1.0, "bored": 0.0}
    assert table["macro_f1"] == pytest.approx((2 / 3 + 1 + 1 + 0) / 4, abs=1e-4)
    assert table["ece"] == pytest.approx(abs(0.75 - 0.7), abs=1e-4)
    assert table["abstained"] == 0


def test_the_shipped_model_streams_what_it_was_trained_as() -> None:
    """Largest difference of a probability over a whole student, 1e-4 (docs/DESIGN.md, 4)."""
    assert stream_max_diff(GOLDEN) <= 1e-4


def test_clip_aucs_count_pure_clips_only() -> None:
    """A clip in which the state changes counts for nothing; perfect answers have an AUC of 1."""
    states = np.zeros((1, 500), dtype=np.int8)
    states[0, 100:250] = 1
    states[0, 275:350] = 2  # 275 is in the middle of a clip
    states[0, 400:500] = 3
    p = np.eye(4)[states]
    p[0, 250:300] = [0, 0, 0, 1]  # wrong, but in the clip that changes
    nothing = np.zeros((1, 500, 1), dtype=np.float32)
    lesson = Lesson(face=nothing, pose=nothing, states=states)

    assert clip_aucs(p, lesson) == dict.fromkeys(["focused", "confused", "fatigued", "bored"], 1.0)


def test_risk_falls_with_coverage_when_doubt_is_honest() -> None:
    """The tenth that is wrong is the least sure tenth: dropped first."""
    states = np.zeros((1, 1100), dtype=np.int8)
    p = np.tile([0.7, 0.1, 0.1, 0.1], (1, 1100, 1))
    p[0, 1000:] = [0.3, 0.4, 0.2, 0.1]
    nothing = np.zeros((1, 1100, 1), dtype=np.float32)
    table = risk_coverage(p, Lesson(face=nothing, pose=nothing, states=states))

    assert table[-1] == {"coverage": 1.0, "risk": 0.1}
    assert table[-2] == {"coverage": 0.9, "risk": 0.0}


def test_calibration_is_judged_over_all_groups_together() -> None:
    """Sure by .7: right in all of one group and in .4 of the other is right in .7 of both."""
    p = np.tile([0.7, 0.1, 0.1, 0.1], (1, 1100, 1))
    nothing = np.zeros((1, 1100, 1), dtype=np.float32)
    right, wrong = np.zeros((2, 1, 1100), dtype=np.int8)
    wrong[0, 500:] = 1  # the first 100 tokens do not count
    groups = [Lesson(face=nothing, pose=nothing, states=states) for states in (right, wrong)]

    assert pooled_ece([p], groups[:1]) == pytest.approx(0.3)
    assert pooled_ece([p, p], groups) == pytest.approx(0, abs=1e-9)


def test_an_interval_is_students_t() -> None:
    """Mean 2 and standard deviation 1 of three: 2 +- 4.30 / sqrt(3)."""
    low, high = interval([1.0, 2.0, 3.0])

    assert (low, high) == pytest.approx((2 - 4.30 / 3**0.5, 2 + 4.30 / 3**0.5), abs=1e-3)
