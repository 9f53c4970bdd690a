"""BlazePose landmark model, lite: 256² picture of one person to 39 landmarks."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openvino

from quantization.model_folder import (
    ModelRecord,
    check_agreement,
    run_folder,
    run_source,
    write_model_folder,
)
from quantization.onnx_export import ImageInput, export_onnx
from quantization.sources import Registry, Source, fetch

SOURCE = Source(
    registry=Registry.NPM,
    package="@mediapipe/pose",
    version="0.5.1675469404",
    member="package/pose_landmark_lite.tflite",
    sha256="f17bfbecadb61c3be1baa8b8d851cc6619c870a87167b32848ad20db306b9d61",
    licence="Apache-2.0",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Args:
    """What may be changed."""

    out: Path
    """Folder of the model, ``optimized_models/pose_landmark_lite``."""

    cache: Path
    """Where fetched sources are kept."""

    seed: int = 20261122
    """Seed of the random picture on which source and result are compared."""


def build(args: Args) -> str:
    """Fetch, prune, convert, check; return one line about the result."""
    tflite = fetch(SOURCE, args.cache)

    # The segmentation mask (Identity_2) and the world landmarks (Identity_4) are left out with
    # all that only serves them. The heat map stays: MediaPipe refines the landmarks with it.
    outputs = {"Identity": "landmarks", "Identity_1": "presence", "Identity_3": "heatmap"}

    # MediaPipe feeds RGB in [0, 1] (pose_landmark_by_roi_cpu.pbtxt, output_tensor_float_range).
    image = ImageInput(name="image", divisor=255.0, offset=0.0)
    source = openvino.Core().read_model(tflite)
    model = export_onnx(source, name="pose_landmark_lite", image=image, outputs=outputs)

    write_model_folder(
        model,
        args.out,
        record=ModelRecord(
            name="pose_landmark_lite",
            version="0.5.1675469404",
            licence=SOURCE.licence,
            origin=SOURCE.origin,
            notes={
                "source_sha256": SOURCE.sha256,
                "input": "u8 BGR NHWC; RGB order is folded into the first convolution",
                "pruned": "segmentation mask, world landmarks",
                "presence": "probability; the sigmoid is inside the graph",
                "weights": "stored as f16 like the source, computed in f32",
            },
        ),
    )

    picture = np.random.default_rng(args.seed).integers(0, 256, (1, 256, 256, 3), dtype=np.uint8)
    rgb = (picture[..., ::-1] / 255).astype(np.float32)
    expected = run_source(tflite, rgb, list(outputs))
    found = run_folder(args.out, {"image": picture})
    worst = check_agreement("pose_landmark_lite", expected, found, limit=1e-4)
    return f"pose_landmark_lite: both forms within {worst:.1e} of the source"
