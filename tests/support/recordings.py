"""Builds valid recordings; each test moves one thing."""

from dataclasses import replace
from typing import Any

import numpy as np

from appliance.commands.replay.recording import Cover, Recording, SeatTrack
from appliance.domain.affect import AFFECTS, Affect
from appliance.domain.alerts import Episode
from appliance.domain.interventions import Action, Measure
from appliance.domain.seats import SeatKey

SEAT = SeatKey("a01")
FATIGUED = (0.125, 0.125, 0.5, 0.25)
"""A token that leans to fatigued, exact in binary."""


def make_track(
    *stretches: tuple[float, Cover | tuple[float, ...]], states: int = 4, seat: SeatKey = SEAT
) -> SeatTrack:
    """Build a track out of stretches: seconds, then a cover or the probabilities."""
    cover: list[int] = []
    rows: list[tuple[float, ...]] = []
    for seconds, what in stretches:
        count = round(seconds * 5)
        if isinstance(what, Cover):
            cover += [what] * count
            rows += [(float("nan"),) * states] * count
        else:
            cover += [Cover.KNOWN] * count
            rows += [what] * count
    return SeatTrack(
        seat=seat,
        cover=np.array(cover, dtype=np.uint8),
        probabilities=np.array(rows, dtype=np.float32),
    )


def make_episode(**changes: Any) -> Episode:  # noqa: ANN401 - any field
    """Build a warning that was raised at 40 s of an onset at 10 s and cleared at 80 s."""
    episode = Episode(
        seat=SEAT,
        affect=Affect.FATIGUED,
        onset_s=10.0,
        raised_s=40.0,
        cleared_s=80.0,
        intensity=0.75,
        mean_score=0.75,
    )
    return replace(episode, **changes)


def make_measure(**changes: Any) -> Measure:  # noqa: ANN401 - any field
    """Build a lock at 50 s."""
    measure = Measure(
        seat=SEAT,
        affect=Affect.FATIGUED,
        action=Action.REMINDER_LOCK_30S,
        at_s=50.0,
        rule="2",
        reason="fatigued: 0.750 > 0.6 for 181 s > 180 s",
    )
    return replace(measure, **changes)


def make_recording(*tracks: SeatTrack, **changes: Any) -> Recording:  # noqa: ANN401 - any field
    """Build a recording of these tracks, or of 100 s of somebody who is tired."""
    every = tracks or (make_track((100.0, FATIGUED)),)
    recording = Recording(
        source="clip.mp4",
        kind="clip",
        started="",
        duration_s=len(every[0].cover) / 5,
        states=tuple(affect.value for affect in AFFECTS),
        models={"fusion": "0.1.0"},
        theta=0.75,
        tracks=every,
        episodes=(),
        measures=(),
        notes=("A note.",),
    )
    return replace(recording, **changes)
