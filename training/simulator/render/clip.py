"""Two people side by side, frame by frame, into a video file with its truth beside it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from appliance.domain.arrays import FloatArray, UInt8Array
from training.simulator.render.figure.anatomy import load_anatomy
from training.simulator.render.figure.body import Body, build_body
from training.simulator.render.figure.identity import draw_identity, rng_for
from training.simulator.render.plays.expression import face_at, pose_at
from training.simulator.render.plays.plan import SEATS, ClipPlan, behaviours, describe
from training.simulator.render.plays.script import Behaviour
from training.simulator.render.scene.joints import JOINTS, project_joints
from training.simulator.render.scene.room import (
    DIVIDER_PX,
    SIZE_WH,
    draw_camera,
    draw_light,
    draw_room,
)
from training.simulator.render.scene.stage import Camera, Light, draw_person, enlarge
from training.simulator.render.scene.video import video_writer

_GRAINS = 6  # fields of noise; a new one each, shifted, for every frame
_GRAIN_MARGIN_PX = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Cast:
    """Room, light, cameras and people of a plan."""

    room: UInt8Array
    light: Light
    cameras: list[Camera]
    people: list[Body]
    rng: np.random.Generator  # goes on with the noise


def render_clip(plan: ClipPlan, path: Path, *, truth: Path | None = None) -> None:
    """Render one clip.

    Args:
        plan: What.
        path: Video file to write, MP4.
        truth: JSON file for what each seat did per second and where its joints are per frame.
    """
    acts, cast = behaviours(plan), _cast(plan)
    with video_writer(
        path, size_wh=SIZE_WH, fps=plan.fps, crf=plan.crf, preset=plan.preset
    ) as write:
        for picture in _frames(plan, acts, cast):
            write(picture)
    if truth is not None:
        told = {**describe(plan, acts), "joints": _joint_tracks(acts, cast)}
        truth.write_text(json.dumps(told), encoding="utf-8")


def _cast(plan: ClipPlan) -> _Cast:
    anatomy = load_anatomy()
    rng = rng_for("room", plan.namespace, plan.seed)
    room, light = draw_room(rng), draw_light(rng)
    return _Cast(
        room=room,
        light=light,
        cameras=[draw_camera(rng) for _ in SEATS],
        people=[
            build_body(anatomy, draw_identity(plan.namespace, seed=plan.seed, person=person))
            for person in range(len(SEATS))
        ],
        rng=rng,
    )


def _joint_tracks(acts: Sequence[Behaviour], cast: _Cast) -> dict[str, object]:
    """Return (frames, joints, 2) x and y of each seat's joints, pixels of the whole picture."""
    width, height = SIZE_WH
    half = width // 2
    tracks: dict[str, object] = {"names": list(JOINTS)}
    for person, (seat, doing) in enumerate(zip(SEATS, acts, strict=True)):
        placed = np.stack(
            [
                project_joints(
                    cast.people[person],
                    pose_at(doing, frame),
                    camera=cast.cameras[person],
                    size_wh=(half, height),
                )
                for frame in range(len(doing.closure))
            ]
        )
        placed[:, :, 0] += person * half
        tracks[seat.value] = np.round(placed, 3).tolist()
    return tracks


def _frames(plan: ClipPlan, acts: Sequence[Behaviour], cast: _Cast) -> Iterator[UInt8Array]:
    """Yield (360, 640, 3) BGR frames; the same ones for the same plan."""
    room, rng = cast.room, cast.rng
    half = SIZE_WH[0] // 2
    behind = [enlarge(room[:, person * half : (person + 1) * half]) for person in range(len(SEATS))]
    grain = _grain(rng, noise=plan.noise)
    width, height = SIZE_WH
    divider = slice(half - DIVIDER_PX // 2, half + DIVIDER_PX // 2)
    for frame in range(len(acts[0].closure)):
        picture = room.astype(np.float32)
        for person, (body, doing) in enumerate(zip(cast.people, acts, strict=True)):
            columns = slice(person * half, (person + 1) * half)
            picture[:, columns] = draw_person(
                behind[person],
                body,
                pose=pose_at(doing, frame),
                actions=face_at(doing, frame),
                camera=cast.cameras[person],
                light=cast.light,
            )
        picture[:, divider] = room[:, divider]
        if plan.noise > 0:
            x, y = (int(v) for v in rng.integers(0, _GRAIN_MARGIN_PX, 2))
            picture += grain[int(rng.integers(0, _GRAINS)), y : y + height, x : x + width]
        yield np.clip(picture, 0, 255).astype(np.uint8)


def _grain(rng: np.random.Generator, *, noise: float) -> FloatArray:
    width, height = SIZE_WH
    shape = (height + _GRAIN_MARGIN_PX, width + _GRAIN_MARGIN_PX, 3)
    fields = []
    for _ in range(_GRAINS):
        # A camera's noise is softened by its own processing: neighbours are alike.
        soft = cv2.GaussianBlur(rng.normal(0, 1, shape).astype(np.float32), (0, 0), 0.6)
        fields.append(noise * soft / soft.std())
    return np.stack(fields).astype(np.float32)
