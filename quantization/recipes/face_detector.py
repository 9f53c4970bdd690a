"""BlazeFace short range: 128² letterboxed picture to 896 raw boxes with six points each."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openvino

from quantization.build.model_folder import (
    ModelRecord,
    check_agreement,
    run_folder,
    run_source,
    write_model_folder,
)
from quantization.build.onnx.export import ImageInput, export_onnx
from quantization.sources import Registry, Source, fetch

SOURCE = Source(
    registry=Registry.PYPI,
    package="mediapipe",
    version="0.10.21",
    member="mediapipe/modules/face_detection/face_detection_short_range.tflite",
    sha256="bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    licence="Apache-2.0",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Args:
    """What may be changed."""

    out: Path
    """Folder of the model, ``optimized_models/face_detector``."""

    cache: Path
    """Where fetched sources are kept."""

    seed: int = 20261122
    """Seed of the random picture on which source and result are compared."""


def build(args: Args) -> str:
    """Fetch, convert, check; return one line about the result."""
    tflite = fetch(SOURCE, args.cache)

    outputs = {"regressors": "boxes", "classificators": "scores"}

    # MediaPipe feeds RGB in [-1, 1] (face_detection.pbtxt, output_tensor_float_range). The
    # offset stays in the graph: folded into the weights it would be wrong where zeros are padded.
    image = ImageInput(name="image", divisor=127.5, offset=-1.0)
    source = openvino.Core().read_model(tflite)
    model = export_onnx(source, name="face_detector", image=image, outputs=outputs)

    write_model_folder(
        model,
        args.out,
        record=ModelRecord(
            name="face_detector",
            version="0.10.21",
            licence=SOURCE.licence,
            origin=SOURCE.origin,
            notes={
                "source_sha256": SOURCE.sha256,
                "input": "u8 BGR NHWC; RGB order is folded into the first convolution",
                "outputs": "raw; anchors, sigmoid and suppression are in appliance/perception",
                "weights": "stored as f16 like the source, computed in f32",
            },
        ),
    )

    picture = np.random.default_rng(args.seed).integers(0, 256, (1, 128, 128, 3), dtype=np.uint8)
    rgb = (picture[..., ::-1] / 127.5 - 1).astype(np.float32)
    expected = run_source(tflite, rgb, list(outputs))
    found = run_folder(args.out, {"image": picture})
    worst = check_agreement("face_detector", expected, found, limit=1e-4)
    return f"face_detector: both forms within {worst:.1e} of the source"
