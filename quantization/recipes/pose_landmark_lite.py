"""BlazePose landmark model, lite: 256² picture of one person to 39 landmarks."""

from quantization.build.options import BuildOptions
from quantization.build.pose.build import build_landmarks
from quantization.sources import Registry, Source

SOURCE = Source(
    registry=Registry.NPM,
    package="@mediapipe/pose",
    version="0.5.1675469404",
    member="package/pose_landmark_lite.tflite",
    sha256="f17bfbecadb61c3be1baa8b8d851cc6619c870a87167b32848ad20db306b9d61",
    licence="Apache-2.0",
)


def build(options: BuildOptions) -> str:
    """Build all forms; return one line about the result."""
    return build_landmarks(SOURCE, options)
