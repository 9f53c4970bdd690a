"""Simulated recordings of blinks have the form of the real ones."""

import numpy as np
import pytest

from training.datasets.rldd import ALERT, COLUMNS, DROWSY, WINDOW
from training.real import blink_difficulty
from training.real.blink_difficulty import DURATION, RATE, record_blinks


def test_recordings_are_scored_against_the_own_alert_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Eight people, two recordings each; alert ones lie about 0, drowsy ones blink longer."""
    monkeypatch.setattr(blink_difficulty, "PEOPLE", 8)
    windows = record_blinks(seed=3)
    alert, drowsy = (windows.take(windows.label == one) for one in (ALERT, DROWSY))

    assert windows.blinks.shape[1:] == (WINDOW, len(COLUMNS))
    assert set(windows.fold) == {1, 2, 3, 4}
    assert len(set(windows.recording)) == 16
    assert abs(alert.blinks[:, :, DURATION].mean()) < 0.1
    assert drowsy.blinks[:, :, DURATION].mean() > alert.blinks[:, :, DURATION].mean()
    others = [at for at in range(len(COLUMNS)) if at not in {RATE, DURATION}]
    assert not np.any(windows.blinks[:, :, others])
