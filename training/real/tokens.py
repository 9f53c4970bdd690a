"""Observations of a clip to tokens, states and alerts, through the box's own stages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from appliance.domain.affect import AFFECTS, Affect, AffectReading, ReadingStatus
from appliance.domain.alerts import Alert
from appliance.domain.arrays import BoolArray, Float32Array, Float64Array
from appliance.domain.observations import ActionCues, FaceCues, Observation
from appliance.domain.seats import OccupancyKey
from appliance.domain.tokens import FaceColumn, SeatStatus, TokenBatch, face_column
from appliance.fusion.fuser import Fuser
from appliance.ports import InferenceSession
from appliance.warning.monitor import EpisodeMonitor
from appliance.windows.seat_windows import SeatWindows
from appliance.windows.slots import MIN_TRUST
from appliance.windows.token_grid import TokenGrid
from training.datasets.filmed_people import FILMED, FilmedClip
from training.progress import tracked
from training.real.observations import SEAT, EngineForms, SeenClip, prolong, read_clip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClipTokens:
    """T tokens of one seat."""

    batches: Sequence[TokenBatch] = field(repr=False)
    """As the fuser takes them."""

    embedding: Float32Array = field(repr=False)
    """(T, 320) mean f_t of each token's trusted faces; NaN where there is none."""

    projection: Float32Array = field(repr=False)
    """(T, 16) likewise, the projection before it is recentred."""

    @property
    def face(self) -> Float32Array:
        """(T, FACE_SIZE) face stream."""
        return np.array([batch.face[0] for batch in self.batches], dtype=np.float32)

    @property
    def pose(self) -> Float32Array:
        """(T, POSE_STREAM_SIZE) pose stream."""
        return np.array([batch.pose[0] for batch in self.batches], dtype=np.float32)

    @property
    def at_s(self) -> Float64Array:
        """(T,) ends of the tokens, seconds."""
        return np.array([batch.at_s[0] for batch in self.batches])

    @property
    def present(self) -> BoolArray:
        """(T,) somebody can be read."""
        return np.array([one.status[0] is SeatStatus.PRESENT for one in self.batches], np.bool_)

    @property
    def face_present(self) -> BoolArray:
        """(T,) there is a trusted face."""
        seen = np.isfinite(self.projection).all(axis=1)
        return np.asarray(seen & (self.face[:, face_column(FaceColumn.FACE_PRESENT)] > 0))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClipDecisions:
    """What the box says about T tokens."""

    leading: NDArray[np.int8] = field(repr=False)
    """(T,) index into ``AFFECTS`` of the most probable state; -1 where nobody can be read."""

    known: BoolArray = field(repr=False)
    """(T,) the reading may lead to an action."""

    probabilities: Float32Array = field(repr=False)
    """(T, 4)."""

    evaluations: tuple[Alert, ...]
    """Open episodes on each whole second."""

    @property
    def opened(self) -> tuple[Alert, ...]:
        """Each episode as it was when it opened."""
        return tuple(alert for alert in self.evaluations if alert.opened)

    def episodes(self, affect: Affect) -> int:
        """Return how many episodes were ever of this type."""
        return len({alert.episode for alert in self.evaluations if alert.affect is affect})


def watch_filmed(
    data: Path, *, work: Path | None, until_s: float
) -> Iterator[tuple[FilmedClip, SeenClip, ClipTokens]]:
    """Yield what the box sees of every clip of one person, a short one repeated.

    Args:
        data: Folder with ``video``.
        work: Where what was seen of the clips is kept; None for nowhere.
        until_s: Up to where a short clip is repeated, seconds.

    Raises:
        CameraError: A clip cannot be read.
    """
    for clip in tracked(FILMED, "clips"):
        path = data / "video" / clip.name
        seen = read_clip(path, forms=EngineForms(), work=work, first=clip.first, last=clip.last)
        yield clip, seen, pool_tokens(prolong(seen, until_s=until_s))


def pool_tokens(observations: Sequence[Observation]) -> ClipTokens:
    """Close every token of a clip through the box's windows."""
    keys = count()
    windows = SeatWindows(seats=[SEAT], new_key=lambda: OccupancyKey(f"o{next(keys)}"))
    grid = TokenGrid(skip_gaps=False)
    batches, faces, waiting = [], [], list[Observation]()
    for one in observations:
        windows.append(one)
        waiting.append(one)
        while (end_s := grid.close(one.captured_at_s)) is not None:
            batches.append(windows.close({SEAT: end_s}))
            due = [seen.face for seen in waiting if seen.captured_at_s <= end_s]
            waiting = [seen for seen in waiting if seen.captured_at_s > end_s]
            faces.append([face for face in due if _is_full(face) and face.trust >= MIN_TRUST])
    return ClipTokens(
        batches=batches,
        embedding=_mean_of([[face.embedding for face in one] for one in faces], 320),
        projection=_mean_of([[face.projection for face in one] for one in faces], 16),
    )


def decide(tokens: ClipTokens, session: InferenceSession) -> ClipDecisions:
    """Follow tokens through fusion and warning with the box's defaults."""
    fuser = Fuser(session, seats=1)
    numbers = count()
    monitor = EpisodeMonitor(levels={}, new_id=lambda: f"e{next(numbers)}")
    readings: list[AffectReading] = []
    evaluations: list[Alert] = []
    for batch in tokens.batches:
        (reading,) = fuser.read(batch)
        readings.append(reading)
        evaluations += monitor.assess(reading)
    return ClipDecisions(
        leading=np.array(
            [
                AFFECTS.index(one.leading) if present else -1
                for one, present in zip(readings, tokens.present, strict=True)
            ],
            dtype=np.int8,
        ),
        known=np.array([one.status is ReadingStatus.KNOWN for one in readings], dtype=np.bool_),
        probabilities=np.array([one.probabilities for one in readings], dtype=np.float32),
        evaluations=tuple(evaluations),
    )


def _is_full(face: ActionCues | None) -> TypeGuard[FaceCues]:
    return isinstance(face, FaceCues)


def _mean_of(rows: Sequence[Sequence[Float32Array]], size: int) -> Float32Array:
    return np.array(
        [np.mean(row, axis=0) if row else np.full(size, np.nan) for row in rows], dtype=np.float32
    ).reshape(len(rows), size)
