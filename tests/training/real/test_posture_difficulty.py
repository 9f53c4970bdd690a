"""Simulated people sit in three postures, and their features are the box's own."""

import numpy as np
import pytest

from training.real import posture_difficulty
from training.real.posture_difficulty import SITTING, sit

SLUMP, PITCH = 3, 0  # among the features


def test_everybody_sits_three_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four people, half a minute each way; who is fatigued sits lower than who is focused."""
    monkeypatch.setattr(posture_difficulty, "PEOPLE", 4)
    monkeypatch.setattr(posture_difficulty, "MINUTES", 0.5)
    values, labels, people = sit(seed=3)

    assert values.shape == (4 * 3 * 30, 20)
    assert np.isfinite(values).all()
    for person in range(4):
        assert np.bincount(labels[people == person]).tolist() == [30] * len(SITTING)
    upright, hunched = (values[labels == sitting].mean(axis=0) for sitting in (0, 1))
    assert hunched[SLUMP] > upright[SLUMP]
    assert hunched[PITCH] > upright[PITCH]


def test_own_medians_are_taken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second half of the features is the first about each person's middle."""
    monkeypatch.setattr(posture_difficulty, "PEOPLE", 3)
    monkeypatch.setattr(posture_difficulty, "MINUTES", 0.25)
    values, _, people = sit(seed=4)

    for person in range(3):
        mine = values[people == person]
        np.testing.assert_allclose(np.median(mine[:, 10:], axis=0), 0, atol=1e-9)
        np.testing.assert_allclose(np.ptp(mine[:, 10:], axis=0), np.ptp(mine[:, :10], axis=0))
