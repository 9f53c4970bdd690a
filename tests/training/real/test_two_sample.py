"""Simulated windows are told from real ones by their cues, person by person."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from appliance.domain.arrays import BoolArray, Float64Array
from appliance.domain.tokens import (
    FACE_SIZE,
    POSE_STREAM_SIZE,
    FaceColumn,
    PoseColumn,
    face_column,
    pose_column,
)
from training.fusion.scores import area_under_roc
from training.real.two_sample import (
    FEATURES,
    CueWindows,
    cut_windows,
    join,
    often_seen,
    rank_cues,
    tell_left_out,
    weighted_quantile,
)

SMILE = FEATURES.index("smile mean")
WARM, WINDOW = 100, 50  # tokens


class FirstCue:
    """Stands in for scikit-learn: the side of the middle between both kinds' means of a cue."""

    def fit(self, values: Float64Array, real: BoolArray, weight: Float64Array) -> "FirstCue":
        """Learn on which side real people are."""
        self.fitted = len(values)
        self.up = np.average(values[real, SMILE], weights=weight[real]) > np.average(
            values[~real, SMILE], weights=weight[~real]
        )
        return self

    def predict_proba(self, values: Float64Array) -> Float64Array:
        """Return (N, 2) chances."""
        chance = values[:, SMILE] if self.up else -values[:, SMILE]
        return np.stack([-chance, chance], axis=1)


MODELS: Mapping[str, Callable[[], Any]] = {"first": FirstCue}


def windows(person: str, *, real: bool, smile: float, count: int = 4) -> CueWindows:
    """Return windows in which everything is 0 but the smile."""
    values = np.zeros((count, len(FEATURES)))
    values[:, SMILE] = smile
    return CueWindows(values=values, person=np.array([person] * count), real=np.full(count, real))


def both_kinds() -> CueWindows:
    """Return three real people who smile and six simulated ones who do not."""
    return join(
        [
            *(windows(f"p{one}", real=True, smile=1.0, count=2 + 4 * one) for one in range(3)),
            *(windows(f"s{one}", real=False, smile=0.0) for one in range(6)),
        ]
    )


def test_the_most_telling_cue_comes_first() -> None:
    """Alone it tells everything; a cue that is always 0 tells nothing."""
    first, *_, last = rank_cues(both_kinds())

    assert (first["cue"], first["auc"]) == ("smile mean", 1.0)
    assert (first["real_50"], first["simulated_50"]) == (1.0, 0.0)
    assert last["auc"] == 0.5


def test_people_left_out_are_told_by_the_others() -> None:
    """The chance of every window comes from a model that did not see its person."""
    seen = both_kinds()
    chance = tell_left_out(seen, MODELS)["first"]

    assert area_under_roc(chance, seen.real, weight=seen.weights()) == 1.0


def test_every_person_counts_alike() -> None:
    """Ten windows of one and two of another weigh the same, and so do both kinds."""
    seen = both_kinds()
    weight = seen.weights()

    assert [weight[seen.person == f"p{one}"].sum() for one in range(3)] == pytest.approx(
        [1 / 3] * 3
    )
    assert weight[seen.real].sum() == pytest.approx(weight[~seen.real].sum())


def test_ties_are_worth_half() -> None:
    """The area is the chance that a positive stands above a negative."""
    positive = np.array([True, True, False, False])
    even = np.ones(4)

    assert area_under_roc(np.array([1.0, 1.0, 1.0, 1.0]), positive, weight=even) == 0.5
    assert area_under_roc(np.array([2.0, 1.0, 1.0, 0.0]), positive, weight=even) == 0.875
    heavy = np.array([3.0, 1.0, 1.0, 1.0])
    assert area_under_roc(np.array([2.0, 0.0, 1.0, 1.0]), positive, weight=heavy) == 0.75


def test_windows_begin_after_the_warm_up() -> None:
    """Two whole windows fit behind it, half a one does not count."""
    face = np.zeros((WARM + 2 * WINDOW + WINDOW // 2, FACE_SIZE), dtype=np.float32)
    face[:, face_column(FaceColumn.FACE_PRESENT)] = 1
    face[:WARM, face_column(FaceColumn.SMILE)] = 9
    face[WARM + WINDOW :, face_column(FaceColumn.SMILE)] = 1
    cut = cut_windows(
        face, np.zeros((len(face), POSE_STREAM_SIZE), dtype=np.float32), person="p", real=True
    )

    assert cut.values[:, SMILE].tolist() == [0.0, 1.0]


def test_only_tokens_that_saw_a_cue_count() -> None:
    """A masked wrist is no wrist at rest."""
    pose = np.zeros((WARM + WINDOW, POSE_STREAM_SIZE), dtype=np.float32)
    pose[WARM : WARM + 10, pose_column(PoseColumn.WRISTS_VISIBLE)] = 1
    pose[WARM : WARM + 10, pose_column(PoseColumn.WRIST_SPEED)] = 2
    cut = cut_windows(
        np.zeros((len(pose), FACE_SIZE), dtype=np.float32), pose, person="p", real=True
    )

    assert cut.values[0, FEATURES.index("wrist_speed mean")] == 2
    assert np.isnan(cut.values[0, SMILE])


def test_a_cue_seen_in_half_of_the_windows_of_each_kind_is_used() -> None:
    """Below that, being seen would tell more than what it says."""
    seen = both_kinds()
    seen.values[np.isin(seen.person, ["s0", "s1", "s2"]), SMILE] = np.nan
    assert often_seen(seen)[SMILE]

    seen.values[np.flatnonzero(seen.person == "s3")[:1], SMILE] = np.nan
    assert not often_seen(seen)[SMILE]


def test_a_quantile_counts_weight() -> None:
    """The share of the weight that lies at or below it."""
    values, weight = np.array([3.0, 1.0, 2.0]), np.array([1.0, 2.0, 1.0])

    assert weighted_quantile(values, weight, 0.5) == 1.0
    assert weighted_quantile(values, weight, 0.51) == 2.0
    assert weighted_quantile(values, weight, 0.9) == 3.0
    assert np.isnan(weighted_quantile(np.zeros(0), np.zeros(0), 0.5))


def test_the_real_classifiers_can_be_fitted() -> None:
    """Both tell people who smile."""
    pytest.importorskip("sklearn")
    from training.real.two_sample import _models  # noqa: PLC0415 - needs scikit-learn

    seen = both_kinds()
    chance = tell_left_out(seen, {"logistic": _models()["logistic"]})["logistic"]

    assert area_under_roc(chance, seen.real, weight=seen.weights()) == 1.0
