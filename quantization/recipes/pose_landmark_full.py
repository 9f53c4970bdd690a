"""BlazePose landmark model, full: 256² picture of one person to 39 landmarks."""

from quantization.build.pose.build import Args, build_landmarks
from quantization.sources import Registry, Source

__all__ = ["SOURCE", "Args", "build"]

SOURCE = Source(
    registry=Registry.PYPI,
    package="mediapipe",
    version="0.10.21",
    member="mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
    sha256="e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    licence="Apache-2.0",
)


def build(args: Args) -> str:
    """Build all forms; return one line about the result."""
    return build_landmarks(SOURCE, args)
