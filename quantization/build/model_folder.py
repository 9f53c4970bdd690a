"""Writes one folder of ``optimized_models``: model files, checked, and their manifest."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import openvino

from appliance.domain.arrays import AnyArray, Float32Array
from appliance.domain.models import Backend, ModelFile, Precision
from appliance.errors import ModelLoadError
from appliance.inference.manifest import MANIFEST_NAME

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

    notes: Mapping[str, str]
    """The ``[conversion]`` table."""

    tables: Mapping[str, Mapping[str, str | list[str]]] = field(default_factory=dict)
    """Further tables for people: name to entries."""


class Form(ModelFile):
    """One file of a model folder, as the manifest lists it: ``path`` is relative to the folder."""

    __slots__ = ()

    @property
    def key(self) -> str:
        """Name of its table in the manifest."""
        return f"{self.backend}_{self.precision}"

    @property
    def names(self) -> tuple[str, ...]:
        """Its files; an ``.xml`` has its weights in the ``.bin`` beside it."""
        if self.backend is Backend.ONNX:
            return (self.path.name,)
        return (self.path.name, self.path.with_suffix(".bin").name)


FLOAT_FORMS = (
    Form(backend=Backend.OPENVINO, precision=Precision.F32, path=Path("model.xml")),
    Form(backend=Backend.ONNX, precision=Precision.F32, path=Path("model.onnx")),
)


def write_model_folder(model: onnx.ModelProto, folder: Path, *, record: ModelRecord) -> None:
    """Write ``model.onnx``, ``model.xml`` with ``model.bin``, and ``manifest.toml``.

    Both forms hold the weights as the source stored them (f16) and compute in f32. The IR is
    made from the ONNX file without folding, so that no constant is rounded on the way.

    Args:
        model: The float model.
        folder: Destination; created if need be.
        record: For the manifest.
    """
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(model, folder / "model.onnx")
    graph = openvino.Core().read_model(folder / "model.onnx")
    openvino.save_model(graph, folder / "model.xml", compress_to_fp16=False)
    write_manifest(model, folder, record=record, forms=FLOAT_FORMS)


def write_manifest(
    model: onnx.ModelProto, folder: Path, *, record: ModelRecord, forms: Sequence[Form]
) -> None:
    """Write ``manifest.toml`` for forms whose files are already in the folder.

    Args:
        model: For the tensors.
        folder: Holds the files.
        record: For people.
        forms: What there is; at most one default per run time.
    """
    hashes = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for form in forms
        for name in form.names
    }
    text = _manifest(model, hashes, record, forms)
    (folder / MANIFEST_NAME).write_text(text, encoding="utf-8")


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


def _manifest(
    model: onnx.ModelProto, hashes: dict[str, str], record: ModelRecord, forms: Sequence[Form]
) -> str:
    lines = [
        "# Written by `python -m quantization build`; do not edit.",
        f"name = {_quoted(record.name)}",
        f"version = {_quoted(record.version)}",
        f"licence = {_quoted(record.licence)}",
        f"origin = {_quoted(record.origin)}",
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
    for form in forms:
        lines += [
            "",
            f"[files.{form.key}]",
            f'path = "{form.path}"',
            f'backend = "{form.backend}"',
            f'precision = "{form.precision}"',
            f'sha256 = "{hashes[form.path.name]}"',
        ]
        for weights in form.names[1:]:
            lines += [f'weights = "{weights}"', f'weights_sha256 = "{hashes[weights]}"']
        if form.default:
            lines.append("default = true")
        if form.proven:
            lines.append("proven = true")
    for title, table in {**record.tables, "conversion": record.notes}.items():
        lines += ["", f"[{title}]", *(f"{key} = {_quoted(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _quoted(value: str | list[str]) -> str:
    """JSON strings and lists of strings are TOML as well."""
    return json.dumps(value, ensure_ascii=False)
