"""MobileViT-XXS expression encoder: float ONNX, trained here, to three number formats.

What was tried for INT8, on the weights 1.0.5200 at 64 pixels, 3,000 faces:

=====================================================  =========  ==========  ============
form                                                   agreement  cosine p5   time of f32
=====================================================  =========  ==========  ============
ONNX, convolutions and linear layers                       .97        .994         1.20
ONNX, convolutions                                         .97        .994         1.14
ONNX, convolutions, percentile 99.999 or entropy           .97     .996, .995      1.1
ONNX, convolutions without depthwise                       .98        .996         1.1
ONNX, all but what reads half the side or more             .99        .998         1.00
OpenVINO, convolutions and linear layers, inputs only      .98        .997         1.02
OpenVINO, convolutions and residual additions              .99        .997          .83
OpenVINO, NNCF (transformer, performance preset)           .98        .993          .91
=====================================================  =========  ==========  ============

So the early layers hurt most; attention, softmax, norms, linear layers and heads stay float, since
they gain nothing (on AVX2 alone they make it slower than f32). NNCF is no better than OpenVINO's
reading of the QDQ graph, which needs no further package.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import onnx

from appliance.domain.arrays import UInt8Array
from quantization.encoder_build import Encoder, build_encoder, read_encoder, write_openvino
from quantization.model_folder import ModelRecord
from quantization.precision_forms import (
    beside_maps,
    convolutions_reading,
    prepare,
    quantize_for_onnx,
    quantize_for_openvino,
    store_as_halves,
)

NAME = "expression_mobilevit"


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
                "expression": json.loads(encoder.notes["expression"]),
                "affect": json.loads(encoder.notes["affect"]),
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
