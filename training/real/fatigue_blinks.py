"""Describe RLDD's blink windows for the simulator.

``python -m training.fatigue_blinks --data FILE`` writes
``training/simulator/measured/blink_windows.json``: 8 x 8 cells of equal weight per fold and
alertness, sorted by mean duration and within it by mean frequency.
"""

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from appliance.domain.arrays import Float64Array
from training.simulator.blinks import FIT

CUTS = 8
FREQUENCY, DURATION = 0, 2  # columns of the data
ALERT, DROWSY = 0, 10


def describe(
    windows: Float64Array, label: NDArray[np.integer], fold: NDArray[np.integer]
) -> dict[str, object]:
    """Return mean and spread of every cell.

    Args:
        windows: (M, 30, 4) blinks.
        label: (M,) 0 or 10; others are left out.
        fold: (M,) 1 to 4.
    """
    # The longest of a window's z-scores are closures of seconds, which the simulator has apart.
    z = np.stack(
        [np.clip(windows[:, :, DURATION], -4, 4).mean(1), windows[:, :, FREQUENCY].mean(1)], axis=1
    )
    mean, spread = np.empty((4, 2, CUTS**2, 2)), np.empty((4, 2, CUTS**2, 2))
    for one in range(1, 5):
        for half, wanted in enumerate((ALERT, DROWSY)):
            inside = z[(fold == one) & (label == wanted)]
            rows = np.array_split(inside[np.argsort(inside[:, 0], kind="stable")], CUTS)
            for index, row in enumerate(rows):
                ordered = row[np.argsort(row[:, 1], kind="stable")]
                for cell, members in enumerate(np.array_split(ordered, CUTS)):
                    mean[one - 1, half, index * CUTS + cell] = members.mean(axis=0)
                    spread[one - 1, half, index * CUTS + cell] = members.std(axis=0)
    return {"mean": np.round(mean, 3).tolist(), "spread": np.round(spread, 3).tolist()}


def main(*, data: Annotated[Path, typer.Option(help="RLDD windows, rldd_blinks.npz.")]) -> None:
    """Describe RLDD's blink windows for the simulator."""
    with np.load(data) as windows:
        fit = describe(windows["windows"].astype(np.float64), windows["label"], windows["fold"])
    source = "RLDD blink windows, arXiv:1904.07312, MIT"
    FIT.write_text(json.dumps({"source": source, **fit}) + "\n", encoding="utf-8")
