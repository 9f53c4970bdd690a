"""Windows of real blinks become cells of equal weight."""

import numpy as np
import pytest

from training.real.fatigue_blinks import CUTS, describe


def test_cells_hold_the_means_of_their_windows() -> None:
    """Every fold and half has its own; all cells together have the mean of all windows."""
    rng = np.random.default_rng(1)
    windows = rng.standard_normal((4 * 2 * 128, 30, 4))
    fold = np.repeat(np.arange(1, 5), 256)
    label = np.tile(np.repeat([0, 10], 128), 4)
    windows[label == 10, :, 2] += 1.5

    mean = np.array(describe(windows, label, fold)["mean"])

    assert mean.shape == (4, 2, CUTS**2, 2)
    inside = windows[(fold == 2) & (label == 10)]
    assert mean[1, 1, :, 1].mean() == pytest.approx(inside[:, :, 0].mean(), abs=2e-3)
    assert (mean[:, 1, :, 0].mean(axis=1) - mean[:, 0, :, 0].mean(axis=1)).min() > 1.0
