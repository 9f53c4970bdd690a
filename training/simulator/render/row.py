"""Four people side by side as a classroom camera sees them, with their exact places as truth."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from appliance.domain.affect import Affect
from appliance.domain.arrays import FloatArray, UInt8Array
from training.simulator.render.figure.anatomy import load_anatomy
from training.simulator.render.figure.body import SHINS_M, Body, apply_actions, build_body
from training.simulator.render.figure.identity import Identity, Namespace, draw_identity, rng_for
from training.simulator.render.figure.rig import BONE_INDEX
from training.simulator.render.figure.skeleton import skin
from training.simulator.render.plays.expression import face_at, pose_at
from training.simulator.render.plays.row_script import SEATS, Course, Phase, courses, plan_row
from training.simulator.render.plays.script import Behaviour, act, onset
from training.simulator.render.scene.room import draw_light, draw_wall
from training.simulator.render.scene.stage import Camera, draw_body, enlarge, project, shrink
from training.simulator.render.scene.video import video_writer

SIZE_WH = (1280, 720)

EYES_M = 0.79
"""Height of a middling person's eyes over the seat: the camera's eye line for everybody."""

DESK_M = 0.18  # height of the desk's front edge over the seat ...
DESK_BEFORE_M = 0.50  # ... and how far before the chairs it is

MIN_SHIRT_DISTANCE = 45.0  # between the colours of two shirts, 8-bit levels


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPlan:
    """What to render."""

    seed: int
    """Seed of identities, room, light and behaviour."""

    namespace: Namespace = Namespace.CLIP
    """Set of people."""

    seconds: float = 160.0
    """Length, media seconds."""

    fps: float = 15.0
    """Frames per second."""

    noise: float = 2.0
    """Standard deviation of the sensor's noise, 8-bit levels."""

    crf: int = 23
    """Quality of the video encoder."""

    pitch_m: float | None = None
    """From seat to seat, metres; drawn if None. A row of .60 m is as tight as chairs allow."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Places:
    """Where a person's points truly are in the picture, pixels."""

    shoulders: FloatArray = field(repr=False)
    """(2, 2) left and right shoulder joint, the person's own sides."""

    eyes: FloatArray = field(repr=False)
    """(2, 2) left and right eye."""

    nose: FloatArray = field(repr=False)
    """(2,) tip."""


def render_row(plan: RowPlan, path: Path, *, truth: Path | None = None) -> None:
    """Render one clip.

    Args:
        plan: What.
        path: Video file to write, MP4.
        truth: JSON file for who is where in every frame.
    """
    rng = rng_for("row", plan.namespace, plan.seed)
    drawn_m = float(rng.uniform(0.74, 0.82))
    pitch_m = drawn_m if plan.pitch_m is None else plan.pitch_m
    seats_x_m = [(seat - (SEATS - 1) / 2) * pitch_m for seat in range(SEATS)]
    walks, leans = plan_row(seconds=plan.seconds, rng=rng)
    walked = courses(walks, leans, seats_x_m=seats_x_m, seconds=plan.seconds, fps=plan.fps)
    camera = Camera(
        distance_m=float(rng.uniform(2.8, 3.4)),
        pixels_per_m=SIZE_WH[0] / (SEATS * pitch_m),
        eye_line=float(rng.uniform(0.36, 0.42)),
        rise_m=float(rng.uniform(0.05, 0.35)),
    )
    seen: list[list[Places]] = []
    with video_writer(path, size_wh=SIZE_WH, fps=plan.fps, crf=plan.crf, preset="fast") as write:
        for picture, places in _frames(plan, walked, camera=camera, rng=rng):
            write(picture)
            seen.append(places)
    if truth is not None:
        truth.write_text(json.dumps(_describe(plan, walked, seen)), encoding="utf-8")


def _frames(
    plan: RowPlan, walked: Sequence[Course], *, camera: Camera, rng: np.random.Generator
) -> Iterator[tuple[UInt8Array, list[Places]]]:
    anatomy = load_anatomy()
    light = draw_light(rng)
    wall = np.asarray(cv2.resize(draw_wall(rng), SIZE_WH, interpolation=cv2.INTER_LINEAR))
    behind = enlarge(np.clip(wall, 0, 255).astype(np.uint8))
    bodies = [
        build_body(anatomy, identity, lowest_m=SHINS_M)
        for identity in _strangers(plan.namespace, plan.seed)
    ]
    acts = [_behaviour(plan, person) for person in range(SEATS)]
    edge_y = _desk_edge_px(camera)
    desk = np.array((118.0, 140.0, 158.0)) * rng.uniform(0.6, 1.1)
    for frame in range(len(walked[0].seat)):
        large = behind.copy()
        depth = np.full(large.shape[:2], np.inf, dtype=np.float32)
        places = []
        for body, doing, course in zip(bodies, acts, walked, strict=True):
            points, joints = _posed(body, doing, course, frame)
            places.append(_places(body, points, joints, camera))
            if course.phase[frame] is not Phase.AWAY:
                draw_body(
                    large,
                    depth,
                    body,
                    points=points,
                    camera=camera,
                    light=light,
                    eye_height_m=EYES_M,
                )
        picture = shrink(large)
        # Hands lie on the desk, everything else is behind its front.
        picture[edge_y:] = desk * np.linspace(1.0, 0.7, SIZE_WH[1] - edge_y)[:, None, None]
        if plan.noise > 0:
            grain = rng.standard_normal((SIZE_WH[1], SIZE_WH[0], 1), dtype=np.float32)
            picture += plan.noise * grain
        yield np.clip(picture, 0, 255).astype(np.uint8), places


def _strangers(namespace: Namespace, seed: int) -> list[Identity]:
    """Draw four people with shirts that can be told apart."""
    chosen: list[Identity] = []
    person = 0
    while len(chosen) < SEATS:
        identity = draw_identity(namespace, seed=seed, person=person)
        person += 1
        shirt = np.array(identity.shirt_bgr)
        if all(
            float(np.linalg.norm(shirt - np.array(other.shirt_bgr))) >= MIN_SHIRT_DISTANCE
            for other in chosen
        ):
            chosen.append(identity)
    return chosen


def _behaviour(plan: RowPlan, person: int) -> Behaviour:
    rng = rng_for("behaviour", plan.namespace, plan.seed, person)
    state = (Affect.FOCUSED, Affect.BORED, Affect.CONFUSED, Affect.FATIGUED)[person]
    levels = onset(plan.seconds, state=state, onset_s=0.0, ramp_s=1.0, fps=plan.fps)
    return act(levels, fps=plan.fps, rng=rng)


def _posed(
    body: Body, doing: Behaviour, course: Course, frame: int
) -> tuple[FloatArray, FloatArray]:
    """Return posed vertices (V, 3) and bone matrices (B, 3, 4) in the room, metres."""
    standing = course.rise_m[frame] > 0
    pose = pose_at(doing, frame)
    pose = replace(
        pose,
        side=pose.side + float(course.side_rad[frame]),
        stretch=float(course.stretch[frame]),
        hand_left=0.0 if standing else pose.hand_left,
        hand_right=0.0 if standing else pose.hand_right,
    )
    bones = body.skeleton.transforms(pose)
    points = skin(apply_actions(body, face_at(doing, frame)), body.weights, bones)
    turn = float(course.turn_rad[frame])
    around = np.array(
        [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
    )
    place = np.array([course.x_m[frame], course.y_m[frame], course.rise_m[frame]])
    room = np.concatenate([around, place[:, None]], axis=1).astype(np.float32)
    turned = np.einsum("ij,bjk->bik", room[:, :3], bones)
    turned[:, :, 3] += room[:, 3]
    return points @ room[:, :3].T + room[:, 3], turned


def _places(body: Body, points: FloatArray, bones: FloatArray, camera: Camera) -> Places:
    # The nose tip is what lies furthest forward near the middle, at rest.
    head = (np.abs(body.points[:, 0]) < 0.01) & (
        np.abs(body.points[:, 2] - body.eye_height_m) < 0.06
    )
    nose = int(np.flatnonzero(head)[body.points[head, 1].argmin()])
    names = ("upperarm01.L", "upperarm01.R", "eye.L", "eye.R")
    rows = [BONE_INDEX[name] for name in names]
    joints = np.stack([bones[row] @ [*body.skeleton.joint(row), 1.0] for row in rows])
    world = np.concatenate([joints, points[nose][None]]).astype(np.float32)
    pixels = project(world, camera=camera, eye_height_m=EYES_M, size_wh=SIZE_WH)[:, :2]
    return Places(shoulders=pixels[:2], eyes=pixels[2:4], nose=pixels[4])


def _desk_edge_px(camera: Camera) -> int:
    edge = np.array([[0.0, -DESK_BEFORE_M, DESK_M]], dtype=np.float32)
    return int(project(edge, camera=camera, eye_height_m=EYES_M, size_wh=SIZE_WH)[0, 1])


def _describe(
    plan: RowPlan, walked: Sequence[Course], seen: Sequence[Sequence[Places]]
) -> dict[str, object]:
    """Return who is where, ready for JSON; frames count from 0."""
    return {
        "namespace": plan.namespace.value,
        "seed": plan.seed,
        "seconds": plan.seconds,
        "fps": plan.fps,
        "size_wh": SIZE_WH,
        "seats": [[seat / SEATS, 0.0, (seat + 1) / SEATS, 1.0] for seat in range(SEATS)],
        "people": [
            {
                "seat": course.seat,
                "phase": [phase.value for phase in course.phase],
                "shoulders": [_rounded(frame[person].shoulders) for frame in seen],
                "eyes": [_rounded(frame[person].eyes) for frame in seen],
                "nose": [_rounded(frame[person].nose) for frame in seen],
            }
            for person, course in enumerate(walked)
        ],
    }


def _rounded(points: FloatArray) -> list[float] | list[list[float]]:
    rounded: list[float] | list[list[float]] = np.round(points.astype(np.float64), 1).tolist()
    return rounded
