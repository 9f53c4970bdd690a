"""The box's own stages, with its masks noted instead of applied."""

import numpy as np
import pytest

from appliance.domain.arrays import UInt8Array
from appliance.domain.models import Precision
from appliance.domain.observations import FACE_ACTIONS
from appliance.inference.library import EngineChoice
from tests.support.sessions import picture
from training.datasets.degradations import resized
from training.evaluate.seat_eye import SeatEye, blink_score, jaw_score


@pytest.fixture(scope="module")
def eye() -> SeatEye:
    """Return the packaged models."""
    return SeatEye(engine=EngineChoice.OPENVINO, precision=Precision.F32)


@pytest.fixture
def student() -> UInt8Array:
    """One student, 320 x 360."""
    return np.ascontiguousarray(picture()[:, :320])


def test_a_student_is_trusted_and_read(eye: SeatEye, student: UInt8Array) -> None:
    """A face of a hundred pixels has trust, readable eyes and all actions."""
    seen = eye.watch([student, student], fps=15.0)

    assert seen.trusted.all()
    assert seen.eyes_readable.all()
    assert np.isfinite(seen.actions).all()


def test_a_tiny_face_is_masked_and_read_all_the_same(eye: SeatEye, student: UInt8Array) -> None:
    """A sixth of the size: no trust, no readable eyes, but a score to judge the mask by."""
    seen = eye.watch([resized(student, scale=1 / 6)], fps=15.0)

    assert not seen.trusted.any()
    assert not seen.eyes_readable.any()
    assert np.isfinite(seen.blink()).all()


def test_an_empty_picture_has_no_trust_and_no_score(eye: SeatEye, student: UInt8Array) -> None:
    """Nobody there is not an open eye; and who was there before is forgotten."""
    eye.watch([student], fps=15.0)
    seen = eye.watch([np.full_like(student, 127)], fps=15.0)

    assert seen.trust.tolist() == [0.0]
    assert np.isnan(seen.actions).all()


def test_scores_are_taken_from_their_columns() -> None:
    """Blink is the mean of both eyes, jaw its own column."""
    actions = np.zeros((1, len(FACE_ACTIONS)), dtype=np.float32)
    actions[0, [0, 1, 3]] = 0.25, 0.75, 0.125

    assert blink_score(actions).tolist() == [0.5]
    assert jaw_score(actions).tolist() == [0.125]
