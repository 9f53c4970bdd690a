"""Two people side by side, frame by frame, into a video file with its truth beside it."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from appliance.domain.arrays import FloatArray, UInt8Array
from training.simulator.render.anatomy import load_anatomy
from training.simulator.render.body import build_body
from training.simulator.render.expression import face_at, pose_at
from training.simulator.render.identity import draw_identity, rng_for
from training.simulator.render.plan import SEATS, ClipPlan, behaviours, describe
from training.simulator.render.room import (
    DIVIDER_PX,
    SIZE_WH,
    draw_camera,
    draw_light,
    draw_room,
)
from training.simulator.render.script import Behaviour
from training.simulator.render.stage import draw_person, enlarge
from training.simulator.render.video import video_writer

_GRAINS = 6  # fields of noise; a new one each, shifted, for every frame
_GRAIN_MARGIN_PX = 64


def render_clip(plan: ClipPlan, path: Path, *, truth: Path | None = None) -> None:
    """Render one clip.

    Args:
        plan: What.
        path: Video file to write, MP4.
        truth: JSON file for what each seat did per second.
    """
    acts = behaviours(plan)
    with video_writer(
        path, size_wh=SIZE_WH, fps=plan.fps, crf=plan.crf, preset=plan.preset
    ) as write:
        for picture in frames(plan, acts):
            write(picture)
    if truth is not None:
        truth.write_text(json.dumps(describe(plan, acts)), encoding="utf-8")


def frames(plan: ClipPlan, acts: Sequence[Behaviour]) -> Iterator[UInt8Array]:
    """Yield (360, 640, 3) BGR frames; the same ones for the same plan."""
    anatomy = load_anatomy()
    rng = rng_for("room", plan.namespace, plan.seed)
    room, light = draw_room(rng), draw_light(rng)
    cameras = [draw_camera(rng) for _ in SEATS]
    people = [
        build_body(anatomy, draw_identity(plan.namespace, seed=plan.seed, person=person))
        for person in range(len(SEATS))
    ]
    half = SIZE_WH[0] // 2
    behind = [enlarge(room[:, person * half : (person + 1) * half]) for person in range(len(SEATS))]
    grain = _grain(rng, noise=plan.noise)
    width, height = SIZE_WH
    divider = slice(half - DIVIDER_PX // 2, half + DIVIDER_PX // 2)
    for frame in range(len(acts[0].closure)):
        picture = room.astype(np.float32)
        for person, (body, doing) in enumerate(zip(people, acts, strict=True)):
            columns = slice(person * half, (person + 1) * half)
            picture[:, columns] = draw_person(
                behind[person],
                body,
                pose=pose_at(doing, frame),
                actions=face_at(doing, frame),
                camera=cameras[person],
                light=light,
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
