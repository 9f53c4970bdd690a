"""Jitter, lag, re-acquisition against rendered truth: ``python -m quantization.motion``."""

from quantization.entry import run
from quantization.measure.motion.command import app

if __name__ == "__main__":
    run(app)
