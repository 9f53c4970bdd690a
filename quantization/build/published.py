"""A published TFLite model in both float forms, compared with its source."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import openvino

from quantization.build.model_folder import (
    ModelRecord,
    check_agreement,
    run_folder,
    run_source,
    write_model_folder,
)
from quantization.build.onnx.export import ImageInput, export_onnx
from quantization.build.options import BuildOptions
from quantization.sources import Source, fetch

LIMIT = 1e-4
"""Largest difference from the source, relative to each output's own scale."""

PICTURE_SEED = 20261122


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FloatModel:
    """What was written."""

    graph: onnx.ModelProto
    """Its ``model.onnx``."""

    record: ModelRecord
    """What its manifest says."""

    difference: float
    """Largest from the source on a random picture."""


def build_detector(
    source: Source, options: BuildOptions, *, image: ImageInput, outputs: Mapping[str, str]
) -> str:
    """Fetch, convert and check a detector, which has float forms only; return one line about it.

    Args:
        source: Where the weights come from.
        options: Of the build.
        image: How pixels become what the model was trained on.
        outputs: As of ``write_float_forms``.
    """
    made = write_float_forms(
        source,
        options.out,
        cache=options.cache,
        image=image,
        outputs=outputs,
        notes={
            "outputs": "raw; anchors, sigmoid and suppression are in appliance/perception",
            "weights": "stored as f16 like the source, computed in f32",
        },
    )
    return f"{options.out.name}: both forms within {made.difference:.1e} of the source"


def write_float_forms(
    source: Source,
    folder: Path,
    *,
    cache: Path,
    image: ImageInput,
    outputs: Mapping[str, str],
    notes: Mapping[str, str],
) -> FloatModel:
    """Fetch, convert, write, check.

    Args:
        source: Where the weights come from.
        folder: Model folder.
        cache: Keeps fetched sources.
        image: How pixels become what the model was trained on.
        outputs: Name in the source to name in the result; the rest is pruned.
        notes: For the manifest.

    Raises:
        ModelLoadError: The source cannot be had, or a form differs from it.
    """
    tflite = fetch(source, cache)
    model = openvino.Core().read_model(tflite)  # unpacks sparse weights
    graph = export_onnx(model, name=folder.name, image=image, outputs=outputs)
    record = ModelRecord(
        name=folder.name,
        version=source.version,
        licence=source.licence,
        origin=source.origin,
        notes={
            "source_sha256": source.sha256,
            "input": "u8 BGR NHWC; RGB order is folded into the first convolution",
            **notes,
        },
    )
    write_model_folder(graph, folder, record=record)
    shape = tuple(model.input().get_shape())
    picture = np.random.default_rng(PICTURE_SEED).integers(0, 256, shape, dtype=np.uint8)
    rgb = (picture[..., ::-1] / image.divisor + image.offset).astype(np.float32)
    expected = run_source(tflite, rgb, list(outputs))
    found = run_folder(folder, {image.name: picture})
    difference = check_agreement(folder.name, expected, found, limit=LIMIT)
    return FloatModel(graph=graph, record=record, difference=difference)
