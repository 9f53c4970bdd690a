"""e_t of geometry made by hand: deviations from a baseline that is known."""

from typing import Any

import numpy as np
import pytest

from appliance.domain.arrays import AnyArray, Float32Array
from appliance.domain.observations import Landmark
from appliance.domain.tokens import POSE_SIZE, PoseColumn, pose_column
from appliance.windows.pooling import FrameCue, TokenFrames
from appliance.windows.pose.stream import PoseStream
from tests.support.people import upright

ROW = np.array([0])

PRIOR_TOKENS = 10
"""The population's posture counts like ten tokens: two seconds."""


def token(points: Float32Array, **changed: AnyArray) -> TokenFrames:
    """Return a token of one frame."""
    yes = np.ones((1, 1), dtype=np.bool_)
    fields: dict[str, Any] = {
        "times_s": np.zeros((1, 1)),
        "pose_ran": yes,
        "pose_seen": yes,
        "points": points[None, None],
        "expression_ran": yes,
        "face_seen": ~yes,
        "eyes_readable": ~yes,
        "projection": np.zeros((1, 1, 16), dtype=np.float32),
        "cues": np.zeros((1, 1, len(FrameCue)), dtype=np.float32),
    }
    return TokenFrames(**(fields | changed))


def step(subject: PoseStream, points: Float32Array, **changed: AnyArray) -> dict[PoseColumn, float]:
    """Take in one token and return e_t by name."""
    stream = subject.step(ROW, token(points, **changed))
    return {column: float(stream[0, pose_column(column)]) for column in PoseColumn}


def test_the_first_token_moves_the_baseline_by_an_eleventh() -> None:
    """Nose .64 over the shoulders, usual .75: slump .11 before, ten elevenths of it after.

    Likewise the pitch of .4 ear distances, usual .35.
    """
    seen = step(PoseStream(1), upright())

    assert seen[PoseColumn.SLUMP] == pytest.approx(0.11 * PRIOR_TOKENS / 11, abs=1e-6)
    assert seen[PoseColumn.HEAD_PITCH] == pytest.approx(0.05 * PRIOR_TOKENS / 11, abs=1e-6)
    assert seen[PoseColumn.HEAD_ROLL] == pytest.approx(0, abs=1e-6)
    assert seen[PoseColumn.HEAD_YAW] == pytest.approx(0, abs=1e-6)
    assert seen[PoseColumn.LEAN] == 0


def test_after_a_calm_minute_the_own_posture_is_the_baseline() -> None:
    """A constant value seen n times and a prior of ten: the rest of .11 is 10 / (n + 10)."""
    subject = PoseStream(1)
    for _ in range(90):
        seen = step(subject, upright())

    assert seen[PoseColumn.SLUMP] == pytest.approx(0.11 * PRIOR_TOKENS / 100, abs=1e-6)


@pytest.mark.parametrize(
    ("width_px", "lean"),
    [pytest.param(125, 0.25, id="nearer"), pytest.param(75, -0.25, id="farther")],
)
def test_lean_is_the_width_over_the_usual_width(width_px: float, lean: float) -> None:
    """The first width, 100 px, is usual, as nothing is known before; one token hardly moves it."""
    subject = PoseStream(1)
    step(subject, upright())
    leaning = upright()
    leaning[Landmark.LEFT_SHOULDER, 0] = 300 + width_px / 2
    leaning[Landmark.RIGHT_SHOULDER, 0] = 300 - width_px / 2

    assert step(subject, leaning)[PoseColumn.LEAN] == pytest.approx(lean, abs=0.01)


def test_a_turn_is_yaw_by_its_sine() -> None:
    """The nose 10 px aside of ears 40 px apart: a quarter, of which the baseline takes 1/11."""
    turned = upright()
    turned[Landmark.NOSE, 0] += 10

    seen = step(PoseStream(1), turned)

    assert seen[PoseColumn.HEAD_YAW] == pytest.approx(0.25 * PRIOR_TOKENS / 11, abs=1e-6)


def test_a_hand_on_the_mouth_is_at_the_face() -> None:
    """One at the face, none in the lap."""
    thinking = upright()
    thinking[Landmark.RIGHT_WRIST, :2] = thinking[Landmark.NOSE, :2]

    assert step(PoseStream(1), upright())[PoseColumn.HAND_TO_FACE] == 0
    assert step(PoseStream(1), thinking)[PoseColumn.HAND_TO_FACE] == 1


def test_a_wrist_that_moves_has_its_speed() -> None:
    """25 px of 100 px shoulders from one token to the next: 1.25 shoulder widths per second.

    The mean over the wrists is half of it, and the window holds this one movement.
    """
    subject = PoseStream(1)
    step(subject, upright())
    raised = upright()
    raised[Landmark.LEFT_WRIST, 1] -= 25

    seen = step(subject, raised)

    assert seen[PoseColumn.WRIST_SPEED] == pytest.approx(0.625, abs=1e-5)
    assert seen[PoseColumn.WRISTS_VISIBLE] == 1


def test_sway_is_in_shoulder_widths_of_the_baseline() -> None:
    """Half the tokens 50 px aside, with 100 px shoulders: a standard deviation of a quarter."""
    subject = PoseStream(1)
    aside = upright()
    aside[:, 0] += 50
    for points in [upright(), aside] * 20:
        seen = step(subject, points)

    assert seen[PoseColumn.SWAY_10] == pytest.approx(0.25, abs=1e-6)
    assert seen[PoseColumn.SWAY_60] == pytest.approx(0.25, abs=1e-6)


def test_nobody_is_a_mask_and_no_posture() -> None:
    """Without a pose every column but the rate is 0, presence among them."""
    subject = PoseStream(1)
    step(subject, upright())
    stream = subject.step(ROW, token(upright(), pose_seen=np.zeros((1, 1), dtype=np.bool_)))

    assert stream[0, pose_column(PoseColumn.POSE_PRESENT)] == 0
    assert not stream[0, :POSE_SIZE].any()
    for column in (PoseColumn.SLUMP, PoseColumn.LEAN, PoseColumn.HEAD_PITCH):
        assert stream[0, pose_column(column)] == 0


def test_hidden_shoulders_mask_what_is_measured_in_them() -> None:
    """A head without shoulders keeps its angles and has neither lean nor slump."""
    hidden = upright()
    hidden[[Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER], 3] = 0

    seen = step(PoseStream(1), hidden)

    assert (
        seen[PoseColumn.SHOULDERS_VISIBLE] == seen[PoseColumn.LEAN] == seen[PoseColumn.SLUMP] == 0
    )
    assert seen[PoseColumn.HEAD_PITCH] == pytest.approx(0.05 * PRIOR_TOKENS / 11, abs=1e-6)
    assert seen[PoseColumn.POSE_PRESENT] == 1
