"""How far the box reads small, dark, compressed and blurred faces, and down to which size.

Clips go through the box's own perception (pose, crop, trust, encoder); archives of faces go
through its preprocessing and encoder. Everything is compared with the teacher on the pictures at
their own size, never on the degraded ones. Faces that the box would mask are read all the same;
``presence`` says how many it would have used.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from appliance.domain.arrays import BoolArray, Float32Array, Float64Array, UInt8Array
from appliance.domain.models import Precision
from appliance.inference.library import EngineChoice
from appliance.perception.squares import Square
from training.datasets.degradations import CONDITIONS, Condition, face_height_px
from training.datasets.diffusionfer import DiffusionFace, read_diffusionfer
from training.datasets.face_labels import FaceLabels
from training.datasets.face_teacher import WHOLE_EXTENT
from training.datasets.ferplus import EXPRESSIONS, PUBLIC_TEST, SURE_VOTES, read_ferplus
from training.datasets.muxspace import read_muxspace
from training.datasets.taught_clips import TaughtClip, read_taught_clips, teach
from training.evaluate.blinks import find_closures, score_onsets
from training.evaluate.expression import Encoder, concordance, score_expressions
from training.evaluate.seat_eye import SeatEye, SeenFaces, blink_score, jaw_score
from training.evaluate.usable_heights import Row, usable_heights
from training.expression.augment import CROP_SCALE
from training.progress import tracked

QUICK_EVERY = 20
MIN_EVENTS_S = 5.0  # a clip must be as long as this to hold a person's blinks and their range


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Faces:
    """Pictures of faces with what is known of them."""

    pictures: Sequence[UInt8Array]
    """N times (H, W, 3) BGR."""

    squares: Sequence[Square] | None = None
    """Where the box would cut; None where a picture is the cut."""

    heights_px: Sequence[float]
    """Face heights."""


def evaluate_conditions(
    data: Path, *, cache: Path, every: int, quick: bool, engine: EngineChoice, precision: Precision
) -> dict[str, object]:
    """Return one row per condition, and the smallest face height that is usable.

    Args:
        data: Folder with ``affect``, ``teachers`` and ``video``.
        cache: Folder for the teacher's readings.
        every: Every how many-th face of FER+ PublicTest and of muxspace's held-out tenth.
        quick: Few faces and short clips, to see that it runs.
        engine: Run time.
        precision: Number format of the encoder.
    """
    every = QUICK_EVERY if quick else every
    task_file = data / "teachers/face_landmarker.task"
    clips = read_taught_clips(data / "video", teacher=task_file, cache=cache, quick=quick)
    votes, top, gray = _read_public_test(data / "affect/ferplus.npz", every=every)
    press, press_labels = read_press(data / "affect", task_file, cache=cache, every=every)
    affect = data / "affect"
    painted = [
        face
        for face in read_diffusionfer(affect / "diffusionfer.tar", affect / "diffusionfer.csv")
        if face.held_out
    ][:: 5 if quick else 1]
    eye = SeatEye(engine=engine, precision=precision)
    encoder = Encoder(engine=engine, precision=precision)
    rows: list[Row] = [
        {
            "condition": condition.name,
            **_watch_clips(clips, condition, eye),
            **_read_press_faces(press, press_labels, condition, encoder),
            **_read_expressions(gray, top, votes, condition, encoder),
            **_read_painted(painted, condition, encoder),
        }
        for condition in tracked(CONDITIONS, "conditions")
    ]
    return {
        "rows": rows,
        "usable": usable_heights(rows),
        "n": {
            "clip_frames": int(sum(clip.labels.found.sum() for clip in clips)),
            "press_faces": int(press_labels.found.sum()),
            "ferplus_public_test": len(top),
            "diffusionfer_held_out": len(painted),
        },
        "own_size_px": {
            "talking_face": _median_px(clips, "talking"),
            "asl": _median_px(clips, "asl"),
            "press_faces": float(np.median(press_labels.regions[press_labels.found, 3])),
            "ferplus": face_height_px(gray[0]),
            "diffusionfer": float(np.median([face_height_px(face.picture) for face in painted])),
        },
        "engine": str(engine),
        "precision": str(precision),
    }


def _watch_clips(clips: Sequence[TaughtClip], condition: Condition, eye: SeatEye) -> Row:
    """Run the box on the clips; blinks and jaw against the teacher at the clips' own size."""
    matched = counted = 0.0
    trusted, readable, jaws, lids = [], [], [], []
    for clip in clips:
        rng = np.random.default_rng(0)
        shown = (
            condition.show(picture, face_px=clip.face_px, rng=rng) for picture in clip.pictures
        )
        seen = eye.watch(shown, fps=clip.fps)
        found, taught = clip.labels.found, clip.labels.actions
        trusted.append(seen.trusted[found])
        readable.append(seen.eyes_readable[found])
        jaws.append(np.stack([seen.jaw(), jaw_score(taught)])[:, found])
        lids.append(np.stack([seen.blink(), blink_score(taught)])[:, found])
        if len(clip.pictures) >= MIN_EVENTS_S * clip.fps:
            score = _score_blinks(clip, seen)
            matched += score["matched"]
            counted += score["teacher"] + score["box"]
    jaw, lid = (np.concatenate(both, axis=1) for both in (jaws, lids))
    placed = np.isfinite(jaw[0])
    return {
        "presence": float(np.concatenate(trusted).mean()),
        "eyes_readable": float(np.concatenate(readable).mean()),
        "blink_f1": 2 * matched / counted if counted else 0.0,
        "blink_r": correlation(lid[0, placed], lid[1, placed]),
        "jaw_error": float(np.abs(jaw[0] - jaw[1])[placed].mean()) if placed.any() else None,
        "jaw_r": correlation(jaw[0, placed], jaw[1, placed]),
    }


def _score_blinks(clip: TaughtClip, seen: SeenFaces) -> dict[str, float]:
    times_s = np.arange(len(clip.pictures)) / clip.fps
    theirs = np.where(clip.labels.found, blink_score(clip.labels.actions), np.nan)
    onsets = [
        np.array([closure.onset_s for closure in find_closures(times_s, blink)])
        for blink in (seen.blink(), theirs)
    ]
    return score_onsets(*onsets)


def read_press(
    affect: Path, task_file: Path, *, cache: Path, every: int
) -> tuple[Faces, FaceLabels]:
    """Read every n-th of muxspace's held-out tenth, with the teacher's reading."""
    tar_file = affect / "muxspace.tar"
    faces = read_muxspace(tar_file, tar_file.with_suffix(".csv"))
    pictures = [face.picture for face in faces if face.held_out][::every]
    kept = cache / f"muxspace-held-out-{every}.npz"
    labels = teach(pictures, task_file, kept, whole_extent=WHOLE_EXTENT)
    squares = []
    for index in range(len(pictures)):
        cut = labels.region(index).as_boxed()
        squares.append(
            Square(
                centre_xy=cut.centre_xy,
                side_px=CROP_SCALE * cut.extent_px,
                rotation_rad=cut.roll_rad,
            )
        )
    heights = labels.regions[:, 3].tolist()
    return Faces(pictures=pictures, squares=squares, heights_px=heights), labels


def _read_press_faces(
    faces: Faces, labels: FaceLabels, condition: Condition, encoder: Encoder
) -> Row:
    (mine,) = _encode(faces, condition, encoder, "actions", only=labels.found)
    theirs = labels.actions[labels.found]
    jaw = jaw_score(mine), jaw_score(theirs)
    return {
        "press_blink_r": correlation(blink_score(mine), blink_score(theirs)),
        "press_jaw_error": float(np.abs(jaw[0] - jaw[1]).mean()),
        "press_jaw_r": correlation(*jaw),
    }


def _read_public_test(npz_file: Path, *, every: int) -> tuple[UInt8Array, UInt8Array, UInt8Array]:
    """Return the most votes for one class, the top class and the picture of every n-th face."""
    faces = read_ferplus(npz_file)
    rows = np.flatnonzero(faces.is_expression & (faces.usage == PUBLIC_TEST))[::every]
    return faces.votes[rows].max(axis=1), faces.top[rows], faces.images[rows]


def _read_expressions(
    gray: UInt8Array, top: UInt8Array, votes: UInt8Array, condition: Condition, encoder: Encoder
) -> Row:
    pictures = [cv2.cvtColor(face, cv2.COLOR_GRAY2BGR).astype(np.uint8) for face in gray]
    (logits,) = _encode(_whole(pictures), condition, encoder, "expression")
    score = score_expressions(logits, top=top, sure=votes >= SURE_VOTES)
    accuracy, sure = score["accuracy_all"], score["accuracy_majority6"]
    return {
        "ferplus_all": accuracy if isinstance(accuracy, float) else None,
        "ferplus_majority6": sure if isinstance(sure, float) else None,
    }


def _read_painted(faces: Sequence[DiffusionFace], condition: Condition, encoder: Encoder) -> Row:
    whole = _whole([face.picture for face in faces])
    logits, affect = _encode(whole, condition, encoder, "expression", "affect")
    valence, arousal = affect.astype(np.float64).T
    labels = [face.expression for face in faces]
    hit = [EXPRESSIONS[row.argmax()] == label for row, label in zip(logits, labels, strict=True)]
    return {
        "diffusionfer_accuracy": float(np.mean(hit)),
        "ccc_valence": concordance(valence, np.array([face.valence for face in faces])),
        "ccc_arousal": concordance(arousal, np.array([face.arousal for face in faces])),
    }


def _whole(pictures: Sequence[UInt8Array]) -> Faces:
    return Faces(pictures=pictures, heights_px=[face_height_px(picture) for picture in pictures])


def _encode(
    faces: Faces,
    condition: Condition,
    encoder: Encoder,
    *outputs: str,
    only: BoolArray | None = None,
) -> tuple[Float32Array, ...]:
    """Return outputs of the encoder, a row per face, shown under a condition."""
    rng = np.random.default_rng(0)
    answers = []
    for index, picture in enumerate(faces.pictures):
        if only is not None and not only[index]:
            continue
        shown = condition.show(picture, face_px=faces.heights_px[index], rng=rng)
        square = None
        if faces.squares is not None:
            square = carried(faces.squares[index], picture=picture, shown=shown)
        answers.append(encoder.read(shown, square))
    return tuple(np.stack([answer[name] for answer in answers]) for name in outputs)


def carried(square: Square, *, picture: UInt8Array, shown: UInt8Array) -> Square:
    """Return a square of a picture where it lies in the resized one."""
    scale_y, scale_x = (shown.shape[axis] / picture.shape[axis] for axis in (0, 1))
    x, y = square.centre_xy
    return Square(
        centre_xy=(x * scale_x, y * scale_y),
        side_px=square.side_px * (scale_x + scale_y) / 2,
        rotation_rad=square.rotation_rad,
    )


def correlation(mine: Float64Array, theirs: Float64Array) -> float:
    """Return Pearson's r of two (N,) arrays; 0 where one is constant or empty."""
    constant = len(mine) == 0 or min(mine.std(), theirs.std()) == 0
    return 0.0 if constant else float(np.corrcoef(mine, theirs)[0, 1])


def _median_px(clips: Sequence[TaughtClip], start: str) -> float | None:
    heights = [clip.face_px for clip in clips if clip.name.startswith(start)]
    return float(np.median(heights)) if heights else None
