"""A yawn is a mouth that stays open; speech is not."""

import numpy as np
import pytest

from appliance.windows.face.mouth import PRIOR_SECONDS, YAWN_TOKENS, MouthTracker

ROW = np.array([0])
SEEN = np.array([True])


def yawns_after(jaws: list[float]) -> float:
    """Show a minute of a closed mouth, then the course, and return the yawns counted."""
    tracker = MouthTracker(1)
    rate = 0.0
    for jaw in [0.05] * 300 + jaws:
        rate = float(tracker.step(ROW, np.array([jaw]), SEEN)[1][0])
    return rate * (60 + PRIOR_SECONDS) / 60


@pytest.mark.parametrize(
    ("jaws", "yawns"),
    [
        pytest.param([0.7] * (YAWN_TOKENS - 1) + [0.05] * 5, 0, id="a-token-too-short"),
        pytest.param([0.7] * YAWN_TOKENS + [0.05] * 5, 1, id="long-enough"),
        pytest.param([0.7] * 40 + [0.05] * 5, 1, id="eight-seconds-are-one"),
        pytest.param(([0.7] * 15 + [0.05] * 15) * 2, 2, id="two"),
        pytest.param([0.7] * 4 + [0.05] + [0.7] * 4 + [0.05] * 5, 1, id="one-noisy-token"),
        pytest.param([0.7, 0.05, 0.05] * 20, 0, id="speech"),
    ],
)
def test_yawns_are_counted_once(jaws: list[float], yawns: int) -> None:
    """Sustained opening counts at the moment it has lasted long enough."""
    assert yawns_after(jaws) == pytest.approx(yawns)


def test_an_unseen_face_does_not_yawn() -> None:
    """Scores of tokens without a face are ignored."""
    tracker = MouthTracker(1)
    for _ in range(50):
        _, rate = tracker.step(ROW, np.array([0.9]), np.array([False]))

    assert rate[0] == 0
