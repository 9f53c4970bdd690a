"""The mixture of faces that the expression encoder is trained on, and what each one teaches."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from appliance.domain.arrays import BoolArray, Float32Array, Float64Array, UInt8Array
from appliance.domain.observations import FACE_ACTIONS, FaceAction
from training.datasets.diffusionfer import DiffusionFace
from training.datasets.eyelids import WORK_SIDE, close_eyes
from training.datasets.face_labels import FaceLabels
from training.datasets.face_teacher import FaceRegion, region_of_picture
from training.datasets.ferplus import EXPRESSIONS, TRAINING, FerPlus
from training.datasets.muxspace import PressFace
from training.expression.augment import augment_face

# What the teacher reads on fully closed eyes and a wide-open jaw (99th percentile on FER+); divided
# out, so that 1 means shut, or wide open, as it does in the renders. Others keep its own scale.
TEACHER_FULL = np.array([0.65, 0.65, 1, 0.75, 1, 1, 1, 1, 1, 1], dtype=np.float32)
KEPT_BACK_EVERY = 25  # FER+ Training rows
LIDS_SCALE = 1.6  # extents in a crop whose lids are drawn down
BLINKS = (FACE_ACTIONS.index(FaceAction.BLINK_LEFT), FACE_ACTIONS.index(FaceAction.BLINK_RIGHT))
MOVED_BY_LIDS = (FACE_ACTIONS.index(FaceAction.SQUINT), FACE_ACTIONS.index(FaceAction.LOOK_DOWN))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """One face; a target whose weight is zero teaches nothing."""

    picture: UInt8Array = field(repr=False)
    """(H, W, 3) BGR."""

    regions: tuple[FaceRegion, ...]
    """Where the face is; one is drawn each time."""

    expression: Float32Array | None = None
    """(8,) distribution over the FER+ expressions."""

    expression_weight: float = 1.0
    """Weight of ``expression``; less where no person has voted."""

    affect: Float32Array | None = None
    """(2,) valence and arousal."""

    affect_anchor: bool = False
    """True where ``affect`` is only a class mean."""

    actions: Float32Array | None = None
    """(10,) teacher's actions."""

    points_xy: Float32Array | None = field(default=None, repr=False)
    """(478, 2) landmarks where the lids may be drawn down."""

    chance: float = 1.0
    """Relative chance of being drawn within its stream."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """B augmented faces with their targets; weights are 0 or more."""

    pixels: UInt8Array
    """(B, S, S, 3) BGR."""

    expression: Float32Array
    """(B, 8)."""

    expression_weight: Float32Array
    """(B,)."""

    affect: Float32Array
    """(B, 2)."""

    measured: BoolArray
    """(B,) affect is an annotation."""

    anchored: BoolArray
    """(B,) affect is a class mean."""

    actions: Float32Array
    """(B, 10)."""

    action_weight: Float32Array
    """(B, 10)."""


def ferplus_samples(
    faces: FerPlus, labels: FaceLabels | None, *, anchors: Float32Array, balance: float
) -> list[Sample]:
    """Return the Training faces; rare classes are drawn more often.

    Args:
        faces: The archive.
        labels: Teacher's reading of the same rows, if there is one.
        anchors: (8, 2) mean valence and arousal per expression.
        balance: Chance of a class goes with its frequency to the power of minus this, [0, 1].
    """
    targets, usable = faces.soft_targets()
    rows = np.flatnonzero(usable & (faces.usage == TRAINING) & ~kept_back(faces))
    top = faces.top
    share = np.bincount(top[rows], minlength=len(EXPRESSIONS)) / len(rows)
    samples = []
    for row in rows.tolist():
        whole = region_of_picture(faces.images[row])
        found = labels is not None and row < len(labels.found) and bool(labels.found[row])
        picture = cv2.cvtColor(faces.images[row], cv2.COLOR_GRAY2BGR)
        samples.append(
            Sample(
                picture=picture.astype(np.uint8, copy=False),
                regions=(whole, labels.region(row).as_boxed())
                if labels is not None and found
                else (whole,),
                expression=targets[row],
                affect=targets[row] @ anchors,
                affect_anchor=True,
                actions=full_scale(labels.actions[row]) if labels is not None and found else None,
                chance=float(share[top[row]] ** -balance),
            )
        )
    return samples


def kept_back(faces: FerPlus) -> BoolArray:
    """Return (N,) True for the Training faces on which the shipped scores are calibrated."""
    return np.asarray(
        (np.arange(len(faces.images)) % KEPT_BACK_EVERY == 0) & (faces.usage == TRAINING)
    )


def guided(
    samples: Sequence[Sample], opinions: Float32Array, *, share: float, unvoted: float
) -> list[Sample]:
    """Mix the guides' opinions into what the raters said.

    Args:
        samples: Any; N of them.
        opinions: (N, 8) mean distribution of the guides.
        share: Part of the guides in a target that has votes, [0, 1].
        unvoted: Weight of the guides' opinion where nobody voted.
    """
    return [
        replace(sample, expression=opinion, expression_weight=unvoted)
        if sample.expression is None
        else replace(sample, expression=(1 - share) * sample.expression + share * opinion)
        for sample, opinion in zip(samples, opinions, strict=True)
    ]


def press_samples(faces: Sequence[PressFace], labels: FaceLabels) -> list[Sample]:
    """Return the muxspace faces that are not held out; closed eyes and open jaws more often."""
    jaw = FACE_ACTIONS.index(FaceAction.JAW_OPEN)
    samples = []
    for row, face in enumerate(faces):
        if face.held_out or not labels.found[row]:
            continue
        actions = full_scale(labels.actions[row])
        closed, opened = actions[list(BLINKS)].mean() > 0.6, actions[jaw] > 0.25
        samples.append(
            Sample(
                picture=face.picture,
                regions=(labels.region(row).as_boxed(),),
                actions=actions,
                points_xy=labels.points_xy[row],
                chance=1.0 + 4.0 * closed + 2.0 * opened,
            )
        )
    return samples


def diffusion_samples(faces: Sequence[DiffusionFace], labels: FaceLabels) -> list[Sample]:
    """Return the DiffusionFER faces that neither are nor resemble held-out ones."""
    samples = []
    for row, face in enumerate(faces):
        if face.held_out or face.near_held_out:
            continue
        found = bool(labels.found[row])
        whole = region_of_picture(face.picture)
        expression = np.zeros(len(EXPRESSIONS), dtype=np.float32)
        expression[EXPRESSIONS.index(face.expression)] = 1.0
        samples.append(
            Sample(
                picture=face.picture,
                regions=(whole, labels.region(row).as_boxed()) if found else (whole,),
                expression=expression,
                affect=np.array([face.valence, face.arousal], dtype=np.float32),
                actions=full_scale(labels.actions[row]) if found else None,
                points_xy=labels.points_xy[row] if found else None,
            )
        )
    return samples


def render_samples(npz_file: Path) -> list[Sample]:
    """Return renders with exact ``actions`` (N, 10); ``images`` (N, S, S, 3) are RGB."""
    with np.load(npz_file) as archive:
        images, actions = archive["images"], archive["actions"].astype(np.float32)
    samples = []
    for image, action in zip(images, actions, strict=True):
        side = image.shape[0]
        # The renders' crop is 1.5 extents wide (training/simulator/render).
        region = FaceRegion(centre_xy=(side / 2, side / 2), roll_rad=0.0, extent_px=side / 1.5)
        picture = np.ascontiguousarray(image[:, :, ::-1])
        samples.append(Sample(picture=picture, regions=(region,), actions=action))
    return samples


def full_scale(actions: Float32Array) -> Float32Array:
    """Stretch the teacher's actions (…, 10) so that 1 means fully closed or open."""
    return np.clip(actions / TEACHER_FULL, 0.0, 1.0).astype(np.float32)


def draw_lids(sample: Sample, rng: np.random.Generator) -> tuple[Sample, Float32Array]:
    """Close the eyes of a face by a random amount.

    Returns:
        The changed sample, and (10,) action weights: what the lids also move is not taught.
    """
    if sample.points_xy is None or sample.actions is None:
        msg = "draw_lids: the sample needs landmarks and actions"
        raise ValueError(msg)
    closure = rng.uniform(0.85, 1.0) if rng.random() < 0.5 else rng.uniform(0.0, 0.85)
    to_crop = sample.regions[-1].affine(scale=LIDS_SCALE, side=WORK_SIDE)
    picture = close_eyes(sample.picture, sample.points_xy, closure=closure, to_crop=to_crop)
    actions = sample.actions.copy()
    for blink in BLINKS:
        actions[blink] += closure * (1.0 - actions[blink])
    weights = np.ones(len(FACE_ACTIONS), dtype=np.float32)
    weights[list(MOVED_BY_LIDS)] = 0.0
    middle = WORK_SIDE / 2
    region = FaceRegion(centre_xy=(middle, middle), roll_rad=0.0, extent_px=WORK_SIDE / LIDS_SCALE)
    return (
        replace(sample, picture=picture, regions=(region,), actions=actions, expression=None),
        weights,
    )


def draw_batch(
    streams: Sequence[tuple[Sequence[Sample], int, bool]],
    *,
    chances: Sequence[Float64Array],
    side: int,
    rng: np.random.Generator,
) -> Batch:
    """Draw and augment one batch.

    Args:
        streams: Samples, how many of them, and whether their lids are drawn down.
        chances: Cumulative drawing chance per stream, ending in 1.
        side: Pixels of a crop.
        rng: Seeded by the step, so that a resumed run draws what an unbroken one would.
    """
    size = sum(count for _, count, _ in streams)
    batch = Batch(
        pixels=np.zeros((size, side, side, 3), dtype=np.uint8),
        expression=np.zeros((size, len(EXPRESSIONS)), dtype=np.float32),
        expression_weight=np.zeros(size, dtype=np.float32),
        affect=np.zeros((size, 2), dtype=np.float32),
        measured=np.zeros(size, dtype=np.bool_),
        anchored=np.zeros(size, dtype=np.bool_),
        actions=np.zeros((size, len(FACE_ACTIONS)), dtype=np.float32),
        action_weight=np.zeros((size, len(FACE_ACTIONS)), dtype=np.float32),
    )
    row = 0
    for (samples, count, lids), cumulative in zip(streams, chances, strict=True):
        for index in np.searchsorted(cumulative, rng.random(count)):
            sample = samples[min(int(index), len(samples) - 1)]
            weights = np.ones(len(FACE_ACTIONS), dtype=np.float32)
            if lids:
                sample, weights = draw_lids(sample, rng)
            region = sample.regions[rng.integers(len(sample.regions))]
            batch.pixels[row], mirrored = augment_face(sample.picture, region, side=side, rng=rng)
            if sample.expression is not None:
                batch.expression[row] = sample.expression
                batch.expression_weight[row] = sample.expression_weight
            if sample.affect is not None:
                batch.affect[row] = sample.affect
                batch.anchored[row] = sample.affect_anchor
                batch.measured[row] = not sample.affect_anchor
            if sample.actions is not None:
                batch.actions[row] = sample.actions
                batch.action_weight[row] = weights
                if mirrored:
                    batch.actions[row, list(BLINKS)] = sample.actions[list(BLINKS[::-1])]
            row += 1
    return batch
