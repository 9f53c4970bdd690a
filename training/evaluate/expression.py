"""What the shipped expression encoder scores, through the box's own preprocessing and engines."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from appliance.domain.arrays import BoolArray, Float32Array, Float64Array, FloatArray, UInt8Array
from appliance.domain.models import Precision
from appliance.domain.observations import FACE_ACTIONS
from appliance.inference.library import EngineChoice, ModelLibrary
from appliance.perception.preprocess import warp_square
from appliance.perception.squares import Square
from training.datasets.clips import read_frames
from training.datasets.diffusionfer import DiffusionFace, read_diffusionfer
from training.datasets.ferplus import EXPRESSIONS, SURE_VOTES, read_ferplus
from training.datasets.muxspace import read_muxspace
from training.evaluate.seat_eye import blink_score
from training.expression.augment import CROP_SCALE
from training.progress import tracked
from training.shipped import ENCODER

ECE_BINS = 15  # as the bar for calibration is stated


class Encoder:
    """The shipped artifact, one crop at a time, as the box runs it."""

    def __init__(self, *, engine: EngineChoice, precision: Precision) -> None:
        """Load and verify it."""
        loaded = ModelLibrary(None, lanes=1).load(ENCODER, choice=engine, precision=precision)
        self._session = loaded.session()
        self._side = loaded.spec.inputs[0].shape[1]

    def read(self, picture: UInt8Array, square: Square | None = None) -> dict[str, Float32Array]:
        """Run one face.

        Args:
            picture: (H, W, 3) BGR.
            square: Where the face is; None when the picture is all face.
        """
        height, width = picture.shape[:2]
        whole = Square(
            centre_xy=(width / 2, height / 2), side_px=min(height, width), rotation_rad=0.0
        )
        to_picture = (square or whole).to_picture(input_px=self._side)
        crop = warp_square(picture, to_picture, input_px=self._side, shrink=True)
        return {name: value[0] for name, value in self._session.infer({"face": crop}).items()}


def evaluate_expressions(
    images: Path, *, engine: EngineChoice, precision: Precision
) -> dict[str, object]:
    """Return accuracy, recall and calibration on faces whose top vote is an expression."""
    faces = read_ferplus(images)
    rows = np.flatnonzero(faces.is_expression)
    encoder = Encoder(engine=engine, precision=precision)
    logits = np.stack(
        [
            encoder.read(cv2.cvtColor(faces.images[row], cv2.COLOR_GRAY2BGR).astype(np.uint8))[
                "expression"
            ]
            for row in tracked(rows.tolist(), ENCODER)
        ]
    )
    return {
        **score_expressions(
            logits, top=faces.top[rows], sure=faces.votes[rows].max(axis=1) >= SURE_VOTES
        ),
        "engine": str(engine),
        "precision": str(precision),
    }


def score_expressions(
    logits: Float32Array, *, top: UInt8Array, sure: BoolArray
) -> dict[str, object]:
    """Score logits (N, 8) against the raters' top votes (N,); ``sure`` has at least six votes."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = shifted / shifted.sum(axis=1, keepdims=True)
    guess = probabilities.argmax(axis=1)
    hit = guess == top
    recall = {
        name: float(hit[top == row].mean())
        for row, name in enumerate(EXPRESSIONS)
        if (top == row).any()
    }
    return {
        "n": len(top),
        "accuracy_all": float(hit.mean()),
        "accuracy_majority6": float(hit[sure].mean()) if sure.any() else None,
        "macro_recall": float(np.mean(list(recall.values()))),
        "recall": recall,
        "ece": calibration_error(probabilities.max(axis=1), hit),
    }


def calibration_error(confidence: FloatArray, hit: BoolArray) -> float:
    """Return the expected calibration error over 15 bins of equal width.

    Source:
        Guo et al. 2017 (arXiv:1706.04599), eq. 3; a bin holds its upper end.
    """
    bins = np.clip(np.ceil(confidence * ECE_BINS).astype(int) - 1, 0, ECE_BINS - 1)
    gap = 0.0
    for row in range(ECE_BINS):
        inside = bins == row
        if inside.any():
            gap += inside.mean() * abs(confidence[inside].mean() - hit[inside].mean())
    return float(gap)


def evaluate_affect(
    tar_file: Path, csv_file: Path, *, engine: EngineChoice, precision: Precision
) -> dict[str, object]:
    """Return concordance and error on the held-out DiffusionFER files."""
    everybody = read_diffusionfer(tar_file, csv_file)
    faces = [face for face in everybody if face.held_out]
    others = [face for face in everybody if not (face.held_out or face.near_held_out)]
    encoder = Encoder(engine=engine, precision=precision)
    guess = np.stack([encoder.read(face.picture)["affect"] for face in tracked(faces, ENCODER)])
    truth = np.array([(face.valence, face.arousal) for face in faces])
    class_alone = class_means(others, asked=[face.expression for face in faces])
    result: dict[str, object] = {"n": len(faces)}
    for column, name in enumerate(("valence", "arousal")):
        mine, theirs = guess[:, column].astype(np.float64), truth[:, column]
        result[f"ccc_{name}"] = concordance(mine, theirs)
        result[f"rmse_{name}"] = float(np.sqrt(np.mean((mine - theirs) ** 2)))
        # What somebody would score who knew the true expression and nothing else.
        result[f"ccc_{name}_class_alone"] = concordance(class_alone[:, column], theirs)
    return {**result, "engine": str(engine), "precision": str(precision)}


def class_means(faces: Sequence[DiffusionFace], *, asked: Sequence[str]) -> Float64Array:
    """Return (N, 2) the mean valence and arousal of each asked expression over ``faces``."""
    table: Mapping[str, Float64Array] = {
        name: np.mean([(f.valence, f.arousal) for f in faces if f.expression == name], axis=0)
        for name in {face.expression for face in faces}
    }
    return np.stack([table[name] for name in asked])


def concordance(guess: FloatArray, truth: FloatArray) -> float:
    """Return Lin's concordance correlation coefficient of two (N,) arrays."""
    covariance = np.mean((guess - guess.mean()) * (truth - truth.mean()))
    spread = guess.var() + truth.var() + (guess.mean() - truth.mean()) ** 2
    return float(2 * covariance / spread)


def evaluate_actions(
    source: Path, *, teacher: Path, engine: EngineChoice, precision: Precision
) -> dict[str, object]:
    """Return the correlation of every action with the teacher on faces never trained on.

    Args:
        source: muxspace's tar (its held-out tenth, labels beside it), or a folder of clips, of
            which every frame of ``asl_*`` is read.
        teacher: ``face_landmarker.task``.
        engine: Run time.
        precision: Number format.
    """
    # The teacher needs ai-edge-litert, which only the training extra brings.
    from training.datasets.face_teacher import FaceTeacher, region_of_picture  # noqa: PLC0415

    reader = FaceTeacher.load(teacher)
    encoder = Encoder(engine=engine, precision=precision)
    mine, theirs = [], []
    pictures = _clip_frames(source) if source.is_dir() else _press_faces(source)
    for picture in tracked(pictures, ENCODER):
        region = reader.detect(picture) if source.is_dir() else region_of_picture(picture)
        taught = None if region is None else reader.teach(picture, region)
        if taught is None:
            continue
        cut = taught.region.as_boxed()
        square = Square(
            centre_xy=cut.centre_xy,
            side_px=CROP_SCALE * cut.extent_px,
            rotation_rad=cut.roll_rad,
        )
        mine.append(encoder.read(picture, square)["actions"])
        theirs.append(taught.actions)
    spread = np.stack(theirs).std(axis=0)
    return {
        "n": len(mine),
        "r": correlations(np.stack(mine), np.stack(theirs)),
        "r_blink": both_eyes(np.stack(mine), np.stack(theirs)),
        # Without any movement there is nothing to correlate with.
        "teacher_sd": dict(zip(map(str, FACE_ACTIONS), spread.tolist(), strict=True)),
        "engine": str(engine),
        "precision": str(precision),
    }


def both_eyes(guess: Float32Array, truth: Float32Array) -> float:
    """Return Pearson's r of the mean of both eyes' blinks, which is what the box goes by."""
    pair = blink_score(guess), blink_score(truth)
    return float(np.corrcoef(*pair)[0, 1])


def _press_faces(tar_file: Path) -> list[UInt8Array]:
    faces = read_muxspace(tar_file, tar_file.with_suffix(".csv"))
    return [face.picture for face in faces if face.held_out]


def _clip_frames(folder: Path) -> list[UInt8Array]:
    return [
        frame for file in sorted(folder.glob("asl_*")) for frame in read_frames(file, every_s=0.0)
    ]


def correlations(guess: Float32Array, truth: Float32Array) -> dict[str, float]:
    """Return Pearson's r per action of two (N, 10) arrays; NaN-free: 0 where one is constant."""
    result = {}
    for column, action in enumerate(FACE_ACTIONS):
        pair = guess[:, column].astype(np.float64), truth[:, column].astype(np.float64)
        constant = min(pair[0].std(), pair[1].std()) == 0
        result[str(action)] = 0.0 if constant else float(np.corrcoef(*pair)[0, 1])
    return result
