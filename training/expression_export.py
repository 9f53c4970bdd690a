"""Ship the trained encoder: ``python -m training.expression_export --work DIR``.

Writes ``optimized_models/expression_mobilevit`` (float ONNX, OpenVINO IR, manifest) and the
emission statistics of the simulator (``emission.json``), both from the averaged weights.
"""

import hashlib
import json
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import onnx
import openvino
import torch
import typer

from appliance.domain.arrays import Float32Array, Float64Array, UInt8Array
from appliance.domain.observations import FACE_ACTIONS
from training.datasets.diffusionfer import read_diffusionfer
from training.datasets.face_labels import FaceLabels, label_faces
from training.datasets.face_teacher import WHOLE_EXTENT, FaceTeacher
from training.datasets.ferplus import EXPRESSIONS, TRAINING, read_ferplus
from training.datasets.muxspace import read_muxspace
from training.expression import predict, whole_crop
from training.expression_augment import crop_face
from training.expression_emission import fit_emission, read_clips
from training.expression_network import (
    EMBEDDING_SIZE,
    PROJECTION_SIZE,
    ExportedEncoder,
    MobileVitXxs,
)

FOLDER = Path("optimized_models/expression_mobilevit")
OUTPUTS: dict[str, int] = {
    "embedding": EMBEDDING_SIZE,
    "projection": PROJECTION_SIZE,
    "expression": len(EXPRESSIONS),
    "affect": 2,
    "actions": len(FACE_ACTIONS),
}
OPSET = 17
CROP = (
    "upright square, eyes at .40 of its height, eye distance .37 of its side "
    "(appliance/perception/face.py); trained from .9 to 1.3 times that side"
)
LICENCE = "Apache-2.0; of the training data FER2013 is for research use only, see README.md"
ORIGIN = "trained here, training/expression.py; teacher MediaPipe FaceLandmarker (Apache-2.0)"
PROJECTION_CROPS = 1500  # FER+ faces
EVERY_FACE = 6  # of the press faces: 2,200 people are enough for 16 axes
WHITENING_FLOOR = 1e-6  # of the largest variance
# Clips of people who are in no other set, for the emission only: no frame of them is trained on.
CLIPS = ("asl_again", "asl_book", "asl_learn", "asl_night", "asl_please", "asl_school",
         "asl_student", "asl_yes", "talking_face", "single_face", "face_noface")  # fmt: skip


def export(
    network: MobileVitXxs, folder: Path, *, side: int, version: str, crops: UInt8Array
) -> None:
    """Write the artifacts of a trained network; the network cannot be used afterwards.

    Args:
        network: In evaluation mode, on the CPU.
        folder: Where to; created when absent.
        side: Pixels of the input's side.
        version: Version of the weights.
        crops: (N, S, S, 3) u8 BGR real faces on which the projection is whitened.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows, offset = whitening(predict(network, crops, device="cpu")[0])
    encoder = ExportedEncoder(
        network, projection=torch.from_numpy(rows), offset=torch.from_numpy(offset)
    ).eval()
    onnx_file = folder / "model.onnx"
    # Tracing warns that shapes become constants, which they are.
    torch.onnx.export(
        encoder,
        (torch.zeros(1, side, side, 3, dtype=torch.uint8),),
        str(onnx_file),
        input_names=["face"],
        output_names=list(OUTPUTS),
        opset_version=OPSET,
        dynamo=False,  # the newer exporter starts at opset 18; DESIGN.md's run times read 17
    )
    model = onnx.load(onnx_file)
    model.doc_string = ""
    onnx.save(model, onnx_file)
    # Weights stay float32: half of 4 MB is not worth a rounding of every cue.
    openvino.save_model(
        openvino.convert_model(onnx_file), folder / "model.xml", compress_to_fp16=False
    )
    (folder / "manifest.toml").write_text(
        manifest(folder, side=side, version=version), encoding="utf-8"
    )


def whitening(embeddings: Float32Array) -> tuple[Float32Array, Float32Array]:
    """Return rows (16, 320) and offset (16,) that make the first principal axes unit normal.

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
    return rows.astype(np.float32), (-rows @ mean).astype(np.float32)


def manifest(folder: Path, *, side: int, version: str) -> str:
    """Return the text of ``manifest.toml`` for the files in ``folder``."""
    lines = [
        "# Written by `python -m training.expression_export`; do not edit.",
        'name = "expression_mobilevit"',
        f'version = "{version}"',
        f"licence = {json.dumps(LICENCE)}",
        f"origin = {json.dumps(ORIGIN)}",
        "",
        "[inputs.face]",
        'dtype = "u8"',
        f"shape = [1, {side}, {side}, 3]",
    ]
    for name, size in OUTPUTS.items():
        lines += ["", f"[outputs.{name}]", 'dtype = "f32"', f"shape = [1, {size}]"]
    lines += [
        "",
        "[files.openvino_f32]",
        'path = "model.xml"',
        'backend = "openvino"',
        'precision = "f32"',
        f'sha256 = "{_sha256(folder / "model.xml")}"',
        'weights = "model.bin"',
        f'weights_sha256 = "{_sha256(folder / "model.bin")}"',
        "",
        "[files.onnx_f32]",
        'path = "model.onnx"',
        'backend = "onnx"',
        'precision = "f32"',
        f'sha256 = "{_sha256(folder / "model.onnx")}"',
        "",
        "[preprocessing]",
        'pixels = "u8 BGR NHWC; x / 127.5 - 1 is in the graph, RGB order in the first convolution"',
        f"crop = {json.dumps(CROP)}",
        f"expression = {json.dumps(list(EXPRESSIONS))}",
        'affect = ["valence", "arousal"]',
        f"actions = {json.dumps([str(action) for action in FACE_ACTIONS])}",
        "",
    ]
    return "\n".join(lines)


def load_averaged(checkpoint_file: Path) -> tuple[MobileVitXxs, int]:
    """Return the averaged network of a checkpoint and its step."""
    kept = torch.load(checkpoint_file, map_location="cpu", weights_only=True)
    network = MobileVitXxs(expressions=len(EXPRESSIONS), actions=len(FACE_ACTIONS))
    network.load_state_dict(kept["averaged"])
    return network.eval(), int(kept["step"])


def press_crops(data: Path, work: Path, *, side: int) -> tuple[UInt8Array, FaceLabels]:
    """Return the box's crops of all press faces that the teacher found, and its labels."""
    affect = data / "affect"
    press = read_muxspace(affect / "muxspace.tar", affect / "muxspace.csv")
    labels = label_faces(
        [face.picture for face in press],
        teacher=FaceTeacher.load(data / "teachers" / "face_landmarker.task"),
        cache_file=work / "labels" / "muxspace.npz",
        whole_extent=WHOLE_EXTENT,
    )
    crops = [
        crop_face(face.picture, labels.region(row).as_boxed(), side=side)
        for row, face in enumerate(press)
        if labels.found[row] and row % EVERY_FACE == 0
    ]
    return np.stack(crops), labels


def main(
    *,
    data: Annotated[Path, typer.Option(help="Folder with affect/, teachers/, video/.")] = Path(
        "../shared/data"
    ),
    work: Annotated[Path, typer.Option(help="Where the checkpoint is.")] = Path("build/expression"),
    folder: Annotated[Path, typer.Option(help="Model folder to write.")] = FOLDER,
    side: Annotated[int, typer.Option(help="Pixels of the input's side.")] = 64,
    emission: Annotated[bool, typer.Option(help="Also fit emission.json.")] = True,
) -> None:
    """Export the checkpoint's averaged weights."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    network, step = load_averaged(work / f"checkpoint_{side}.pt")
    pressed, _ = press_crops(data, work, side=side)
    ferplus = read_ferplus(data / "affect" / "ferplus.npz")
    rows = np.flatnonzero((ferplus.usage == TRAINING) & ferplus.is_expression)[:PROJECTION_CROPS]
    gray = np.stack([whole_crop(ferplus.images[row], side=side) for row in rows])
    crops = np.concatenate([pressed, gray])
    embeddings = predict(network, crops, device="cpu")[0]
    matrix, offset = whitening(embeddings)
    if emission:
        teacher = FaceTeacher.load(data / "teachers" / "face_landmarker.task")
        videos = [
            read_clips(data / "video", name, teacher=teacher, work=work, side=side)
            for name in CLIPS
        ]
        drawn = read_diffusionfer(data / "affect" / "diffusionfer.tar",
                                  data / "affect" / "diffusionfer.csv")  # fmt: skip
        synthetic = np.stack([_whole_colour(face.picture, side=side) for face in drawn])
        table = fit_emission(
            faces=_project(network, np.concatenate([crops, synthetic]), matrix, offset),
            clips=[_project(network, clip, matrix, offset) for clip in videos if len(clip) > 0],
        )
        (work / "emission.json").write_text(json.dumps(table), encoding="utf-8")
        print(f"emission.json: {work / 'emission.json'}")
    export(network, folder, side=side, version=f"1.0.{step}", crops=crops)
    sizes = {file.name: file.stat().st_size for file in sorted(folder.iterdir())}
    print(f"step {step}: {sizes}")


def _project(
    network: MobileVitXxs, pixels: UInt8Array, matrix: Float32Array, offset: Float32Array
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
    projection = embedding @ matrix.T + offset
    return projection.astype(np.float64), cues.astype(np.float64)


def _whole_colour(picture: UInt8Array, *, side: int) -> UInt8Array:
    return cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA).astype(
        np.uint8, copy=False
    )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    typer.run(main)
