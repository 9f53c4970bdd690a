"""A simple upper body before a camera: behaviour to the 33 landmarks, before any noise.

Lengths in metres; x to the right of the picture, y down, z away from the camera; the student faces
-z. The head is rigid and turns about the neck; arms are two points each. Crude, and meant to be:
the features only use ratios of a few distances, and the ranges of the parameters cover the error.
"""

from dataclasses import dataclass, field

import numpy as np

from appliance.domain.arrays import Float64Array
from appliance.domain.observations import Landmark
from training.simulator import parameters as p
from training.simulator.behaviour import Behaviour
from training.simulator.regimes import Circumstances
from training.simulator.traits import uniform

LANDMARKS = 33
PICTURE_CENTRE_PX = (320.0, 240.0)

# The head from the neck's turning point, metres, of an average adult (ANSUR II: ear to nose 10-11
# cm, interpupillary 6.3 cm, bitragion 14.5 cm); y down, the nose towards the camera.
_HEAD_POINTS: dict[Landmark, tuple[float, float, float]] = {
    Landmark.NOSE: (0.0, -0.070, -0.125),
    Landmark.LEFT_EYE_INNER: (0.016, -0.110, -0.100),
    Landmark.LEFT_EYE: (0.032, -0.110, -0.096),
    Landmark.LEFT_EYE_OUTER: (0.046, -0.109, -0.088),
    Landmark.RIGHT_EYE_INNER: (-0.016, -0.110, -0.100),
    Landmark.RIGHT_EYE: (-0.032, -0.110, -0.096),
    Landmark.RIGHT_EYE_OUTER: (-0.046, -0.109, -0.088),
    Landmark.LEFT_EAR: (0.074, -0.090, -0.015),
    Landmark.RIGHT_EAR: (-0.074, -0.090, -0.015),
    Landmark.MOUTH_LEFT: (0.025, -0.030, -0.098),
    Landmark.MOUTH_RIGHT: (-0.025, -0.030, -0.098),
}
# Lower body from the middle of the shoulders: seated, so knees forward and feet below them.
_LOWER_POINTS: dict[Landmark, tuple[float, float, float]] = {
    Landmark.LEFT_HIP: (0.13, 0.48, 0.05),
    Landmark.RIGHT_HIP: (-0.13, 0.48, 0.05),
    Landmark.LEFT_KNEE: (0.15, 0.55, -0.35),
    Landmark.RIGHT_KNEE: (-0.15, 0.55, -0.35),
    Landmark.LEFT_ANKLE: (0.15, 0.95, -0.30),
    Landmark.RIGHT_ANKLE: (-0.15, 0.95, -0.30),
    Landmark.LEFT_HEEL: (0.15, 0.98, -0.26),
    Landmark.RIGHT_HEEL: (-0.15, 0.98, -0.26),
    Landmark.LEFT_FOOT_INDEX: (0.16, 1.00, -0.42),
    Landmark.RIGHT_FOOT_INDEX: (-0.16, 1.00, -0.42),
}
_HANDS = (
    (Landmark.LEFT_WRIST, Landmark.LEFT_ELBOW, 1.0),
    (Landmark.RIGHT_WRIST, Landmark.RIGHT_ELBOW, -1.0),
)
_FINGERS = (
    (Landmark.LEFT_PINKY, Landmark.LEFT_WRIST, (0.02, 0.01, -0.07)),
    (Landmark.LEFT_INDEX, Landmark.LEFT_WRIST, (-0.01, 0.0, -0.09)),
    (Landmark.LEFT_THUMB, Landmark.LEFT_WRIST, (-0.03, -0.01, -0.05)),
    (Landmark.RIGHT_PINKY, Landmark.RIGHT_WRIST, (-0.02, 0.01, -0.07)),
    (Landmark.RIGHT_INDEX, Landmark.RIGHT_WRIST, (0.01, 0.0, -0.09)),
    (Landmark.RIGHT_THUMB, Landmark.RIGHT_WRIST, (0.03, -0.01, -0.05)),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Body:
    """Build, seat and camera of N students."""

    shoulder_m: Float64Array = field(repr=False)
    """(N,) distance of the shoulder landmarks."""
    neck_m: Float64Array = field(repr=False)
    """(N,) from the shoulders' line up to the head's turning point."""
    head_scale: Float64Array = field(repr=False)
    """(N,) size of the head, 1 average."""
    distance_m: Float64Array = field(repr=False)
    """(N,) camera to shoulders."""
    camera_pitch: Float64Array = field(repr=False)
    """(N,) radians, positive looks down on the student."""
    camera_yaw: Float64Array = field(repr=False)
    """(N,) radians, positive sees the student's left side."""
    focal_px: Float64Array = field(repr=False)
    """(N,)."""
    rotation_gain: Float64Array = field(repr=False)
    """(N,) share of a turn of the head that the landmarks follow."""
    desk: Float64Array = field(repr=False)
    """(N, 2, 3) resting place of the left and the right wrist from the shoulders' middle."""


def draw_body(rng: np.random.Generator, circumstances: Circumstances) -> Body:
    """Draw N bodies and cameras."""
    students, around = len(circumstances.reach), circumstances.around
    desk = np.stack(
        [
            rng.uniform(0.04, 0.28, (students, 2)) * np.array([1, -1]),
            rng.uniform(0.28, 0.50, (students, 2)),
            rng.uniform(-0.42, -0.15, (students, 2)),
        ],
        axis=2,
    )
    return Body(
        shoulder_m=uniform(rng, p.SHOULDER_WIDTH_M, students),
        neck_m=uniform(rng, p.NECK_M, students),
        head_scale=uniform(rng, p.HEAD_SCALE, students),
        distance_m=uniform(rng, p.CAMERA_DISTANCE_M, students),
        camera_pitch=np.radians(around(rng, p.CAMERA_PITCH_DEG)),
        camera_yaw=np.radians(around(rng, p.CAMERA_YAW_DEG)),
        focal_px=uniform(rng, p.FOCAL_PX, students),
        rotation_gain=around(rng, p.ROTATION_GAIN),
        desk=desk,
    )


def place_landmarks(body: Body, behaviour: Behaviour, wrist_motion: Float64Array) -> Float64Array:
    """Return the (N, 33, 2) landmarks in pixels.

    Args:
        body: N bodies.
        behaviour: What they do in this frame.
        wrist_motion: (N, 2, 3) displacement of the wrists from their resting places, metres.
    """
    count = len(body.shoulder_m)
    points = np.zeros((count, LANDMARKS, 3))
    half = body.shoulder_m / 2
    points[:, Landmark.LEFT_SHOULDER, 0] = half
    points[:, Landmark.RIGHT_SHOULDER, 0] = -half
    head = list(_HEAD_POINTS)
    gain = body.rotation_gain
    points[:, head] = turn(
        np.array(list(_HEAD_POINTS.values())) * body.head_scale[:, None, None],
        pitch=behaviour.pitch * gain,
        yaw=behaviour.yaw * gain,
        roll=behaviour.roll,
    )
    # A slumping head sinks and comes forward.
    points[:, head, 1] += (behaviour.slump_m - body.neck_m)[:, None]
    points[:, head, 2] -= (0.03 + 0.5 * behaviour.slump_m)[:, None]
    points[:, list(_LOWER_POINTS)] = np.array(list(_LOWER_POINTS.values()))
    jaw = points[:, [Landmark.MOUTH_LEFT, Landmark.MOUTH_RIGHT]].mean(axis=1)
    for side, (wrist, elbow, sign) in enumerate(_HANDS):
        resting = body.desk[:, side] + wrist_motion[:, side]
        at_face = np.clip(behaviour.hand * sign, 0, 1)[:, None]
        on_cheek = jaw + np.array([0.05 * sign, 0.05, -0.02])
        points[:, wrist] = resting + (on_cheek - resting) * at_face
        shoulder = points[:, Landmark.LEFT_SHOULDER if sign > 0 else Landmark.RIGHT_SHOULDER]
        middle = (shoulder + points[:, wrist]) / 2
        points[:, elbow] = middle + np.array([0.06 * sign, 0.10, 0.02])
    for finger, wrist, offset in _FINGERS:
        points[:, finger] = points[:, wrist] + np.array(offset)
    # Mouth corners hardly move with the jaw, so the jaw stays out of the landmarks.
    shift = behaviour.trunk_m.copy()
    shift[:, 2] *= -1  # towards the camera is -z
    return project(body, points + shift[:, None, :])


def turn(
    points: Float64Array, *, pitch: Float64Array, yaw: Float64Array, roll: Float64Array
) -> Float64Array:
    """Turn (N, M, 3) points about the origin: down by pitch, to +x by yaw, top to +x by roll."""
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    sine, cosine = np.sin(pitch)[:, None], np.cos(pitch)[:, None]
    y, z = y * cosine - z * sine, z * cosine + y * sine
    sine, cosine = np.sin(yaw)[:, None], np.cos(yaw)[:, None]
    x, z = x * cosine - z * sine, z * cosine + x * sine
    sine, cosine = np.sin(roll)[:, None], np.cos(roll)[:, None]
    x, y = x * cosine - y * sine, y * cosine + x * sine
    return np.stack([x, y, z], axis=-1)


def project(body: Body, points: Float64Array) -> Float64Array:
    """Return (N, M, 2) pixels of (N, M, 3) points given from the shoulders' middle."""
    # A camera above the student sees what a student bent towards it would show.
    nothing = np.zeros_like(body.camera_pitch)
    seen = turn(points, pitch=body.camera_pitch, yaw=body.camera_yaw, roll=nothing)
    depth = np.maximum(seen[..., 2] + body.distance_m[:, None], 0.15)
    return np.asarray(
        seen[..., :2] / depth[..., None] * body.focal_px[:, None, None] + PICTURE_CENTRE_PX
    )
