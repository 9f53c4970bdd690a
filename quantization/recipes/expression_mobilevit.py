"""MobileViT-XXS expression encoder: float ONNX, trained here, to three number formats.

What was tried for INT8, on the weights 1.0.5200 at 64 pixels, processor with VNNI; times are good
to 5 %. Extremes calibrated where no percentile is given; 440 faces, last three rows 1,750:

=====================================================  =========  ==========  ============
form                                                   agreement  cosine p5   time of f32
=====================================================  =========  ==========  ============
ONNX, convolutions and linear layers                       .973       .994         1.20
ONNX, convolutions                                         .970       .994         1.14
ONNX, convolutions, but those that read half the side      .986       .998         1.02
ONNX, the same, percentile 99.999                          .982       .998         1.01
OpenVINO, convolutions and linear layers, inputs only      .993       .997         1.02
OpenVINO, convolutions and residual additions              .991       .997          .83
OpenVINO, NNCF (transformer, performance preset)           .980       .993          .91
OpenVINO, convolutions and residual additions              .974       .996          .88
OpenVINO, the same, percentile 99.999                      .983       .998          .91
OpenVINO, the same, early layers float as well             .983       .998          .97
=====================================================  =========  ==========  ============

So extremes and early layers hurt most. Attention, softmax, norms, linear layers and heads stay
float: they gain nothing, and with AVX2 alone linear layers in eight bits take 1.15 of f32's time.
NNCF is no better than OpenVINO's reading of the QDQ graph, which needs no further package.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import onnx

from appliance.domain.arrays import UInt8Array
from quantization.build.encoder.build import (
    EXPORTER_KEYS,
    Encoder,
    build_encoder,
    read_encoder,
    write_openvino,
)
from quantization.build.model_folder import ModelRecord
from quantization.build.onnx.formats import (
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
    encoder = read_encoder(args.out, keys=(*EXPORTER_KEYS, "expression", "affect"))
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
    # In eight bits these thin, large maps cost 2 points of agreement and 14 % more time.
    early = convolutions_reading(prepared, at_least_px=encoder.side // 2)
    quantize_for_onnx(
        prepared_file, folder / "model_int8.onnx", crops=crops, stay_float=[*attention, *early]
    )
