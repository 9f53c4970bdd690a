"""A float expression encoder, and every form that is made from it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import onnx
import openvino

from appliance.domain.arrays import UInt8Array
from appliance.domain.models import Backend, Precision
from appliance.errors import ModelLoadError
from quantization.build.model_folder import Form
from quantization.build.onnx.formats import (
    beside_maps,
    convolutions_reading,
    prepare,
    quantize_for_onnx,
    quantize_for_openvino,
    store_as_halves,
)

FORMS = (
    Form(backend=Backend.OPENVINO, precision=Precision.F32, path=Path("model.xml")),
    Form(backend=Backend.OPENVINO, precision=Precision.F16, path=Path("model_f16.xml")),
    Form(backend=Backend.OPENVINO, precision=Precision.INT8, path=Path("model_int8.xml")),
    Form(backend=Backend.ONNX, precision=Precision.F32, path=Path("model.onnx")),
    Form(backend=Backend.ONNX, precision=Precision.F16, path=Path("model_f16.onnx")),
    Form(backend=Backend.ONNX, precision=Precision.INT8, path=Path("model_int8.onnx")),
)
NOTES = {
    "f16": "weight matrices stored as f16, computed in f32",
    "int8": "U8S8, per channel, weights within 64; attention, norms, linear layers float",
}
EXPORTER_KEYS = ("version", "licence", "origin", "crop", "pixels", "actions", "training_data")
"""What the exporter of an encoder writes into the ONNX file's metadata."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Encoder:
    """A float encoder as its exporter left it."""

    file: Path
    """``model.onnx`` in the model's folder."""

    graph: onnx.ModelProto
    """What it holds."""

    notes: Mapping[str, str]
    """Its metadata."""

    @property
    def side(self) -> int:
        """Pixels of the input's side."""
        return int(self.graph.graph.input[0].type.tensor_type.shape.dim[1].dim_value)


def read_encoder(folder: Path, *, heads: Iterable[str] = ()) -> Encoder:
    """Read ``model.onnx`` and what its exporter wrote into it.

    Args:
        folder: Model folder.
        heads: Beside the actions; each has metadata of its own.

    Raises:
        ModelLoadError: It is missing or lacks metadata.
    """
    file = folder / "model.onnx"
    if not file.is_file():
        msg = f"{file}: missing; train and export the encoder first (training/expression/export.py)"
        raise ModelLoadError(msg)
    graph = onnx.load(file)
    notes = {entry.key: entry.value for entry in graph.metadata_props}
    lacking = [key for key in (*EXPORTER_KEYS, *heads) if key not in notes]
    if lacking:
        msg = f"{file}: no metadata {', '.join(lacking)}; export it again"
        raise ModelLoadError(msg)
    return Encoder(file=file, graph=graph, notes=notes)


def write_forms(encoder: Encoder, folder: Path, *, crops: Sequence[UInt8Array]) -> None:
    """Write all forms but ``model.onnx``; why layers stay float is in the recipe.

    Args:
        encoder: The float model.
        folder: Gets the files.
        crops: (1, S, S, 3) calibration inputs.
    """
    core = openvino.Core()
    for name, halves in (("model.xml", False), ("model_f16.xml", True)):
        openvino.save_model(core.read_model(encoder.file), folder / name, compress_to_fp16=halves)
    onnx.save(store_as_halves(encoder.graph), folder / "model_f16.onnx")

    prepared_file = folder / "prepared.onnx"
    prepared = prepare(encoder.file, prepared_file)
    attention = beside_maps(prepared)
    quantize_for_openvino(
        prepared_file, folder / "model_int8.xml", crops=crops, stay_float=attention
    )
    # Thin, large maps, a fifth of the work: in eight bits they make two thirds of the error, 2
    # points of agreement, and take 14 % more time.
    early = convolutions_reading(prepared, at_least_px=encoder.side // 2)
    quantize_for_onnx(
        prepared_file, folder / "model_int8.onnx", crops=crops, stay_float=[*attention, *early]
    )
