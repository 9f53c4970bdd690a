"""Joints of a posed body lie where the picture shows them."""

import numpy as np
import pytest

pytest.importorskip("numba", reason="the render needs the training extra")

from appliance.domain.arrays import Float64Array
from training.simulator.render.figure.body import Body
from training.simulator.render.figure.rig import BONES
from training.simulator.render.figure.skeleton import Pose, Skeleton
from training.simulator.render.scene.joints import JOINTS, project_joints
from training.simulator.render.scene.stage import Camera

SIZE_WH = (320, 360)
EYE_M = 1.0
CAMERA = Camera(distance_m=0.5, pixels_per_m=400.0, eye_line=0.25, rise_m=0.0)


@pytest.fixture
def body() -> Body:
    """Return a person of joints only: eyes 6 cm apart, shoulders 36 cm apart and 25 cm lower."""
    places = {"eye": (0.03, EYE_M), "upperarm01": (0.18, EYE_M - 0.25),
              "lowerarm01": (0.2, EYE_M - 0.5), "wrist": (0.2, EYE_M - 0.7)}  # fmt: skip
    joints = []
    for name, _ in BONES:
        part, _, side = name.partition(".")
        x, z = places.get(part, (0.02, EYE_M - 0.3) if side else (0.0, EYE_M - 0.4))
        joints.append((-x if side == "R" else x, 0.0, z))
    nothing = np.zeros(0, dtype=np.float32)
    return Body(
        skeleton=Skeleton(np.array(joints)),
        points=nothing,
        weights=nothing,
        action_vertices=nothing,
        action_deltas=nothing,
        triangles=nothing,
        texels=nothing,
        texel_triangles=nothing,
        culled=nothing.astype(np.uint8),
        two_sided=nothing.astype(np.uint8),
        shine=nothing,
        openness=nothing,
        atlas=nothing.astype(np.uint8),
        eye_height_m=EYE_M,
        eyes_m=np.array((0.0, 0.0, EYE_M), dtype=np.float32),
    )


def placed(body: Body, pose: Pose) -> dict[str, Float64Array]:
    """Return x and y of each joint by its name."""
    points = project_joints(body, pose, camera=CAMERA, size_wh=SIZE_WH)
    return dict(zip(JOINTS, points, strict=True))


def test_an_upright_person_is_in_the_middle_at_the_eye_line(body: Body) -> None:
    """The person's left is right in the picture, 400 pixels to the metre."""
    joints = placed(body, Pose())

    np.testing.assert_allclose(joints["left_eye"], [172, 90], atol=0.01)
    np.testing.assert_allclose(joints["right_eye"], [148, 90], atol=0.01)
    np.testing.assert_allclose(joints["left_shoulder"], [232, 190], atol=0.01)


def test_joints_follow_the_pose(body: Body) -> None:
    """A body that shifts 10 cm to its left moves 40 pixels to the right; arms, nearer, more."""
    before, after = placed(body, Pose()), placed(body, Pose(shift_x_m=0.1))

    for name in ("left_eye", "right_eye", "left_shoulder", "right_shoulder"):
        np.testing.assert_allclose(after[name] - before[name], [40, 0], atol=0.01)
    for name in ("left_wrist", "right_wrist"):
        assert after[name][0] - before[name][0] > 40
