"""BlazePose landmark model, full: 256² picture of one person to 39 landmarks."""

from quantization.build.options import BuildOptions
from quantization.build.pose.build import build_landmarks
from quantization.sources import Registry, Source

SOURCE = Source(
    registry=Registry.PYPI,
    package="mediapipe",
    version="0.10.21",
    member="mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
    sha256="e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    licence="Apache-2.0",
)


def build(options: BuildOptions) -> str:
    """Build all forms; return one line about the result."""
    return build_landmarks(SOURCE, options)
