"""Still faces with exact actions, to mix into the training of the expression model."""

from dataclasses import dataclass

import cv2
import numpy as np

from appliance.domain.arrays import AnyArray, Float64Array, FloatArray, UInt8Array
from appliance.domain.observations import FaceAction
from training.simulator.render.figure.anatomy import Anatomy, load_anatomy
from training.simulator.render.figure.body import Body, apply_actions, build_body
from training.simulator.render.figure.identity import Namespace, draw_identity, rng_for
from training.simulator.render.figure.rig import BONE_INDEX
from training.simulator.render.figure.skeleton import Pose, skin
from training.simulator.render.plays.expression import face_actions
from training.simulator.render.scene.room import SIZE_WH, draw_light, draw_room
from training.simulator.render.scene.stage import Camera, draw_person, enlarge, project

CROP_PX = 128
ROOMS = 32  # painting one costs as much as ten faces

# As in appliance/perception/face.py, so that rendered crops look like the box's own: lengths as
# shares of the side of the crop, and the eye line below its top.
EYE_DISTANCE = 0.37
EYES_TO_MOUTH = 0.38
EAR_DISTANCE = 0.75
EYES_BELOW_TOP = 0.40


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceSet:
    """N rendered face crops."""

    images: UInt8Array
    """(N, 128, 128, 3) RGB, upright, brows to chin with padding."""

    actions: FloatArray
    """(N, 10) in the order of ``FaceAction``, each in [0, 1]."""

    identity: AnyArray
    """(N,) int32 number of the person in namespace ``train``."""


def render_faces(*, people: int, each: int, seed: int) -> FaceSet:
    """Render faces of training people only.

    Args:
        people: Number of identities; person p is ``(train, 1000 + p, 0)``.
        each: Faces per identity.
        seed: Seed of expressions, poses, light.
    """
    anatomy = load_anatomy()
    rooms = [
        enlarge(draw_room(rng_for("faces", seed, "room", number))[:, : SIZE_WH[0] // 2])
        for number in range(ROOMS)
    ]
    images, actions, identity = [], [], []
    for person in range(people):
        body = build_body(anatomy, draw_identity(Namespace.TRAIN, seed=1000 + person, person=0))
        points = _FacePoints.of(anatomy)
        rng = rng_for("faces", seed, person)
        for _ in range(each):
            cues = draw_cues(rng)
            images.append(
                _render_face(body, points, cues, room=rooms[int(rng.integers(0, ROOMS))], rng=rng)
            )
            actions.append([cues[action] for action in FaceAction])
            identity.append(person)
    return FaceSet(
        images=np.stack(images),
        actions=np.array(actions, dtype=np.float32),
        identity=np.array(identity, dtype=np.int32),
    )


def draw_cues(rng: np.random.Generator) -> dict[FaceAction, float]:
    """Draw one expression: ten cues, most of them at rest most of the time."""
    cues = dict.fromkeys(FaceAction, 0.0)

    def sometimes(chance: float, low: float = 0.0, high: float = 1.0) -> float:
        return float(rng.uniform(low, high)) if rng.random() < chance else 0.0

    blink = sometimes(0.55)
    if rng.random() < 0.15:  # fully closed is frequent, and easy to miss
        blink = 1.0
    cues[FaceAction.BLINK_LEFT] = float(np.clip(blink + rng.normal(0, 0.03), 0, 1)) * (blink > 0)
    cues[FaceAction.BLINK_RIGHT] = float(np.clip(blink + rng.normal(0, 0.03), 0, 1)) * (blink > 0)
    if rng.random() < 0.06:  # a wink tells left from right
        cues[rng.choice(np.array([FaceAction.BLINK_LEFT, FaceAction.BLINK_RIGHT]))] = 0.0
    cues[FaceAction.SQUINT] = sometimes(0.3)
    cues[FaceAction.JAW_OPEN] = sometimes(0.35)
    cues[FaceAction.BROW_DOWN] = sometimes(0.35)
    if cues[FaceAction.BROW_DOWN] == 0:
        cues[FaceAction.BROW_INNER_UP] = sometimes(0.35)
    cues[FaceAction.SMILE] = sometimes(0.3)
    if cues[FaceAction.SMILE] == 0:
        cues[FaceAction.FROWN] = sometimes(0.3)
    if cues[FaceAction.JAW_OPEN] == 0:
        cues[FaceAction.MOUTH_PRESS] = sometimes(0.25)
    cues[FaceAction.LOOK_DOWN] = sometimes(0.35) * (1 - blink)
    return cues


@dataclass(frozen=True, slots=True, kw_only=True)
class _FacePoints:
    """Vertices of the body mesh that stand for the landmarks of the crop."""

    mouth: AnyArray
    ear_left: AnyArray
    ear_right: AnyArray

    @classmethod
    def of(cls, anatomy: Anatomy) -> "_FacePoints":
        head = np.unique(anatomy.parts["head"].quads)
        template = anatomy.template[head]
        # The head is the first part of the mesh, in this order.
        return cls(
            mouth=np.argsort(np.linalg.norm(template - (0.0, -0.155, 0.661), axis=1))[:8],
            ear_left=np.argsort(np.linalg.norm(template - (0.078, -0.03, 0.712), axis=1))[:6],
            ear_right=np.argsort(np.linalg.norm(template - (-0.078, -0.03, 0.712), axis=1))[:6],
        )


def _render_face(
    body: Body,
    points: _FacePoints,
    cues: dict[FaceAction, float],
    *,
    room: FloatArray,
    rng: np.random.Generator,
) -> UInt8Array:
    actions = face_actions(**{action.value: value for action, value in cues.items()})
    gaze_down = 25.0 * cues[FaceAction.LOOK_DOWN] + rng.uniform(-4, 4)
    pose = Pose(
        head_pitch=float(np.radians(np.clip(rng.normal(5.0, 10.0), -18, 32))),
        head_yaw=float(np.radians(np.clip(rng.normal(0.0, 13.0), -40, 40))),
        head_roll=float(np.radians(np.clip(rng.normal(0.0, 7.0), -20, 20))),
        lean=float(np.radians(rng.normal(1.0, 4.0))),
        slump=float(rng.uniform(0, 0.8)),
        gaze_pitch=float(np.radians(gaze_down)),
        gaze_yaw=float(np.radians(np.clip(rng.normal(0.0, 9.0), -25, 25))),
        hand_left=1.0 if rng.random() < 0.05 else 0.0,  # a hand at the cheek
    )
    camera = Camera(
        distance_m=float(rng.uniform(0.55, 1.1)),
        pixels_per_m=float(np.exp(rng.uniform(np.log(330), np.log(720)))),
        eye_line=float(rng.uniform(0.33, 0.42)),
        rise_m=float(rng.uniform(-0.08, 0.14)),
    )
    picture = draw_person(
        room, body, pose=pose, actions=actions, camera=camera, light=draw_light(rng)
    )
    picture = picture * rng.uniform(0.75, 1.2) + rng.uniform(-12, 12)
    if rng.random() < 0.3:  # some are out of focus
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.4, 1.1))))
    picture = picture + rng.normal(0, rng.uniform(0.5, 5.0), picture.shape)
    shown = _landmarks(body, points, pose=pose, actions=actions, camera=camera, shape=picture.shape)
    crop = _crop(np.clip(picture, 0, 255).astype(np.uint8), shown, rng)
    if rng.random() < 0.5:  # video is compressed
        quality = int(rng.uniform(40, 95))
        _, packed = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, quality])
        crop = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), dtype=np.uint8)
    return np.ascontiguousarray(crop[:, :, ::-1])


def _landmarks(
    body: Body,
    points: _FacePoints,
    *,
    pose: Pose,
    actions: FloatArray,
    camera: Camera,
    shape: tuple[int, ...],
) -> Float64Array:
    """Return (5, 2) pixels: right eye, left eye, mouth, right ear, left ear."""
    transforms = body.skeleton.transforms(pose)
    vertices = skin(apply_actions(body, actions), body.weights, transforms)
    head = transforms[BONE_INDEX["head"]]
    eyes = np.stack(
        [
            head[:, :3] @ (body.eyes_m + np.array([x, -0.01, 0.0])) + head[:, 3]
            for x in (-0.031, 0.031)
        ]
    )
    rest = [vertices[v].mean(0) for v in (points.mouth, points.ear_right, points.ear_left)]
    world = np.concatenate([eyes, np.stack(rest)]).astype(np.float32)
    screen = project(
        world, camera=camera, eye_height_m=body.eye_height_m, size_wh=(shape[1], shape[0])
    )
    return screen[:, :2].astype(np.float64)


def _crop(picture: UInt8Array, shown: Float64Array, rng: np.random.Generator) -> UInt8Array:
    right_eye, left_eye, mouth, right_ear, left_ear = shown
    across = left_eye - right_eye
    roll = np.arctan2(across[1], across[0])
    axis_x = np.array([np.cos(roll), np.sin(roll)])
    axis_y = np.array([-axis_x[1], axis_x[0]])
    eyes, ears = (left_eye + right_eye) / 2, (left_ear + right_ear) / 2
    side = max(
        float(np.hypot(*across)) / EYE_DISTANCE,
        abs(float((mouth - eyes) @ axis_y)) / EYES_TO_MOUTH,
        abs(float((left_ear - right_ear) @ axis_x)) / EAR_DISTANCE,
    )
    middle_x = float(((eyes + mouth) / 2 + ears) / 2 @ axis_x)
    middle_y = float(eyes @ axis_y) + (0.5 - EYES_BELOW_TOP) * side
    centre = axis_x * middle_x + axis_y * middle_y + rng.normal(0, 0.025, 2) * side
    side *= float(np.exp(rng.normal(0, 0.05)))
    roll += float(np.radians(rng.normal(0, 2.5)))
    matrix: Float64Array = np.asarray(
        cv2.getRotationMatrix2D(
            (float(centre[0]), float(centre[1])), float(np.degrees(roll)), CROP_PX / side
        ),
        dtype=np.float64,
    )
    matrix[:, 2] += CROP_PX / 2 - centre
    interpolation = cv2.INTER_AREA if side > CROP_PX else cv2.INTER_LINEAR
    crop: UInt8Array = np.asarray(
        cv2.warpAffine(
            picture,
            matrix,
            (CROP_PX, CROP_PX),
            flags=interpolation,
            borderMode=cv2.BORDER_REPLICATE,
        )
    )
    return crop
