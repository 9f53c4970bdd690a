"""Augmented faces keep what they are labelled with."""

import numpy as np
import pytest

from appliance.domain.arrays import UInt8Array
from appliance.domain.observations import FACE_ACTIONS, FaceAction
from training.datasets.face_teacher import FaceRegion
from training.datasets.ferplus import FerPlus
from training.expression.augment import augment_face, crop_face
from training.expression.samples import (
    Sample,
    draw_batch,
    ferplus_samples,
    full_scale,
    guided,
    kept_back,
)

LEFT = FACE_ACTIONS.index(FaceAction.BLINK_LEFT)
RIGHT = FACE_ACTIONS.index(FaceAction.BLINK_RIGHT)
MIDDLE = FaceRegion(centre_xy=(48, 48), roll_rad=0.0, extent_px=90)


def half_dark() -> UInt8Array:
    """Return a picture that is dark where the person's right eye would be."""
    picture = np.full((96, 96, 3), 220, dtype=np.uint8)
    picture[:, :48] = 20
    return picture


def test_the_same_seed_draws_the_same_crop() -> None:
    """A resumed run sees what an unbroken one would have seen."""
    first, second = (
        augment_face(half_dark(), MIDDLE, side=64, rng=np.random.default_rng(3))[0]
        for _ in range(2)
    )

    np.testing.assert_array_equal(first, second)


def test_a_mirrored_face_swaps_its_blinks() -> None:
    """The closed right eye is labelled as the left one exactly where the picture is mirrored."""
    actions = np.zeros(len(FACE_ACTIONS), dtype=np.float32)
    actions[RIGHT] = 1.0
    sample = Sample(picture=half_dark(), regions=(MIDDLE,), actions=actions)

    batch = draw_batch(
        [([sample], 64, False)],
        chances=[np.array([1.0])],
        side=64,
        rng=np.random.default_rng(0),
    )

    columns = batch.pixels.astype(float).mean(axis=(1, 3))
    dark_is_right_half = columns[:, 40:].mean(axis=1) < columns[:, :24].mean(axis=1)
    assert 0 < dark_is_right_half.sum() < 64
    np.testing.assert_array_equal(batch.actions[:, LEFT], dark_is_right_half)
    np.testing.assert_array_equal(batch.actions[:, RIGHT], ~dark_is_right_half)


def test_what_a_face_lacks_teaches_nothing() -> None:
    """A face without labels has no weight in any loss."""
    sample = Sample(picture=half_dark(), regions=(MIDDLE,))

    batch = draw_batch(
        [([sample], 4, False)], chances=[np.array([1.0])], side=64, rng=np.random.default_rng(0)
    )

    assert not batch.expression_weight.any()
    assert not batch.action_weight.any()
    assert not batch.measured.any()
    assert not batch.anchored.any()


def test_a_plain_crop_is_as_wide_as_asked() -> None:
    """A face of 90 pixels at scale 1 fills the crop from edge to edge."""
    picture = np.zeros((96, 96, 3), dtype=np.uint8)
    picture[3:93, 3:93] = 255

    assert crop_face(picture, MIDDLE, side=45, scale=1.0).min() > 200
    assert crop_face(picture, MIDDLE, side=45, scale=1.1).min() == 0


@pytest.mark.parametrize(
    ("action", "read", "meant"),
    [
        pytest.param(FaceAction.BLINK_LEFT, 0.65, 1.0, id="a-closed-eye"),
        pytest.param(FaceAction.BLINK_LEFT, 0.8, 1.0, id="never-more-than-closed"),
        pytest.param(FaceAction.JAW_OPEN, 0.375, 0.5, id="a-half-open-jaw"),
        pytest.param(FaceAction.SMILE, 0.5, 0.5, id="others-keep-their-scale"),
    ],
)
def test_the_teachers_scale_is_stretched(action: FaceAction, read: float, meant: float) -> None:
    """1 means fully closed or open."""
    actions = np.zeros(len(FACE_ACTIONS), dtype=np.float32)
    actions[FACE_ACTIONS.index(action)] = read

    assert full_scale(actions)[FACE_ACTIONS.index(action)] == pytest.approx(meant)


def test_guides_mix_into_votes_and_speak_softly_where_there_are_none() -> None:
    """Half votes, half opinion; the opinion alone, with less weight, for an unlabelled face."""
    votes = np.eye(8, dtype=np.float32)[0]
    opinion = np.eye(8, dtype=np.float32)[1]
    voted = Sample(picture=half_dark(), regions=(MIDDLE,), expression=votes)
    unvoted = Sample(picture=half_dark(), regions=(MIDDLE,))

    mixed, spoken = guided([voted, unvoted], np.stack([opinion, opinion]), share=0.25, unvoted=0.5)

    assert mixed.expression is not None
    assert spoken.expression is not None
    np.testing.assert_allclose(mixed.expression, [0.75, 0.25, 0, 0, 0, 0, 0, 0])
    np.testing.assert_allclose(spoken.expression, opinion)
    assert (mixed.expression_weight, spoken.expression_weight) == (1.0, 0.5)


def test_faces_kept_back_are_not_trained_on() -> None:
    """Every 25th row, Training rows only; the others become samples."""
    votes = np.zeros((51, 10), dtype=np.uint8)
    votes[:, 1] = 10
    usage = np.zeros(51, dtype=np.uint8)
    usage[50] = 1
    faces = FerPlus(images=np.zeros((51, 48, 48), dtype=np.uint8), votes=votes, usage=usage)

    samples = ferplus_samples(faces, None, anchors=np.zeros((8, 2), dtype=np.float32), balance=0.0)

    assert np.flatnonzero(kept_back(faces)).tolist() == [0, 25]
    assert len(samples) == 48
