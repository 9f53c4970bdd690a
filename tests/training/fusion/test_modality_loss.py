"""A lost stream looks as it does on the box: no presence, nothing of the moment, slow cues held."""

import numpy as np
import pytest

from appliance.domain.tokens import (
    FACE_SIZE,
    POSE_STREAM_SIZE,
    FaceColumn,
    PoseColumn,
    face_column,
    pose_column,
)
from training.fusion.modality_loss import draw_losses, lose


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
def test_the_wanted_share_is_lost_in_stretches(share: float) -> None:
    """Within two points over 40 h, and a stretch lasts 10 s on average."""
    lost = draw_losses(np.random.default_rng(1), 240, 3000, share=share)
    begins = np.count_nonzero(lost[:, 1:] & ~lost[:, :-1])

    assert lost.mean() == pytest.approx(share, abs=0.02)
    assert 0.2 * np.count_nonzero(lost[:, 1:]) / begins == pytest.approx(10.0, rel=0.1)


def test_everything_and_nothing() -> None:
    """1 loses every token and 0 none."""
    rng = np.random.default_rng(1)

    assert draw_losses(rng, 3, 50, share=1.0).all()
    assert not draw_losses(rng, 3, 50, share=0.0).any()


def test_a_lost_face_keeps_its_slow_cues_and_nothing_else() -> None:
    """PERCLOS stays at what was last seen; before the first face it is 0."""
    face = np.ones((1, 4, FACE_SIZE), dtype=np.float32) * np.arange(1, 5)[None, :, None]
    seen = lose(face.astype(np.float32), np.array([[True, False, True, True]]))

    perclos = seen[0, :, face_column(FaceColumn.PERCLOS)]
    np.testing.assert_array_equal(perclos, [0, 2, 2, 2])
    present = seen[0, :, face_column(FaceColumn.FACE_PRESENT)]
    np.testing.assert_array_equal(present, [0, 2, 0, 0])
    rate = seen[0, :, face_column(FaceColumn.EXPRESSION_RATE)]
    np.testing.assert_array_equal(rate, [1, 2, 3, 4])
    np.testing.assert_array_equal(seen[0, :, 0], [0, 2, 0, 0])


def test_a_lost_body_is_gone_but_for_its_rate() -> None:
    """Posture has no cue that is held."""
    pose = np.ones((1, 2, POSE_STREAM_SIZE), dtype=np.float32)
    seen = lose(pose, np.array([[False, True]]))

    assert seen[0, 0].sum() == POSE_STREAM_SIZE
    assert seen[0, 1].sum() == seen[0, 1, pose_column(PoseColumn.POSE_RATE)] == 1
