"""Writes one folder of ``optimized_models``: model files, checked, and their manifest."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import openvino

from appliance.domain.arrays import AnyArray, Float32Array
from appliance.errors import ModelLoadError

_DTYPES = {
    onnx.TensorProto.UINT8: "u8",
    onnx.TensorProto.FLOAT: "f32",
    onnx.TensorProto.BOOL: "bool",
}
_EXACT_OPTIONS = {
    "INFERENCE_NUM_THREADS": 1,
    "NUM_STREAMS": 1,
    "ENABLE_CPU_PINNING": False,
    # OpenVINO computes in f16 on ARM unless told otherwise: 3e-3 off.
    "INFERENCE_PRECISION_HINT": "f32",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord:
    """What people want to know about a model folder."""

    name: str
    """Folder name."""

    version: str
    """Version of the weights."""

    licence: str
    """SPDX identifier."""

    origin: str
    """Where the weights come from."""

    notes: dict[str, str]
    """The ``[conversion]`` table."""


def write_model_folder(
    model: onnx.ModelProto, folder: Path, *, record: ModelRecord
) -> dict[str, str]:
    """Write ``model.onnx``, ``model.xml`` with ``model.bin``, and ``manifest.toml``.

    Both forms hold the weights as the source stored them (f16) and compute in f32. The IR is
    made from the ONNX file without folding, so that no constant is rounded on the way.

    Args:
        model: The float model.
        folder: Destination; created if need be.
        record: For the manifest.

    Returns:
        File name to SHA-256.
    """
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(model, folder / "model.onnx")
    graph = openvino.Core().read_model(folder / "model.onnx")
    openvino.save_model(graph, folder / "model.xml", compress_to_fp16=False)
    hashes = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in ("model.onnx", "model.xml", "model.bin")
    }
    (folder / "manifest.toml").write_text(_manifest(model, hashes, record), encoding="utf-8")
    return hashes


def run_source(tflite: Path, pixels: Float32Array, outputs: list[str]) -> list[Float32Array]:
    """Run the untouched source file on normalised RGB pixels (1, H, W, 3)."""
    compiled = openvino.Core().compile_model(tflite, "CPU", _EXACT_OPTIONS)
    results = compiled(pixels)
    return [results[name] for name in outputs]


def run_folder(folder: Path, inputs: dict[str, AnyArray]) -> dict[str, list[Float32Array]]:
    """Run both forms of a model on the same inputs; outputs in the manifest's order."""
    session = onnxruntime.InferenceSession(
        folder / "model.onnx", providers=["CPUExecutionProvider"]
    )
    compiled = openvino.Core().compile_model(folder / "model.xml", "CPU", _EXACT_OPTIONS)
    results = compiled(inputs)
    names = [output.name for output in session.get_outputs()]
    return {
        "onnx": session.run(names, inputs),
        "openvino": [results[name] for name in names],
    }


def check_agreement(
    name: str, expected: list[Float32Array], found: dict[str, list[Float32Array]], *, limit: float
) -> float:
    """Return the largest difference relative to each output's own scale.

    Raises:
        ModelLoadError: It exceeds the limit, so the conversion changed the model.
    """
    worst = max(
        float(np.abs(one - other).max() / max(1.0, np.abs(one).max()))
        for outputs in found.values()
        for one, other in zip(expected, outputs, strict=True)
    )
    if worst > limit:
        msg = f"{name}: conversion differs from its source by {worst:.2g}, allowed {limit:.2g}"
        raise ModelLoadError(msg)
    return worst


def _manifest(model: onnx.ModelProto, hashes: dict[str, str], record: ModelRecord) -> str:
    lines = [
        "# Written by `python -m quantization build`; do not edit.",
        f'name = "{record.name}"',
        f'version = "{record.version}"',
        f'licence = "{record.licence}"',
        f'origin = "{record.origin}"',
    ]
    for side, values in (("inputs", model.graph.input), ("outputs", model.graph.output)):
        for value in values:
            tensor = value.type.tensor_type
            shape = [
                dimension.dim_value if dimension.HasField("dim_value") else -1
                for dimension in tensor.shape.dim
            ]
            lines += [
                "",
                f"[{side}.{value.name}]",
                f'dtype = "{_DTYPES[tensor.elem_type]}"',
                f"shape = {shape}",
            ]
    lines += [
        "",
        "[files.openvino_f32]",
        'path = "model.xml"',
        'backend = "openvino"',
        'precision = "f32"',
        f'sha256 = "{hashes["model.xml"]}"',
        'weights = "model.bin"',
        f'weights_sha256 = "{hashes["model.bin"]}"',
        "",
        "[files.onnx_f32]",
        'path = "model.onnx"',
        'backend = "onnx"',
        'precision = "f32"',
        f'sha256 = "{hashes["model.onnx"]}"',
        "",
        "[conversion]",
        *[f'{key} = "{value}"' for key, value in record.notes.items()],
    ]
    return "\n".join(lines) + "\n"
