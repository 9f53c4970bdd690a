"""Clips of people who are awake, one small video file each."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress

from appliance.domain.arrays import UInt8Array
from training.simulator.render.awake import GLASSES, AwakeClip, behave, plan_clips
from training.simulator.render.counterfactuals import FIRST_SEED, NOISE, Level, vary
from training.simulator.render.figure.anatomy import load_anatomy
from training.simulator.render.figure.body import Body, build_body
from training.simulator.render.figure.glasses import build_bespectacled_body
from training.simulator.render.figure.headscarf import build_scarfed_body
from training.simulator.render.figure.identity import Namespace, draw_identity, rng_for
from training.simulator.render.plays.expression import face_at, pose_at
from training.simulator.render.scene.room import SIZE_WH, draw_camera, draw_light, draw_room
from training.simulator.render.scene.stage import draw_person, enlarge
from training.simulator.render.scene.video import video_writer

CRF = 20  # what is compared are people, not a codec
_WIDTH, _HEIGHT = SIZE_WH[0] // 2, SIZE_WH[1]


def render_awake(folder: Path, *, people: int, seconds: float, fps: float) -> None:
    """Render what ``folder`` does not have yet; a clip that was cut short is made again.

    Args:
        folder: Where the clips go.
        people: How many different ones.
        seconds: Length of each clip.
        fps: Frames per second.
    """
    unfinished = folder / "unfinished"
    unfinished.mkdir(parents=True, exist_ok=True)
    waiting = [clip for clip in plan_clips(people) if not (folder / clip.file_name).exists()]
    with Progress(console=Console(stderr=True)) as progress:
        frames = progress.add_task("render", total=len(waiting) * round(seconds * fps))
        for clip in waiting:
            progress.update(frames, description=clip.file_name)
            partial = unfinished / clip.file_name
            with video_writer(partial, size_wh=(_WIDTH, _HEIGHT), fps=fps, crf=CRF) as write:
                for picture in draw_clip(clip, seconds=seconds, fps=fps):
                    write(picture)
                    progress.advance(frames)
            partial.rename(folder / clip.file_name)
    with contextlib.suppress(OSError):  # clips of people who are no longer asked for
        unfinished.rmdir()


def draw_clip(clip: AwakeClip, *, seconds: float, fps: float) -> Iterator[UInt8Array]:
    """Yield (360, 320, 3) BGR frames; all but the look depends on person and activity only.

    Args:
        clip: Which.
        seconds: Length.
        fps: Frames per second.
    """
    rng = rng_for("awake room", clip.person)
    room = enlarge(draw_room(rng)[:, :_WIDTH])
    light, camera = draw_light(rng), draw_camera(rng)
    body = _build(clip)
    doing = behave(clip, seconds=seconds, fps=fps)
    for frame in range(len(doing.closure)):
        picture = draw_person(
            room,
            body,
            pose=pose_at(doing, frame),
            actions=face_at(doing, frame),
            camera=camera,
            light=light,
        )
        picture = picture + rng.normal(0, NOISE, picture.shape)
        yield np.clip(picture, 0, 255).astype(np.uint8)


def _build(clip: AwakeClip) -> Body:
    identity = draw_identity(Namespace.CLIP, seed=FIRST_SEED + clip.person, person=0)
    anatomy = load_anatomy()
    if clip.look == GLASSES:
        return build_bespectacled_body(anatomy, vary(identity, Level.BASELINE))
    level = Level(clip.look)
    build = build_scarfed_body if level is Level.HEADSCARF else build_body
    return build(anatomy, vary(identity, level))
