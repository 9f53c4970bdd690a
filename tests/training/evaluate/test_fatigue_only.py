"""Scores of the ``fatigue-only`` model are what their definitions say."""

import numpy as np
import pytest

from appliance.domain.affect import VIGILANCES
from training.evaluate.fatigue_only import GOLDEN, MODEL, score
from training.fusion.scores import area_under_roc
from training.fusion.streaming import stream_max_diff


def test_recalls_and_calibration_of_four_known_answers() -> None:
    """One of two fatigued is missed; one half is still alert."""
    table = score(np.array([0.9, 0.5, 0.2, 0.1]), np.array([True, True, False, False]))

    assert (table["recall_alert"], table["recall_fatigued"]) == (1.0, 0.5)
    assert table["balanced_accuracy"] == 0.75
    assert table["auc"] == 1.0
    # Alone in its bin is the one at .5, never right; .8 and .9 (twice) are always right.
    assert table["ece"] == pytest.approx((0.5 + 0.2 + 2 * 0.1) / 4, abs=1e-4)
    assert (table["prevalence"], table["abstained"]) == (0.5, 0.25)


@pytest.mark.parametrize(
    ("p", "area"),
    [
        pytest.param([0.1, 0.2, 0.8, 0.9], 1.0, id="apart"),
        pytest.param([0.9, 0.8, 0.2, 0.1], 0.0, id="reversed"),
        pytest.param([0.5, 0.5, 0.5, 0.5], 0.5, id="all-tied"),
        pytest.param([0.1, 0.6, 0.6, 0.9], 0.875, id="one-tie"),
    ],
)
def test_area_under_the_curve_counts_pairs(p: list[float], area: float) -> None:
    """Two alert before two fatigued: four pairs."""
    truth = np.array([False, False, True, True])

    assert area_under_roc(np.array(p), truth) == pytest.approx(area)


def test_the_shipped_model_streams_what_it_was_trained_as() -> None:
    """Largest difference of a probability over a whole student, 1e-4 (docs/DESIGN.md, 4)."""
    assert stream_max_diff(GOLDEN, model=MODEL, states=VIGILANCES) <= 1e-4
