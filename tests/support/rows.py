"""Builds valid values for the store; each test moves one thing."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from appliance.domain.affect import VIGILANCES, Affect, AffectReading, ReadingStatus
from appliance.domain.alerts import Alert
from appliance.domain.commands import OutboxEntry
from appliance.domain.interventions import Action, Feedback, FeedbackKind, Intervention
from appliance.domain.seats import OccupancyKey, SeatKey, TerminalKey
from appliance.domain.tokens import FACE_SIZE, POSE_STREAM_SIZE, SeatStatus, TokenBatch
from appliance.ports import Clock
from appliance.storage.store import Storage
from tests.support.alerts import alert
from tests.support.clocks import NOON_S

SEAT = SeatKey("a01")
OTHER_SEAT = SeatKey("a02")
STUDENT = OccupancyKey("occupancy-one")
OTHER_STUDENT = OccupancyKey("occupancy-two")
TERMINAL = TerminalKey("terminal-7")


def open_storage(folder: Path, clock: Clock, **options: Any) -> Storage:  # noqa: ANN401 - passed on
    """Open a store with a small ballast."""
    storage = Storage.open(folder, clock=clock, **{"ballast_bytes": 4096, **options})
    storage.start()
    return storage


def make_tokens(
    *,
    at_s: float = 1.0,
    seats: tuple[SeatKey, ...] = (SEAT,),
    occupancies: tuple[OccupancyKey | None, ...] = (STUDENT,),
    status: tuple[SeatStatus, ...] | None = None,
    fill: float = 0.25,
) -> TokenBatch:
    """Build one token whose columns count up from ``fill`` in steps of 1/64."""
    count = len(seats)
    face = np.tile(fill + np.arange(FACE_SIZE, dtype=np.float32) / 64, (count, 1))
    pose = np.tile(-fill - np.arange(POSE_STREAM_SIZE, dtype=np.float32) / 64, (count, 1))
    return TokenBatch(
        at_s=(at_s,) * count,
        seats=seats,
        occupancies=occupancies,
        status=status or (SeatStatus.PRESENT,) * count,
        age_s=np.ones(count, dtype=np.float32),
        face=face.astype(np.float32),
        pose=pose.astype(np.float32),
        restarted=np.zeros(count, dtype=np.bool_),
    )


def make_reading(*, seat: SeatKey = SEAT, at_s: float = 1.0) -> AffectReading:
    """Build a reading that leans to fatigued."""
    return AffectReading(
        seat=seat,
        occupancy=STUDENT,
        at_s=at_s,
        status=ReadingStatus.KNOWN,
        probabilities=np.array([0.125, 0.125, 0.5, 0.25], dtype=np.float32),
        fused=np.zeros(128, dtype=np.float32),
    )


def make_vigilance(*, seat: SeatKey = SEAT, at_s: float = 1.0) -> AffectReading:
    """Build a reading of the ``fatigue-only`` model."""
    two = np.array([0.25, 0.75], dtype=np.float32)
    return replace(make_reading(seat=seat, at_s=at_s), probabilities=two, states=VIGILANCES)


def make_alert(*, episode: str = "e1", opened: bool = True, cleared: bool = False) -> Alert:
    """Build the raising of an alert."""
    one = alert(intensity=0.75, at_s=100.0, onset_s=10.0, occupancy=STUDENT)
    return replace(one, episode=episode, opened=opened, cleared=cleared)


def make_intervention(
    identity: str = "c1", *, seat: SeatKey = SEAT, occupancy: OccupancyKey = STUDENT
) -> Intervention:
    """Build a decision for a tired student."""
    return Intervention(
        id=identity,
        episode="e1",
        seat=seat,
        occupancy=occupancy,
        affect=Affect.FATIGUED,
        action=Action.MANDATORY_REST,
        rule="1",
        reason="0.85 > 0.8 for 301 s > 300 s",
        intensity=0.85,
        duration_s=301.0,
        at_s=400.0,
    )


def make_feedback(kind: FeedbackKind = FeedbackKind.ACCEPTED) -> Feedback:
    """Build an answer to the decision."""
    return Feedback(command="c1", terminal=TERMINAL, kind=kind, after_s=2.5)


def make_entry(identity: str = "c1", **changes: Any) -> OutboxEntry:  # noqa: ANN401 - any field
    """Build a queued command."""
    entry = OutboxEntry(
        id=identity,
        terminal=TERMINAL,
        topic="cb/v1/school/lab/seat/terminal-7/cmd",
        payload='{"v":1}',
        created_s=NOON_S,
        expires_s=NOON_S + 10,
    )
    return replace(entry, **changes)
