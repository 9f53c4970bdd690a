"""BlazePose landmark model, lite: 256² picture of one person to 39 landmarks."""

from quantization.build.pose.build import Args, build_landmarks
from quantization.sources import Registry, Source

__all__ = ["SOURCE", "Args", "build"]

SOURCE = Source(
    registry=Registry.NPM,
    package="@mediapipe/pose",
    version="0.5.1675469404",
    member="package/pose_landmark_lite.tflite",
    sha256="f17bfbecadb61c3be1baa8b8d851cc6619c870a87167b32848ad20db306b9d61",
    licence="Apache-2.0",
)


def build(args: Args) -> str:
    """Build all forms; return one line about the result."""
    return build_landmarks(SOURCE, args)
