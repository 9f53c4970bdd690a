"""BlazePose detector: 224² letterboxed picture to 2,254 raw boxes with four points each."""

from quantization.build.onnx.export import ImageInput
from quantization.build.options import BuildOptions
from quantization.build.published import build_detector
from quantization.sources import Registry, Source

SOURCE = Source(
    registry=Registry.PYPI,
    package="mediapipe",
    version="0.10.21",
    member="mediapipe/modules/pose_detection/pose_detection.tflite",
    sha256="9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
    licence="Apache-2.0",
)

OUTPUTS = {"Identity": "boxes", "Identity_1": "scores"}

# MediaPipe feeds RGB in [-1, 1] (pose_detection_cpu.pbtxt, output_tensor_float_range). The
# offset stays in the graph: folded into the weights it would be wrong where zeros are padded.
IMAGE = ImageInput(name="image", divisor=127.5, offset=-1.0)


def build(options: BuildOptions) -> str:
    """Fetch, convert, check; return one line about the result."""
    return build_detector(SOURCE, options, image=IMAGE, outputs=OUTPUTS)
