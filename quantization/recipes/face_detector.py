"""BlazeFace short range: 128² letterboxed picture to 896 raw boxes with six points each."""

from quantization.build.onnx.export import ImageInput
from quantization.build.options import BuildOptions
from quantization.build.published import build_detector
from quantization.sources import Registry, Source

SOURCE = Source(
    registry=Registry.PYPI,
    package="mediapipe",
    version="0.10.21",
    member="mediapipe/modules/face_detection/face_detection_short_range.tflite",
    sha256="bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    licence="Apache-2.0",
)

OUTPUTS = {"regressors": "boxes", "classificators": "scores"}

# MediaPipe feeds RGB in [-1, 1] (face_detection.pbtxt, output_tensor_float_range). The
# offset stays in the graph: folded into the weights it would be wrong where zeros are padded.
IMAGE = ImageInput(name="image", divisor=127.5, offset=-1.0)


def build(options: BuildOptions) -> str:
    """Fetch, convert, check; return one line about the result."""
    return build_detector(SOURCE, options, image=IMAGE, outputs=OUTPUTS)
