"""No event in T hours still allows a rate."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from appliance.domain.affect import Affect
from appliance.domain.seats import WHOLE_PICTURE, Region
from tests.support.alerts import alert
from training.real.quiet_clips import describe, list_renders, rate_bound
from training.real.tokens import ClipDecisions


def test_no_event_follows_the_rule_of_three() -> None:
    """One hour without any allows 3.0 per hour."""
    assert rate_bound(0, seconds=3600) == pytest.approx(-math.log(0.05), abs=1e-6)
    assert rate_bound(0, seconds=200) == pytest.approx(18 * -math.log(0.05), abs=1e-6)


def test_events_raise_the_bound() -> None:
    """Garwood's interval for one event ends at 4.744."""
    assert rate_bound(1, seconds=3600) == pytest.approx(4.744, abs=1e-3)


def test_no_time_allows_anything() -> None:
    """Nothing seen is nothing known."""
    assert rate_bound(0, seconds=0) == math.inf


def test_an_episode_that_turns_into_fatigue_counts_once() -> None:
    """Its type is judged every second; the one that opened as boredom still frightens."""
    said = describe(
        ClipDecisions(
            leading=np.array([2, 2, 3, -1], dtype=np.int8),
            known=np.array([True, True, True, False]),
            probabilities=np.full((4, 4), 0.25, dtype=np.float32),
            evaluations=(
                alert(Affect.BORED, episode="e0", opened=True),
                *[alert(Affect.FATIGUED, episode="e0")] * 2,
                alert(Affect.FOCUSED, episode="e1", opened=True),
            ),
        )
    )

    assert said["fatigue_episodes"] == 1
    assert said["other_alerts"] == 1
    assert said["known"] == 0.75
    assert said["fatigued_leads"] == pytest.approx(2 / 3)


def test_renders_bring_their_seats(tmp_path: Path) -> None:
    """Regions come from the file beside the clip; other contents mean one seat."""
    for name in ("a.mp4", "b.mp4", "c.mp4", "notes.txt"):
        (tmp_path / name).touch()
    halves = [[0.0, 0.0, 0.5, 1.0], [0.5, 0.0, 1.0, 1.0]]
    (tmp_path / "a.json").write_text(json.dumps({"seats": halves}), encoding="utf-8")
    (tmp_path / "b.json").write_text(json.dumps({"seats": {"left": {}}}), encoding="utf-8")

    assert [(clip.path.name, clip.region) for clip in list_renders(tmp_path)] == [
        ("a.mp4", Region(x0=0.0, y0=0.0, x1=0.5, y1=1.0)),
        ("a.mp4", Region(x0=0.5, y0=0.0, x1=1.0, y1=1.0)),
        ("b.mp4", WHOLE_PICTURE),
        ("c.mp4", WHOLE_PICTURE),
    ]
