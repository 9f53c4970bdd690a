"""Processor time of the box's pose against MediaPipe's: ``python -m quantization.peers``."""

from quantization.entry import run
from quantization.measure.peers.command import app

if __name__ == "__main__":
    run(app)
