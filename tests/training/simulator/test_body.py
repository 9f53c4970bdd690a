"""Simulated bodies look to the posture features as the behaviour says."""

from dataclasses import replace

import numpy as np
import pytest

from appliance.domain.arrays import Float32Array
from appliance.windows.pose.posture import Posture, measure_posture
from training.simulator.behaviour import Behaviour
from training.simulator.body import LANDMARKS, Body, place_landmarks

BODY = Body(
    shoulder_m=np.array([0.38]),
    neck_m=np.array([0.09]),
    head_scale=np.array([1.0]),
    distance_m=np.array([0.8]),
    camera_pitch=np.array([0.0]),
    camera_yaw=np.array([0.0]),
    focal_px=np.array([600.0]),
    rotation_gain=np.array([1.0]),
    desk=np.array([[[0.2, 0.4, -0.3], [-0.2, 0.4, -0.3]]]),
)
ZERO = np.zeros(1)
STILL = Behaviour(
    closure=ZERO,
    jaw=ZERO,
    brow_down=ZERO,
    brow_inner_up=ZERO,
    smile=ZERO,
    look_down=ZERO,
    valence=ZERO,
    arousal=ZERO,
    pitch=ZERO,
    yaw=ZERO,
    roll=ZERO,
    trunk_m=np.zeros((1, 3)),
    slump_m=ZERO,
    hand=ZERO,
    restless_m=ZERO,
)


def measure(behaviour: Behaviour) -> Posture:
    """Return the posture of the one student, as the box would measure it."""
    points: Float32Array = np.ones((1, LANDMARKS, 4), dtype=np.float32)
    points[..., :2] = place_landmarks(BODY, behaviour, np.zeros((1, 2, 3)))
    return measure_posture(points)


@pytest.mark.parametrize(
    ("action", "feature", "low", "high"),
    [
        pytest.param("pitch", "head_pitch", 0.08, 0.25, id="ten-degrees-down"),
        pytest.param("yaw", "head_yaw", 0.08, 0.25, id="ten-degrees-left"),
        pytest.param("roll", "head_roll", 0.17, 0.18, id="ten-degrees-to-the-left-shoulder"),
    ],
)
def test_turning_the_head_moves_its_feature(
    action: str, feature: str, low: float, high: float
) -> None:
    """Same sign and about the size that the posture docstring promises."""
    turned = replace(STILL, **{action: np.radians([10.0])})

    moved = getattr(measure(turned), feature) - getattr(measure(STILL), feature)

    assert low < float(moved[0]) < high


def test_leaning_in_widens_and_slumping_lowers() -> None:
    """8 cm nearer at 80 cm is a ninth wider; 4 cm of slump is a tenth of the shoulders."""
    leaning = replace(STILL, trunk_m=np.array([[0.0, 0.0, 0.08]]))
    slumping = replace(STILL, slump_m=np.array([0.04]))
    upright = measure(STILL)

    widened = float(measure(leaning).shoulder_width_px[0] / upright.shoulder_width_px[0])
    lowered = float(upright.nose_height[0] - measure(slumping).nose_height[0])

    assert widened == pytest.approx(80 / 72)
    assert 0.07 < lowered < 0.16


@pytest.mark.parametrize("side", [pytest.param(1.0, id="left"), pytest.param(-1.0, id="right")])
def test_a_hand_at_the_cheek_is_at_the_face(side: float) -> None:
    """And hands on the desk are not."""
    propped = replace(STILL, hand=np.array([side]))

    assert measure(propped).hand_to_face[0] == 1
    assert measure(STILL).hand_to_face[0] == 0
