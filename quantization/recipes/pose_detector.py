"""BlazePose detector: 224² letterboxed picture to 2,254 raw boxes with four points each."""

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
    member="mediapipe/modules/pose_detection/pose_detection.tflite",
    sha256="9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
    licence="Apache-2.0",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Args:
    """What may be changed."""

    out: Path
    """Folder of the model, ``optimized_models/pose_detector``."""

    cache: Path
    """Where fetched sources are kept."""

    seed: int = 20261122
    """Seed of the random picture on which source and result are compared."""


def build(args: Args) -> str:
    """Fetch, convert, check; return one line about the result."""
    tflite = fetch(SOURCE, args.cache)

    outputs = {"Identity": "boxes", "Identity_1": "scores"}

    # MediaPipe feeds RGB in [-1, 1] (pose_detection_cpu.pbtxt, output_tensor_float_range). The
    # offset stays in the graph: folded into the weights it would be wrong where zeros are padded.
    image = ImageInput(name="image", divisor=127.5, offset=-1.0)
    source = openvino.Core().read_model(tflite)  # unpacks the sparse weights
    model = export_onnx(source, name="pose_detector", image=image, outputs=outputs)

    write_model_folder(
        model,
        args.out,
        record=ModelRecord(
            name="pose_detector",
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

    picture = np.random.default_rng(args.seed).integers(0, 256, (1, 224, 224, 3), dtype=np.uint8)
    rgb = (picture[..., ::-1] / 127.5 - 1).astype(np.float32)
    expected = run_source(tflite, rgb, list(outputs))
    found = run_folder(args.out, {"image": picture})
    worst = check_agreement("pose_detector", expected, found, limit=1e-4)
    return f"pose_detector: both forms within {worst:.1e} of the source"
