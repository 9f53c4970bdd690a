"""Poses become bone transforms."""

import numpy as np
import pytest

from appliance.domain.arrays import FloatArray
from training.simulator.render.figure.rig import BONE_INDEX, BONES
from training.simulator.render.figure.skeleton import Pose, Skeleton, skin

HEIGHTS = {
    "root": 0.0, "spine05": 0.1, "spine04": 0.2, "spine03": 0.3, "spine02": 0.4, "spine01": 0.45,
    "neck01": 0.6, "neck02": 0.63, "neck03": 0.66, "head": 0.7,
}  # fmt: skip
ACROSS = {"eye": (0.03, 0.76), "clavicle": (0.03, 0.55), "shoulder01": (0.1, 0.56),
          "upperarm01": (0.17, 0.54), "lowerarm01": (0.3, 0.36), "wrist": (0.42, 0.2)}  # fmt: skip


@pytest.fixture
def joints() -> FloatArray:
    """Return a plausible person; x to the left, y backwards, z up."""
    rows = []
    for name, _ in BONES:
        if name in HEIGHTS:
            rows.append((0.0, 0.0, HEIGHTS[name]))
        else:
            part, side = name.split(".")
            x, z = ACROSS[part]
            rows.append((x if side == "L" else -x, -0.02, z))
    return np.array(rows, dtype=np.float32)


def carried(transforms: FloatArray, bone: str, point: tuple[float, float, float]) -> FloatArray:
    """Carry a rest point with one bone."""
    matrix = transforms[BONE_INDEX[bone]]
    moved: FloatArray = matrix[:, :3] @ np.array(point) + matrix[:, 3]
    return moved


NOSE = (0.0, -0.12, 0.74)
CROWN = (0.0, 0.0, 0.86)


def test_a_neutral_pose_leaves_head_and_trunk_alone(joints: FloatArray) -> None:
    """Only the arms come down to the desk."""
    transforms = Skeleton(joints).transforms(Pose())

    for bone in ("spine01", "neck02", "head", "eye.L"):
        assert carried(transforms, bone, NOSE) == pytest.approx(NOSE, abs=1e-6)


@pytest.mark.parametrize(
    ("pose", "axis", "sign", "point"),
    [
        pytest.param(Pose(head_pitch=0.3), 2, -1, NOSE, id="pitch-lowers-the-nose"),
        pytest.param(Pose(head_yaw=0.3), 0, 1, NOSE, id="yaw-turns-left"),
        pytest.param(Pose(head_roll=0.3), 0, 1, CROWN, id="roll-tilts-left"),
        pytest.param(Pose(lean=0.3), 1, -1, CROWN, id="lean-comes-closer"),
        pytest.param(Pose(side=0.3), 0, 1, CROWN, id="side-goes-left"),
        pytest.param(Pose(slump=1.0), 2, -1, CROWN, id="slump-sinks"),
    ],
)
def test_angles_turn_the_way_their_names_say(
    joints: FloatArray, pose: Pose, axis: int, sign: int, point: tuple[float, float, float]
) -> None:
    """Positive is chin down, to the person's left, towards the camera."""
    moved = carried(Skeleton(joints).transforms(pose), "head", point)

    assert sign * (moved[axis] - point[axis]) > 0.01


@pytest.mark.parametrize("side", ["L", "R"])
def test_a_hand_at_the_face_is_near_the_head(joints: FloatArray, side: str) -> None:
    """The wrist rises from the desk to below the cheek."""
    skeleton = Skeleton(joints)
    wrist = tuple(joints[BONE_INDEX[f"wrist.{side}"]])
    up = Pose(hand_left=1.0) if side == "L" else Pose(hand_right=1.0)

    low = carried(skeleton.transforms(Pose()), f"wrist.{side}", wrist)
    high = carried(skeleton.transforms(up), f"wrist.{side}", wrist)

    head = joints[BONE_INDEX["head"]]
    assert np.linalg.norm(high - head) < 0.3 < np.linalg.norm(low - head)


def test_skinning_blends_bones(joints: FloatArray) -> None:
    """A vertex of two bones lies between where each would carry it."""
    transforms = Skeleton(joints).transforms(Pose(head_yaw=0.4))
    weights = np.zeros((1, len(BONES)), dtype=np.float32)
    weights[0, [BONE_INDEX["head"], BONE_INDEX["spine01"]]] = 0.5

    moved = skin(np.array([NOSE], dtype=np.float32), weights, transforms)[0]

    ends = [carried(transforms, bone, NOSE) for bone in ("head", "spine01")]
    assert moved == pytest.approx(np.mean(ends, axis=0), abs=1e-6)
