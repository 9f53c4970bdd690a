"""From a pose in a few angles to bone transforms, and from bone transforms to vertices."""

from dataclasses import dataclass

import numpy as np

from appliance.domain.arrays import Float64Array, FloatArray
from training.simulator.render.figure.rig import BONE_INDEX, BONES

_NECK = ("neck01", "neck02", "neck03", "head")
_SPINE = ("spine05", "spine04", "spine03", "spine02", "spine01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """Posture of one person in one frame; zero is sitting upright, looking ahead."""

    head_pitch: float = 0.0
    """Radians, chin down positive, relative to the chest."""

    head_yaw: float = 0.0
    """Radians, turned to the person's left positive."""

    head_roll: float = 0.0
    """Radians, tilted to the person's left shoulder positive."""

    lean: float = 0.0
    """Radians, trunk bent towards the camera positive."""

    side: float = 0.0
    """Radians, trunk bent to the person's left positive."""

    slump: float = 0.0
    """0 upright to 1 rounded back, shoulders forward and head low."""

    shift_x_m: float = 0.0
    """Sideways shift of the whole body, metres, to the person's left."""

    sink_m: float = 0.0
    """How much lower the person sits, metres."""

    gaze_pitch: float = 0.0
    """Radians, eyes down positive, relative to the head."""

    gaze_yaw: float = 0.0
    """Radians, eyes to the person's left positive, relative to the head."""

    hand_left: float = 0.0
    """0 left hand on the desk, 1 at the cheek or chin."""

    hand_right: float = 0.0
    """0 right hand on the desk, 1 at the cheek or chin."""

    breath: float = 0.0
    """Lift of the shoulders, metres."""

    stretch: float = 0.0
    """0 hands where they are, 1 both arms stretched over the head."""


class Skeleton:
    """Joints of one person and how a pose moves them."""

    def __init__(self, joints: FloatArray) -> None:
        """Take the (B, 3) rest joints, metres, in the order of ``BONES``."""
        self._joints = joints.astype(np.float64)
        self._parents = [BONE_INDEX[parent] if parent else -1 for _, parent in BONES]

    def transforms(self, pose: Pose) -> FloatArray:
        """Return (B, 3, 4) matrices that take rest vertices to posed ones.

        Angles are spread over the joints of spine and neck, so that neither breaks. The arms are
        solved from where the wrists are to be (two-bone inverse kinematics, elbow out and down).
        """
        local = {name: np.eye(3) for name, _ in BONES}
        bend = pose.lean + 0.10 * pose.slump
        for name, share in zip(_SPINE, (0.3, 0.25, 0.2, 0.15, 0.1), strict=True):
            local[name] = _rotation(bend * share + 0.05 * pose.slump, 0.0, pose.side * share)
        # A rounded back pushes the neck forward; the head stays level unless it is pitched.
        level = -bend - 0.25 * pose.slump
        for name, share in zip(_NECK, (0.2, 0.2, 0.2, 0.4), strict=True):
            forward = 0.18 * pose.slump if name == "neck01" else 0.0
            lift = -0.18 * pose.slump if name == "head" else 0.0
            local[name] = _rotation(
                (pose.head_pitch + level) * share + forward + lift,
                pose.head_yaw * share,
                (pose.head_roll - 0.6 * pose.side) * share,
            )
        for side, sign in (("L", 1.0), ("R", -1.0)):
            local[f"eye.{side}"] = _rotation(pose.gaze_pitch, pose.gaze_yaw, 0.0)
            # Shoulders forward and down when slumped.
            local[f"clavicle.{side}"] = _rotation(0.0, -sign * 0.22 * pose.slump, 0.0) @ _rotation(
                0.0, 0.0, sign * (0.10 * pose.slump - 4.0 * pose.breath)
            )
        moved = self._forward(local, pose)
        self._place_arm(moved, "L", pose.hand_left, pose)
        self._place_arm(moved, "R", pose.hand_right, pose)
        return moved.astype(np.float32)

    def place(self, pose: Pose) -> FloatArray:
        """Return (B, 3) where a pose takes the joints, metres."""
        moved = self.transforms(pose)
        placed: FloatArray = np.einsum("bij,bj->bi", moved[:, :, :3], self._joints) + moved[:, :, 3]
        return placed

    def joint(self, row: int) -> Float64Array:
        """Return the (3,) rest position of a bone's joint, metres, by its number in ``BONES``."""
        joint: Float64Array = self._joints[row]
        return joint

    def _joint(self, name: str) -> Float64Array:
        joint: Float64Array = self._joints[BONE_INDEX[name]]
        return joint

    def _forward(self, local: dict[str, Float64Array], pose: Pose) -> Float64Array:
        moved = np.zeros((len(BONES), 3, 4))
        for number, (name, _) in enumerate(BONES):
            parent = self._parents[number]
            rotation, joint = local[name], self._joints[number]
            if parent < 0:
                moved[number, :, :3] = np.eye(3)
                moved[number, :, 3] = (pose.shift_x_m, 0.0, -pose.sink_m)
                continue
            above = moved[parent]
            moved[number, :, :3] = above[:, :3] @ rotation
            moved[number, :, 3] = above[:, :3] @ (joint - rotation @ joint) + above[:, 3]
        return moved

    def _place_arm(self, moved: Float64Array, side: str, at_face: float, pose: Pose) -> None:
        sign = 1.0 if side == "L" else -1.0
        upper, lower, wrist = (
            BONE_INDEX[f"{name}.{side}"] for name in ("upperarm01", "lowerarm01", "wrist")
        )
        shoulder_matrix = moved[self._parents[upper]]
        shoulder = shoulder_matrix[:, :3] @ self._joints[upper] + shoulder_matrix[:, 3]
        upper_rest = self._joints[lower] - self._joints[upper]
        lower_rest = self._joints[wrist] - self._joints[lower]
        seat = self._joint("spine05")
        desk = np.array(
            [sign * 0.13 + pose.shift_x_m, seat[1] - 0.36, seat[2] + 0.06 - pose.sink_m]
        )
        head = moved[BONE_INDEX["head"]]
        cheek_rest = self._joint("head") + np.array([sign * 0.075, -0.080, -0.19])
        cheek = head[:, :3] @ cheek_rest + head[:, 3]
        weight = at_face * at_face * (3 - 2 * at_face)
        target = desk * (1 - weight) + cheek * weight
        target = target + np.array([0.0, -0.10 * np.sin(np.pi * weight), 0.0])
        over = shoulder + np.array([sign * 0.14, -0.06, 0.46])
        target = target * (1 - pose.stretch) + over * pose.stretch
        out = 0.45 + 0.5 * pose.stretch
        pole = np.array([sign * out, 0.25 - 0.35 * weight, -1.0 + pose.stretch])
        elbow, target = _two_bones(
            shoulder,
            target,
            lengths=(float(np.linalg.norm(upper_rest)), float(np.linalg.norm(lower_rest))),
            pole=pole,
        )
        turn_upper = _aligning(upper_rest, elbow - shoulder)
        turn_lower = _aligning(lower_rest, target - elbow)
        moved[upper] = _about(turn_upper, self._joints[upper], shoulder)
        moved[lower] = _about(turn_lower, self._joints[lower], elbow)
        moved[wrist] = _about(turn_lower, self._joints[wrist], target)


def skin(points: FloatArray, weights: FloatArray, transforms: FloatArray) -> FloatArray:
    """Return the (V, 3) posed vertices by linear blend skinning.

    Args:
        points: (V, 3) rest vertices with the face actions applied, metres.
        weights: (V, B) share of each bone, rows sum to 1.
        transforms: (B, 3, 4) from ``Skeleton.transforms``.
    """
    blended = (weights @ transforms.reshape(len(transforms), 12)).reshape(-1, 3, 4)
    posed: FloatArray = np.einsum("vij,vj->vi", blended[:, :, :3], points) + blended[:, :, 3]
    return posed


def _rotation(pitch: float, yaw: float, roll: float) -> Float64Array:
    """Return pitch (x, forwards and down), then roll (y), then yaw (z) as one matrix.

    Signs: chin down, to the person's left and towards the left shoulder are positive; x points to
    the person's left, y backwards and z up.
    """
    cp, sp = np.cos(pitch), np.sin(pitch)
    cy, sy = np.cos(yaw), np.sin(yaw)
    cr, sr = np.cos(roll), np.sin(roll)
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_y = np.array([[cr, 0, sr], [0, 1, 0], [-sr, 0, cr]])
    about_z = np.array([[cy, -sy, 0], [sy, cy, 0], [0, 0, 1]])
    turned: Float64Array = about_z @ about_y @ about_x
    return turned


def _two_bones(
    start: Float64Array, target: Float64Array, *, lengths: tuple[float, float], pole: Float64Array
) -> tuple[Float64Array, Float64Array]:
    """Return where the middle joint and the reachable end are (law of cosines)."""
    first, second = lengths
    reach = target - start
    distance = float(
        np.clip(np.linalg.norm(reach), abs(first - second) + 1e-3, first + second - 1e-3)
    )
    along = reach / np.linalg.norm(reach)
    side = pole - along * (pole @ along)
    side /= np.linalg.norm(side)
    projection = (first**2 - second**2 + distance**2) / (2 * distance)
    height = np.sqrt(max(first**2 - projection**2, 0.0))
    return start + along * projection + side * height, start + along * distance


def _aligning(source: Float64Array, target: Float64Array) -> Float64Array:
    """Return the smallest rotation that turns one direction into another (Rodrigues)."""
    a, b = source / np.linalg.norm(source), target / np.linalg.norm(target)
    axis, cosine = np.cross(a, b), float(a @ b)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    turned: Float64Array = np.eye(3) + cross + cross @ cross / (1.0 + max(cosine, -0.999))
    return turned


def _about(rotation: Float64Array, rest: Float64Array, posed: Float64Array) -> Float64Array:
    moved = np.empty((3, 4))
    moved[:, :3] = rotation
    moved[:, 3] = posed - rotation @ rest
    return moved
