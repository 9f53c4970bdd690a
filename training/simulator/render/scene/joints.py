"""Where the joints of a posed body lie in the picture: truth for a pose estimate."""

from collections.abc import Mapping

import numpy as np

from appliance.domain.arrays import Float64Array
from training.simulator.render.figure.body import Body
from training.simulator.render.figure.rig import BONE_INDEX
from training.simulator.render.figure.skeleton import Pose
from training.simulator.render.scene.stage import Camera, project

JOINTS: Mapping[str, str] = {
    "left_eye": "eye.L",
    "right_eye": "eye.R",
    "left_shoulder": "upperarm01.L",
    "right_shoulder": "upperarm01.R",
    "left_elbow": "lowerarm01.L",
    "right_elbow": "lowerarm01.R",
    "left_wrist": "wrist.L",
    "right_wrist": "wrist.R",
}
"""Name of each joint, the person's own left and right, and the bone that starts there."""


def project_joints(
    body: Body, pose: Pose, *, camera: Camera, size_wh: tuple[int, int]
) -> Float64Array:
    """Return (J, 2) x and y of the joints in the order of ``JOINTS``, pixels of the person's half.

    Centres of bones and eyeballs, whether seen or hidden: a pose estimate of the same joint lies
    a little beside them, always on the same side.

    Args:
        body: Who.
        pose: Posture.
        camera: Camera of this half.
        size_wh: Width and height of the half, pixels.
    """
    bones = [BONE_INDEX[bone] for bone in JOINTS.values()]
    points = body.skeleton.place(pose)[bones].astype(np.float32)
    placed = project(points, camera=camera, eye_height_m=body.eye_height_m, size_wh=size_wh)
    return placed[:, :2].astype(np.float64)
