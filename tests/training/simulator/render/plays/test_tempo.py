"""Point processes, bouts and drifts."""

import numpy as np
import pytest

from training.simulator.render.plays.tempo import bouts, bump, drift, events

FPS = 15.0
HOUR = round(3600 * FPS)


@pytest.mark.parametrize("per_min", [0.5, 8.0, 20.0], ids=["yawns", "reading", "tired"])
def test_events_keep_their_rate(per_min: float) -> None:
    """Over an hour the number of events is the rate, also for rare ones."""
    counts = [
        len(
            events(np.full(HOUR, per_min), fps=FPS, regularity=3.0, rng=np.random.default_rng(seed))
        )
        for seed in range(8)
    ]

    assert np.mean(counts) == pytest.approx(60 * per_min, rel=0.05)


def test_events_follow_a_change_of_rate() -> None:
    """Nothing happens while the rate is zero."""
    rate = np.concatenate([np.zeros(HOUR), np.full(HOUR, 10.0)])

    frames = events(rate, fps=FPS, regularity=3.0, rng=np.random.default_rng(1))

    assert frames.min() >= HOUR - 1


def test_a_bump_reaches_one_and_returns() -> None:
    """It is zero before its start and after its end."""
    signal = bump(100, np.array([30.0]), np.array([2.0]), fps=FPS, rise=0.3, hold=0.3)

    assert signal[:30].max() == 0
    assert signal[30:61].max() == 1
    assert signal[61:].max() == 0


def test_a_bump_that_is_over_before_the_first_frame_shows_nothing() -> None:
    """Bouts begin before the clip does, and a short one may end there."""
    signal = bump(100, np.array([-40.0]), np.array([2.0]), fps=FPS, rise=0.3, hold=0.3)

    assert not signal.any()


def test_a_bump_may_hang_over_either_end() -> None:
    """What does not fit is cut off."""
    signal = bump(10, np.array([-8.0, 5.0]), np.array([1.0, 2.0]), fps=FPS, rise=0.3, hold=0.3)

    assert signal[0] > 0
    assert signal[-1] > 0


@pytest.mark.parametrize("share", [0.1, 0.35], ids=["writing", "bored"])
def test_bouts_take_their_share_of_the_time(share: float) -> None:
    """Over hours the signal is on for about the wanted share."""
    on = np.mean(
        [
            bouts(
                np.full(HOUR, share),
                mean_s=8.0,
                fps=FPS,
                ramp_s=1.0,
                rng=np.random.default_rng(seed),
            ).mean()
            for seed in range(4)
        ]
    )

    assert on == pytest.approx(share, rel=0.2)


def test_drift_has_unit_variance_and_no_jumps() -> None:
    """Slow noise: neighbours at 15 frames/s are nearly alike."""
    noise = np.concatenate(
        [drift(HOUR, tau_s=4.0, fps=FPS, rng=np.random.default_rng(seed)) for seed in range(4)]
    )

    assert noise.std() == pytest.approx(1.0, rel=0.1)
    assert np.abs(np.diff(noise[:HOUR])).max() < 0.25
