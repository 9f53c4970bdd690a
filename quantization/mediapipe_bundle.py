"""Packs MediaPipe Tasks' pose models: ``python -m quantization.mediapipe_bundle``."""

from quantization.build.mediapipe_bundle import app
from quantization.entry import run

if __name__ == "__main__":
    run(app)
