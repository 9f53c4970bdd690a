"""The simulated students a fusion model learns from, kept in shards on disk."""

import ast
import functools
import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import torch

from appliance import windows
from appliance.domain.tokens import (
    FACE_CUE_COLUMNS,
    POSE_CUE_COLUMNS,
    POSE_SIZE,
    PROJECTION_SIZE,
    TOKEN_HZ,
    FaceColumn,
    PoseColumn,
)
from training import simulator
from training.fusion.fatigue_only import without_emotion
from training.fusion.network import FusionNetwork
from training.fusion.recipe import Args, Variant
from training.simulator.classroom import Lesson, simulate_lesson
from training.simulator.regimes import Circumstances, draw_circumstances

BITS = {
    FaceColumn.FACE_PRESENT,
    FaceColumn.EYES_READABLE,
    FaceColumn.BLINKS_TIMED,
    PoseColumn.POSE_PRESENT,
    PoseColumn.SHOULDERS_VISIBLE,
    PoseColumn.WRISTS_VISIBLE,
}
"""Not standardised: their two values are what they mean."""


def load_shard(args: Args, index: int) -> Lesson:
    """Return a shard of simulated students, from ``--work`` if it has been made before.

    On disk a shard has everything; what the variant does not define is taken out here.
    """
    tokens = int(args.minutes * 60 * TOKEN_HZ)
    students = args.students if index < args.shards else args.validation_students
    made_by = f"{source_digest(simulator)}-{source_digest(windows)}"
    path = args.work / f"shard-{made_by}-{args.seed}-{index}-{students}x{tokens}.npz"
    if not path.exists():
        begun = time.monotonic()
        lesson = simulate_lesson(seed=args.seed + index, students=students, tokens=tokens)
        partial = path.with_suffix(".partial.npz")
        np.savez(
            partial,
            face=lesson.face.astype(np.float16),
            pose=lesson.pose.astype(np.float16),
            states=lesson.states,
        )
        partial.rename(path)
        print(f"simulated shard {index} in {time.monotonic() - begun:.0f} s", flush=True)
    with np.load(path) as arrays:
        lesson = Lesson(
            face=arrays["face"].astype(np.float32),
            pose=arrays["pose"].astype(np.float32),
            states=arrays["states"],
        )
    return see_as(args.variant, lesson)


def circumstances(args: Args, index: int) -> Circumstances:
    """Return how the students of a shard are seen; nominal ones lose nothing."""
    students = args.students if index < args.shards else args.validation_students
    # The first thing that ``emit_tokens`` draws.
    return draw_circumstances(np.random.default_rng([args.seed + index, 1]), students, regime=None)


def see_as(variant: Variant, lesson: Lesson) -> Lesson:
    """Return a lesson with what a variant must not see taken out."""
    match variant:
        case Variant.FATIGUE_ONLY:
            return without_emotion(lesson)
        case Variant.CUES_ONLY:
            face = lesson.face.copy()
            face[..., :PROJECTION_SIZE] = 0
            return replace(lesson, face=face)
        case _:
            return lesson


@functools.cache
def source_digest(package: ModuleType) -> str:
    """Return a short hash of a package's code and tables, comments and command line left out.

    Once per run: an edit while a run goes on must not mix two simulators.
    """
    digest = hashlib.sha256()
    folder = Path(package.__path__[0])
    sources = {*folder.glob("*.py"), *folder.glob("*.json")} - {folder / "__main__.py"}
    for source in sorted(sources):
        text = source.read_text(encoding="utf-8")
        digest.update((ast.unparse(ast.parse(text)) if source.suffix == ".py" else text).encode())
    return digest.hexdigest()[:12]


def set_statistics(
    network: FusionNetwork, lesson: Lesson, *, undefined: Sequence[int] = ()
) -> None:
    """Standardise by the first shard; scales have a floor so that no column explodes.

    Args:
        network: To be set.
        lesson: The first shard.
        undefined: Columns of the face stream that are divided by infinity: whatever stands there,
            LSTM and novelty see 0, so the artifact itself cannot be influenced by them.
    """
    streams = (
        (network.face_mean, network.face_scale, lesson.face, FACE_CUE_COLUMNS, PROJECTION_SIZE),
        (network.pose_mean, network.pose_scale, lesson.pose, POSE_CUE_COLUMNS, POSE_SIZE),
    )
    for mean, scale, values, columns, raw in streams:
        flat = values.reshape(-1, values.shape[-1])
        centre, spread = flat.mean(axis=0), flat.std(axis=0)
        # Coordinates: a tenth of a shoulder width; projection: it is whitened, so near 1.
        spread[:raw] = np.maximum(spread[:raw], 0.15)
        spread[raw:] = np.maximum(spread[raw:], 0.02)
        for position, column in enumerate(columns, start=raw):
            if column in BITS:
                centre[position], spread[position] = 0.0, 1.0
        mean.copy_(torch.from_numpy(centre))
        scale.copy_(torch.from_numpy(spread))
    network.face_mean[list(undefined)] = 0.0
    network.face_scale[list(undefined)] = torch.inf
