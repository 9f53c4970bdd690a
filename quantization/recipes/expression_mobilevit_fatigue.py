"""The twin without emotion heads: actions only, for the profile ``fatigue-only``.

What stays float and why: recipes/expression_mobilevit.py, whose trunk this is.

"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import onnx

from appliance.domain.arrays import UInt8Array
from quantization.build.encoder.build import Encoder, build_encoder, read_encoder, write_openvino
from quantization.build.model_folder import ModelRecord
from quantization.build.onnx.formats import (
    beside_maps,
    convolutions_reading,
    prepare,
    quantize_for_onnx,
    quantize_for_openvino,
    store_as_halves,
)

NAME = "expression_mobilevit_fatigue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Args:
    """What may be changed."""

    out: Path
    """Folder of the model; holds ``model.onnx``, gets everything else."""

    data: Path
    """Folder with ``affect/``: calibration faces, and the faces that are measured on."""

    say: Callable[[str], None]
    """Called with one line per step."""


def build(args: Args) -> str:
    """Make, prove, choose; return one line about the result."""
    encoder = read_encoder(args.out)
    record = ModelRecord(
        name=NAME,
        version=encoder.notes["version"],
        licence=encoder.notes["licence"],
        origin=encoder.notes["origin"],
        notes={
            "f16": "weight matrices stored as f16, computed in f32",
            "int8": "U8S8, per channel, weights within 64; attention, norms, linear layers float",
        },
        tables={
            "preprocessing": {
                "pixels": encoder.notes["pixels"],
                "crop": encoder.notes["crop"],
                "actions": json.loads(encoder.notes["actions"]),
            },
            "training": json.loads(encoder.notes["training_data"]),
        },
    )
    return build_encoder(encoder, args.out, data=args.data, record=record, make=_make, say=args.say)


def _make(encoder: Encoder, crops: Sequence[UInt8Array], folder: Path) -> None:
    write_openvino(encoder.file, folder / "model.xml", halves=False)
    write_openvino(encoder.file, folder / "model_f16.xml", halves=True)
    onnx.save(store_as_halves(encoder.graph), folder / "model_f16.onnx")

    prepared_file = folder / "prepared.onnx"
    prepared = prepare(encoder.file, prepared_file)
    attention = beside_maps(prepared)
    quantize_for_openvino(
        prepared_file, folder / "model_int8.xml", crops=crops, stay_float=attention
    )
    # Thin, large maps: a fifth of the work, two thirds of the error.
    early = convolutions_reading(prepared, at_least_px=encoder.side // 2)
    quantize_for_onnx(
        prepared_file, folder / "model_int8.onnx", crops=crops, stay_float=[*attention, *early]
    )
