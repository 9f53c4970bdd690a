"""Scores of simulated students are what their definitions say."""

import numpy as np
import pytest

from training.evaluate_fusion import GOLDEN
from training.reading_scores import score
from training.streaming import stream_max_diff


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
    """Largest difference of a probability over a whole student, 1e-4 (DESIGN 4)."""
    assert stream_max_diff(GOLDEN) <= 1e-4
