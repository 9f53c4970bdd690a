"""Ship the trained encoders: ``python -m training.expression_export CHECKPOINT``.

Writes ``model.onnx`` with everything the manifest needs in its metadata; the run times' files and
the manifest are made from it by ``python -m quantization build``. Also fits the emission of the
simulator (``--emission``).
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import onnx
import onnxruntime
import torch
import typer
from torch import nn

from appliance.domain.arrays import Float32Array, Float64Array, UInt8Array
from appliance.domain.observations import FACE_ACTIONS
from training.datasets.diffusionfer import read_diffusionfer
from training.datasets.face_labels import read_labels
from training.datasets.face_teacher import FaceTeacher
from training.datasets.ferplus import EXPRESSIONS, TRAINING, read_ferplus
from training.datasets.muxspace import read_muxspace
from training.expression.augment import crop_face, whole_crop
from training.expression.calibration import Calibration, calibrate
from training.expression.emission import fit_emission, read_clips
from training.expression.network import (
    PROJECTION_SIZE,
    ExportedActions,
    ExportedEncoder,
    MobileVitXxs,
    load_network,
    predict,
)
from training.expression.samples import kept_back

NAME = "expression_mobilevit"
FATIGUE_NAME = "expression_mobilevit_fatigue"
VERSION = "2.0"
PIXELS = "u8 BGR NHWC; x / 127.5 - 1 is in the graph, RGB order in the first convolution"
OPSET = 17
TRAINING_DATA = {
    "ferplus": (
        "FER2013, Training part (ICML 2013 challenge, research use only), with the FER+ votes "
        "(Microsoft, MIT)"
    ),
    "diffusionfer": "files not divisible by 5, near-duplicates of those dropped; CC0-1.0",
    "muxspace": "facial_expressions, nine tenths by file hash; Apache-2.0 compilation",
    "renders": "anny bodies, rendered here; anny Apache-2.0, assets CC0-1.0",
}
CROP = (
    "upright square, eyes at .40 of its height, eye distance .37 of its side "
    "(appliance/perception/face.py); trained from .9 to 1.28 times that side"
)
LICENCE = "Apache-2.0; of the training data FER2013 is for research use only, see README.md"
ORIGIN = "trained here, training/expression/train.py; teacher MediaPipe FaceLandmarker (Apache-2.0)"
PROJECTION_CROPS = 1500  # FER+ faces
EVERY_FACE = 6  # of the press faces: 2,200 people are enough for 16 axes
RIDGE = 1e-3  # of the mean variance of f_t
WHITENING_FLOOR = 1e-6  # of the largest variance
# Clips of people who are in no other set, for the emission only: no frame of them is trained on.
CLIPS = ("asl_again", "asl_book", "asl_learn", "asl_night", "asl_please", "asl_school",
         "asl_student", "asl_yes", "talking_face", "single_face", "face_noface")  # fmt: skip


def export(module: nn.Module, file: Path, *, side: int, outputs: list[str]) -> onnx.ModelProto:
    """Write a traced ONNX file and return it."""
    # Tracing warns that shapes become constants, which they are.
    torch.onnx.export(
        module.eval(),
        (torch.zeros(1, side, side, 3, dtype=torch.uint8),),
        str(file),
        input_names=["face"],
        output_names=outputs,
        opset_version=OPSET,
        dynamo=False,  # the newer exporter starts at opset 18; our run times read 17
    )
    model = onnx.load(file)
    model.doc_string = ""
    return model


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Projection:
    """p = rows @ embedding + offset."""

    rows: Float32Array = field(repr=False)
    """(16, 320)."""

    offset: Float32Array = field(repr=False)
    """(16,)."""

    def of(self, embedding: Float32Array) -> Float64Array:
        """Project (N, 320) to (N, 16)."""
        return (embedding @ self.rows.T + self.offset).astype(np.float64)


def whitening(embeddings: Float32Array) -> Projection:
    """Return the first principal axes, each of unit variance.

    Args:
        embeddings: (N, 320) of real crops.
    """
    centred = embeddings.astype(np.float64)
    mean = centred.mean(axis=0)
    variances, axes = np.linalg.eigh(np.cov(centred - mean, rowvar=False))
    order = np.argsort(variances)[::-1][:PROJECTION_SIZE]
    kept = np.maximum(variances[order], WHITENING_FLOOR * variances.max())
    rows = axes[:, order].T / np.sqrt(kept)[:, None]
    # An eigenvector's sign is arbitrary: the largest entry is made positive, on every machine.
    rows *= np.sign(rows[np.arange(len(rows)), np.abs(rows).argmax(axis=1)])[:, None]
    return Projection(rows=rows.astype(np.float32), offset=(-rows @ mean).astype(np.float32))


def like_before(embeddings: Float32Array, before: Float64Array) -> Projection:
    """Return white axes that follow those of an earlier encoder as closely as they can.

    A fusion model trained on the earlier axes then still reads what it knows.

    Args:
        embeddings: (N, 320) of real crops.
        before: (N, 16) the earlier encoder's projection of the same crops.
    """
    wide = embeddings.astype(np.float64)
    mean, aim = wide.mean(axis=0), before - before.mean(axis=0)
    centred = wide - mean
    gram = centred.T @ centred
    gram += RIDGE * np.trace(gram) / len(gram) * np.eye(len(gram))
    rows = np.linalg.solve(gram, centred.T @ aim).T
    variances, axes = np.linalg.eigh(np.cov(centred @ rows.T, rowvar=False))
    # The symmetric root: of all whitened forms the nearest to what was fitted.
    rows = axes / np.sqrt(variances) @ axes.T @ rows
    return Projection(rows=rows.astype(np.float32), offset=(-rows @ mean).astype(np.float32))


def expression_calibration(network: MobileVitXxs, data: Path) -> Calibration:
    """Fit temperature and class offsets on the FER+ Training faces that were kept back."""
    faces = read_ferplus(data / "affect" / "ferplus.npz")
    voted = faces.is_expression & (faces.usage == TRAINING)
    rows = np.flatnonzero(voted & kept_back(faces))
    crops = np.stack([whole_crop(faces.images[row], side=network.side) for row in rows])
    counts = np.bincount(faces.top[voted], minlength=len(EXPRESSIONS))
    return calibrate(
        predict(network, crops, device="cpu")[1].astype(np.float64),
        top=faces.top[rows],
        shares=counts / counts.sum(),
    )


def projection_crops(data: Path, work: Path, *, side: int) -> UInt8Array:
    """Return the box's crops of real faces: every sixth press face, and FER+ Training faces."""
    press = read_muxspace(data / "affect" / "muxspace.tar", data / "affect" / "muxspace.csv")
    labels = read_labels(work / "labels" / "muxspace.npz")
    pressed = [
        crop_face(face.picture, labels.region(row).as_boxed(), side=side)
        for row, face in enumerate(press)
        if labels.found[row] and row % EVERY_FACE == 0
    ]
    faces = read_ferplus(data / "affect" / "ferplus.npz")
    rows = np.flatnonzero((faces.usage == TRAINING) & faces.is_expression)[:PROJECTION_CROPS]
    return np.stack([*pressed, *(whole_crop(faces.images[row], side=side) for row in rows)])


def emission(network: MobileVitXxs, projection: Projection, data: Path, work: Path) -> str:
    """Return the simulator's table (JSON) of how the projection moves with the face."""
    side = network.side
    teacher = FaceTeacher.load(data / "teachers" / "face_landmarker.task")
    videos = [
        read_clips(data / "video", name, teacher=teacher, work=work, side=side) for name in CLIPS
    ]
    drawn = read_diffusionfer(
        data / "affect" / "diffusionfer.tar", data / "affect" / "diffusionfer.csv"
    )
    synthetic = np.stack([_whole_colour(face.picture, side=side) for face in drawn])
    crops = np.concatenate([projection_crops(data, work, side=side), synthetic])
    table = fit_emission(
        faces=_projected(network, crops, projection),
        clips=[_projected(network, clip, projection) for clip in videos if len(clip) > 0],
    )
    return json.dumps(table)


def main(
    checkpoint: Annotated[Path, typer.Argument(help="Of training.expression.", exists=True)],
    *,
    data: Annotated[Path, typer.Option(help="Folder with affect/, teachers/, video/.")] = Path(
        "../shared/data"
    ),
    work: Annotated[Path, typer.Option(help="Where the labels are.")] = Path("build/expression"),
    models: Annotated[Path, typer.Option(help="Folder of model folders.")] = Path(
        "optimized_models"
    ),
    actions_only: Annotated[bool, typer.Option(help="The encoder of fatigue-only.")] = False,
    axes_of: Annotated[
        Path | None, typer.Option(help="Earlier model.onnx whose projection to follow.")
    ] = None,
    emission_file: Annotated[
        Path | None, typer.Option("--emission", help="Also fit the simulator's emission.")
    ] = None,
) -> None:
    """Export a checkpoint's averaged weights."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    network, step = load_network(checkpoint)
    side = network.side
    name = FATIGUE_NAME if actions_only else NAME
    folder = models / name
    folder.mkdir(parents=True, exist_ok=True)
    facts = {
        "name": name,
        "version": f"{VERSION}.{step}",
        "licence": LICENCE,
        "origin": ORIGIN,
        "pixels": PIXELS,
        "crop": CROP,
        "actions": json.dumps([str(action) for action in FACE_ACTIONS]),
        "training_data": json.dumps(TRAINING_DATA),
    }
    if actions_only:
        module: nn.Module = ExportedActions(network)
        outputs = ["actions"]
    else:
        crops = projection_crops(data, work, side=side)
        embeddings = predict(network, crops, device="cpu")[0]
        projection = (
            whitening(embeddings)
            if axes_of is None
            else like_before(embeddings, _earlier_projection(axes_of, data, work))
        )
        calibration = expression_calibration(network, data)
        print(
            f"logits: factor {calibration.factor:.2f}, strength {calibration.strength:.2f}, "
            f"rare +{calibration.rare_gain:.1f}"
        )
        if emission_file is not None:
            emission_file.write_text(emission(network, projection, data, work), encoding="utf-8")
        module = ExportedEncoder(
            network,
            projection=(torch.from_numpy(projection.rows), torch.from_numpy(projection.offset)),
            calibration=(
                calibration.factor,
                torch.from_numpy(calibration.offset.astype(np.float32)),
            ),
        )
        outputs = ["embedding", "projection", "expression", "affect", "actions"]
        facts["expression"] = json.dumps(EXPRESSIONS)
        facts["affect"] = json.dumps(["valence", "arousal"])
    model = export(module, folder / "model.onnx", side=side, outputs=outputs)
    onnx.helper.set_model_props(model, facts)
    onnx.save(model, folder / "model.onnx")
    print(f"{folder / 'model.onnx'}: step {step}; next: python -m quantization build {name}")


def _earlier_projection(onnx_file: Path, data: Path, work: Path) -> Float64Array:
    """Run an earlier encoder over the same crops at its own size."""
    session = onnxruntime.InferenceSession(onnx_file, providers=["CPUExecutionProvider"])
    side = session.get_inputs()[0].shape[1]
    crops = projection_crops(data, work, side=side)
    found = [session.run(["projection"], {"face": crop[None]})[0][0] for crop in crops]
    return np.stack(found).astype(np.float64)


def _projected(
    network: MobileVitXxs, pixels: UInt8Array, projection: Projection
) -> tuple[Float64Array, Float64Array]:
    """Return the projection (N, 16) and the seven cues (N, 7) as the network itself reads them."""
    embedding, _, affect, actions = predict(network, pixels, device="cpu")
    named = {str(action): actions[:, row] for row, action in enumerate(FACE_ACTIONS)}
    cues = np.stack(
        [
            affect[:, 0],
            affect[:, 1],
            (named["blink_left"] + named["blink_right"]) / 2,
            named["jaw_open"],
            named["brow_down"],
            named["brow_inner_up"],
            named["smile"],
        ],
        axis=1,
    )
    return projection.of(embedding), cues.astype(np.float64)


def _whole_colour(picture: UInt8Array, *, side: int) -> UInt8Array:
    return cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA).astype(
        np.uint8, copy=False
    )
