"""The lessons that a fusion model is measured on are what their names say."""

import numpy as np
import pytest

from appliance.domain.tokens import FaceColumn, PoseColumn, face_column, pose_column
from training.fusion.modality_loss import Modality
from training.fusion.unseen import on_ladder, unseen_lesson, without
from training.simulator.parameters import LADDER


@pytest.mark.parametrize("step", range(len(LADDER)))
def test_students_on_a_step_have_its_rates(step: int) -> None:
    """And the usual ones are on the first step, before and after."""
    pose_every, expression_every, _ = LADDER[step]
    with on_ladder(step):
        lesson = unseen_lesson(seed=3, students=3, tokens=120)
    after = unseen_lesson(seed=3, students=3, tokens=120)

    pose = lesson.pose[:, 60:, pose_column(PoseColumn.POSE_RATE)].mean()
    expression = lesson.face[:, 60:, face_column(FaceColumn.EXPRESSION_RATE)].mean()
    assert pose == pytest.approx(1 / pose_every, rel=0.05)
    assert expression == pytest.approx(1 / expression_every, rel=0.05)
    assert after.pose[:, 60:, pose_column(PoseColumn.POSE_RATE)].mean() == pytest.approx(
        1, rel=0.02
    )


@pytest.mark.parametrize("modality", list(Modality))
def test_one_stream_is_lost_and_the_other_untouched(modality: Modality) -> None:
    """A share of 1 leaves the other stream as it was."""
    lesson = unseen_lesson(seed=3, students=2, tokens=40)
    left = without(lesson, modality, share=1.0, seed=1)
    face_gone = modality is Modality.FACE

    assert np.array_equal(left.pose, lesson.pose) is face_gone
    assert np.array_equal(left.face, lesson.face) is not face_gone
    assert not left.face[:, :, face_column(FaceColumn.FACE_PRESENT)].any() or not face_gone
