"""Pairs of renders that differ in one thing only: skin, age, body weight or a headscarf."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.progress import track

from appliance.domain.arrays import AnyArray, Float64Array, UInt8Array
from training.simulator.render.figure.identity import (
    SKIN_DARK,
    SKIN_LIGHT,
    Identity,
    Namespace,
    between,
    draw_identity,
    rng_for,
)

FPS = 15.0
PEOPLE = 12
FIRST_SEED = 7000  # far from the people of training clips and faces
NOISE = 2.0  # standard deviation of the sensor's noise, 8-bit levels; as in plan.py
JPEG_QUALITY = 90  # what a webcam's own compression leaves

# Lid closure per frame: three blinks of 0.2 s and one closure of 0.5 s in 2.7 s.
_BLINK, _LONG = (0.5, 1.0, 0.5), (0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5)
CLOSURE: Float64Array = np.array(
    [0.0] * 6 + [*_BLINK] + [0.0] * 6 + [*_BLINK] + [0.0] * 5 + [*_LONG] + [0.0] * 4 + [*_BLINK]
    + [0.0] * 3
)  # fmt: skip


class Level(StrEnum):
    """What is shown; every level but the first changes one factor of it."""

    BASELINE = "baseline"
    SKIN_LIGHT = "skin light"
    SKIN_DARK = "skin dark"
    AGE_YOUNG = "age young adult"
    AGE_OLD = "age old"
    BODY_THIN = "body thin"
    BODY_HEAVY = "body heavy"
    HEADSCARF = "headscarf"


# anny: 2/3 is a young adult, 1 is old. Its weight hardly reaches the face, so that the fat of the
# head goes with it.
_BASE_SHAPE = {"age": 0.72, "weight": 0.5, "head-fat-incr": 0.0}
_SHAPE: dict[Level, dict[str, float]] = {
    Level.AGE_YOUNG: {"age": 0.62},
    Level.AGE_OLD: {"age": 0.97},
    Level.BODY_THIN: {"weight": 0.05, "head-fat-incr": -0.5},
    Level.BODY_HEAVY: {"weight": 1.0, "head-fat-incr": 0.6},
}
_SKIN = {Level.SKIN_LIGHT: 0.0, Level.SKIN_DARK: 1.0}  # share of the palette's dark end
_BASE_SKIN = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Renders:
    """P people x L levels x N frames, compressed."""

    packed: UInt8Array
    """(sum of lengths,) JPEG files one after the other."""

    lengths: AnyArray
    """(P, L, N) bytes of each file."""

    def frames(self, person: int, level: Level) -> Iterator[UInt8Array]:
        """Yield the (H, W, 3) BGR frames of one person at one level."""
        _, levels, count = self.lengths.shape
        ends = np.cumsum(self.lengths.ravel())
        first = (person * levels + list(Level).index(level)) * count
        for index in range(first, first + count):
            file = self.packed[ends[index] - self.lengths.ravel()[index] : ends[index]]
            yield np.asarray(cv2.imdecode(file, cv2.IMREAD_COLOR), dtype=np.uint8)


def vary(identity: Identity, level: Level) -> Identity:
    """Return the person in the middle of all palettes, or with one factor of that changed.

    The headscarf is no part of an identity; it is put on by the renderer.
    """
    shape = _BASE_SHAPE | _SHAPE.get(level, {})
    skin = between(SKIN_LIGHT, SKIN_DARK, _SKIN.get(level, _BASE_SKIN))
    blue, green, red = (float(channel) for channel in skin)
    return replace(
        identity,
        phenotype=_changed(identity.phenotype, shape),
        local_changes=_changed(identity.local_changes, shape),
        skin_bgr=(blue, green, red),
    )


def _changed(
    values: tuple[tuple[str, float], ...], shape: Mapping[str, float]
) -> tuple[tuple[str, float], ...]:
    return tuple((name, shape.get(name, value)) for name, value in values)


def load_renders(cache_file: Path, *, people: int = PEOPLE) -> Renders:
    """Read the renders, or make them first: about seven minutes on one core."""
    if not cache_file.exists():
        packed, lengths = [], []
        console = Console(stderr=True)
        rows = [(person, level) for person in range(people) for level in Level]
        for person, level in track(rows, "render", console=console, transient=True):
            files = list(_render(person, level))
            packed += files
            lengths.append([len(file) for file in files])
        cache_file.parent.mkdir(parents=True, exist_ok=True)
        partial = cache_file.with_suffix(".partial.npz")
        shape = (people, len(Level), len(CLOSURE))
        np.savez(partial, packed=np.concatenate(packed), lengths=np.reshape(lengths, shape))
        partial.rename(cache_file)
    with np.load(cache_file) as kept:
        return Renders(packed=kept["packed"], lengths=kept["lengths"])


def _render(person: int, level: Level) -> Iterator[UInt8Array]:
    """Yield one JPEG file per frame; room, light, camera and movement depend on the person only."""
    # Here, not above: anny, torch and numba are needed to make renders, not to read them.
    from training.simulator.render.figure.anatomy import load_anatomy  # noqa: PLC0415
    from training.simulator.render.figure.body import build_body  # noqa: PLC0415
    from training.simulator.render.figure.headscarf import build_scarfed_body  # noqa: PLC0415
    from training.simulator.render.figure.skeleton import Pose  # noqa: PLC0415
    from training.simulator.render.plays.expression import face_actions  # noqa: PLC0415
    from training.simulator.render.scene.room import (  # noqa: PLC0415
        SIZE_WH,
        draw_camera,
        draw_light,
        draw_room,
    )
    from training.simulator.render.scene.stage import draw_person, enlarge  # noqa: PLC0415

    rng = rng_for("counterfactual", person)
    room = enlarge(draw_room(rng)[:, : SIZE_WH[0] // 2])
    light, camera = draw_light(rng), draw_camera(rng)
    phases = rng.uniform(0, 2 * np.pi, 3)
    identity = vary(draw_identity(Namespace.TRAIN, seed=FIRST_SEED + person, person=0), level)
    build = build_scarfed_body if level is Level.HEADSCARF else build_body
    body = build(load_anatomy(), identity)
    for frame, closure in enumerate(CLOSURE.tolist()):
        turn = np.sin(2 * np.pi * frame / len(CLOSURE) * np.array([1, 2, 1]) + phases)
        yaw, pitch, roll = np.radians(turn * (9.0, 4.0, 4.0))
        picture = draw_person(
            room,
            body,
            pose=Pose(head_yaw=float(yaw), head_pitch=float(pitch), head_roll=float(roll)),
            actions=face_actions(blink_left=closure, blink_right=closure),
            camera=camera,
            light=light,
        )
        picture = picture + rng.normal(0, NOISE, picture.shape)
        pixels = np.clip(picture, 0, 255).astype(np.uint8)
        _, file = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        yield np.asarray(file, dtype=np.uint8).ravel()
