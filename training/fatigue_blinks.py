"""Describe real blinks for the simulator: ``python -m training.fatigue_blinks``."""

import typer

from training.real.fatigue_blinks import main

if __name__ == "__main__":
    typer.run(main)
