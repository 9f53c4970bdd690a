"""Drowsiness is scored on people who have chosen and taught nothing."""

import numpy as np
import pytest

from appliance.domain.arrays import Float64Array
from training.datasets.rldd import BlinkWindows, join_blinks
from training.fusion.scores import balanced_accuracy
from training.real.blink_candidates import Candidate, order, summarise
from training.real.drowsy_blinks import (
    fit_thresholds,
    recalls,
    restart,
    score_held_out,
    score_one_feature,
    weigh,
)


class Nearest:
    """A classifier of one column by the nearest weighted class mean; stands in for scikit-learn."""

    def __init__(self, column: int) -> None:
        """Read one column."""
        self.column = column

    def fit(
        self, values: Float64Array, truth: Float64Array, *, sample_weight: Float64Array
    ) -> None:
        """Keep the means."""
        kinds = np.unique(truth)
        self.means = np.array(
            [
                np.average(values[truth == one, self.column], weights=sample_weight[truth == one])
                for one in kinds
            ]
        )

    def predict_proba(self, values: Float64Array) -> Float64Array:
        """Return (N, C) chances."""
        away = np.abs(values[:, [self.column]] - self.means)
        return np.asarray(np.exp(-away) / np.exp(-away).sum(axis=1, keepdims=True))


def recordings(*, per_fold: int = 2, told: bool = True) -> BlinkWindows:
    """Make four folds of recordings of 5 windows; drowsy ones are frequent if told."""
    rng = np.random.default_rng(4)
    blinks, label, fold, number = [], [], [], []
    for one in range(4 * per_fold * 2):
        drowsy = one % 2 == 1
        every = rng.normal(size=(38, 4))
        every[:, 0] += 12.0 if drowsy and told else 0.0
        blinks += [every[2 * first : 2 * first + 30] for first in range(5)]
        label += [10 if drowsy else 0] * 5
        fold += [1 + one // (2 * per_fold)] * 5
        number += [one] * 5
    return BlinkWindows(
        blinks=np.array(blinks),
        label=np.array(label),
        fold=np.array(fold),
        recording=np.array(number),
    )


def candidate(name: str, column: int) -> Candidate:
    """Read the mean of one column of the blinks."""
    return Candidate(
        name=name, features=lambda blinks: blinks.mean(axis=1), build=lambda: Nearest(column)
    )


def test_what_the_other_folds_find_best_is_chosen() -> None:
    """A column that tells nothing is tried first and not taken."""
    score = score_held_out(
        recordings(), classes=(0, 10), candidates=[candidate("noise", 1), candidate("told", 0)]
    )

    assert score["chosen"] == ["told"] * 4
    assert score["mean"] == 1.0
    assert score["recall"] == {"0": 1.0, "10": 1.0}


def test_a_held_out_fold_does_not_choose() -> None:
    """Turned round labels in one fold ruin its score and not what is chosen for it."""
    windows = recordings()
    turned = np.where(windows.fold == 3, 10 - windows.label, windows.label)
    odd = BlinkWindows(
        blinks=windows.blinks, label=turned, fold=windows.fold, recording=windows.recording
    )
    score = score_held_out(
        odd, classes=(0, 10), candidates=[candidate("noise", 1), candidate("told", 0)]
    )

    assert isinstance(score["chosen"], list)
    assert score["chosen"][2] == "told"
    assert isinstance(score["folds"], list)
    assert score["folds"][2] == 0.0


def test_the_own_start_forgets_the_known_alert_baseline() -> None:
    """Shift and scale of a whole recording leave nothing behind, whatever their size."""
    windows = recordings(told=False)
    factor = np.where(windows.recording % 2 == 1, 30.0, 1.0)[:, None, None]
    moved = BlinkWindows(
        blinks=windows.blinks * factor + 100 * (factor - 1),
        label=windows.label,
        fold=windows.fold,
        recording=windows.recording,
    )
    plain, later = restart(windows)
    again, later_again = restart(moved)

    assert again.blinks == pytest.approx(plain.blinks)
    assert (later == later_again).all()


def test_only_windows_behind_the_start_are_scored() -> None:
    """Of 68 blinks the first 34 are the start; windows begin at every second one."""
    blinks = np.random.default_rng(5).normal(size=(68, 4))
    windows = BlinkWindows(
        blinks=np.array([blinks[2 * one : 2 * one + 30] for one in range(20)]),
        label=np.zeros(20, dtype=np.intp),
        fold=np.ones(20, dtype=np.intp),
        recording=np.zeros(20, dtype=np.intp),
    )
    _, later = restart(windows)

    assert len(join_blinks(windows.blinks)) == 68
    assert np.flatnonzero(later).tolist() == [17, 18, 19]


def test_a_value_at_the_threshold_of_frequency_does_not_count() -> None:
    """The baseline asks for more than 8; at 8 all windows look alike."""
    windows = recordings(told=False)
    drowsy = windows.label == 10

    def at(level: float) -> BlinkWindows:
        blinks = np.zeros_like(windows.blinks)
        blinks[drowsy, :, 0] = level
        return BlinkWindows(
            blinks=blinks, label=windows.label, fold=windows.fold, recording=windows.recording
        )

    assert score_one_feature(at(8.01), classes=(0, 10))["mean"] == 1.0
    assert score_one_feature(at(8.0), classes=(0, 10))["mean"] == 0.5


def test_thresholds_take_classes_in_any_order() -> None:
    """The middle class may have the smallest share."""
    values, truth = np.array([0.0, 0.5, 1.0] * 4), np.array([1, 0, 2] * 4)

    assert fit_thresholds(values, truth, classes=3)(values).tolist() == truth.tolist()


def test_balanced_accuracy_counts_classes_alike() -> None:
    """Nine of ten right in one class and none of one in the other."""
    truth = np.array([0] * 10 + [1])
    said = np.array([0] * 9 + [1] + [0])

    assert balanced_accuracy(truth, said) == pytest.approx(0.45)
    assert recalls(truth, said, classes=3)[:2] == pytest.approx([0.9, 0.0])
    assert np.isnan(recalls(truth, said, classes=3)[2])


def test_long_recordings_weigh_by_the_root_of_their_windows() -> None:
    """Four times the windows count twice, and both classes alike."""
    weight = weigh(np.array([0] * 5 + [1]), np.array([0, 0, 0, 0, 1, 2]))

    assert weight[:4].sum() == pytest.approx(2 * weight[4])
    assert weight[:5].sum() == pytest.approx(weight[5])


def test_features_are_limited() -> None:
    """Five hundred spreads away is no further than eight."""
    far = np.full((1, 30, 4), 500.0)
    near = np.full((1, 30, 4), 8.0)

    assert summarise(far) == pytest.approx(summarise(near))
    assert order(far) == pytest.approx(order(near))
    assert np.isfinite(summarise(far)).all()


def test_the_real_candidates_can_be_fitted() -> None:
    """Each one tells frequent from infrequent blinks."""
    pytest.importorskip("sklearn")
    from training.real.blink_candidates import list_candidates  # noqa: PLC0415 - needs scikit-learn

    plain = [one for one in list_candidates() if "boosting" not in one.name]
    for one in plain:
        assert score_held_out(recordings(), classes=(0, 10), candidates=[one])["mean"] == 1.0
