"""Sway, pitch motion and wrist speed of movements with a known size."""

import numpy as np
import pytest

from appliance.domain.tokens import TOKEN_HZ
from appliance.windows.pose.motion import CROSSING_SPEED, MotionCues, MotionTracker

ROW = np.array([0])


def move(
    tokens: int,
    *,
    trunk: np.ndarray | None = None,
    pitch: np.ndarray | None = None,
    wrist_y: np.ndarray | None = None,
    seen: bool = True,
) -> MotionCues:
    """Show a movement token by token and return the cues at its end."""
    tracker = MotionTracker(1)
    still = np.zeros(tokens)
    for token in range(tokens):
        wrists = np.zeros((1, 2, 2))
        wrists[0, 0, 1] = (still if wrist_y is None else wrist_y)[token]
        cues = tracker.step(
            ROW,
            trunk=np.array([[5000 + (still if trunk is None else trunk)[token], 300.0]]),
            trunk_seen=np.array([seen]),
            pitch=(still if pitch is None else pitch)[token : token + 1],
            head_seen=np.array([seen]),
            wrists=wrists,
            wrists_seen=np.array([[seen, False]]),
        )
    return cues


def test_a_trunk_that_swings_has_its_own_standard_deviation() -> None:
    """Left and right by 0.5 gives 0.5 in both windows, wherever the picture begins."""
    cues = move(300, trunk=0.5 * np.tile([1.0, -1.0], 150))

    assert cues.sway_10[0] == pytest.approx(0.5)
    assert cues.sway_60[0] == pytest.approx(0.5)


def test_the_short_window_forgets_what_the_long_one_keeps() -> None:
    """A shift 20 s ago is in sway_60 and no longer in sway_10."""
    cues = move(200, trunk=np.repeat([0.0, 1.0], 100))

    assert cues.sway_10[0] == pytest.approx(0, abs=1e-9)
    assert cues.sway_60[0] == pytest.approx(0.5)


def test_pitch_motion_is_the_spread_over_ten_seconds() -> None:
    """A nodding head of +-0.25."""
    cues = move(50, pitch=0.25 * np.tile([1.0, -1.0], 25))

    assert cues.pitch_motion[0] == pytest.approx(0.25)


def test_a_steady_wrist_has_its_speed_and_no_crossing() -> None:
    """A quarter shoulder width per token is 1.25 per second."""
    cues = move(51, wrist_y=np.arange(51) / 4)

    assert cues.wrist_speed[0] == pytest.approx(TOKEN_HZ / 4)
    assert cues.wrist_crossings[0] == 0


@pytest.mark.parametrize(
    ("step", "per_s"),
    [
        pytest.param(CROSSING_SPEED / TOKEN_HZ, 5.0, id="at-the-threshold"),
        pytest.param(CROSSING_SPEED / TOKEN_HZ * 0.99, 0.0, id="jitter"),
    ],
)
def test_reversals_count_from_the_threshold_on(step: float, per_s: float) -> None:
    """Up and down at every token is five reversals a second, unless it is jitter."""
    cues = move(60, wrist_y=np.tile([0.0, step], 30))

    assert cues.wrist_crossings[0] == pytest.approx(per_s)


def test_what_is_not_seen_does_not_move() -> None:
    """An invisible body gives zeros, not the movement of guessed landmarks."""
    wild = np.random.default_rng(0).normal(size=60)

    cues = move(60, trunk=wild, pitch=wild, wrist_y=wild, seen=False)

    assert cues.sway_10[0] == cues.pitch_motion[0] == cues.wrist_speed[0] == 0
