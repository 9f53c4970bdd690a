"""A recording out of a clip: the stages, rules and engines of the box, without a broker.

Nothing is stored and nothing is sent. The clip waits for the stages, so no frame that the box
would look at is dropped, and every run gives the same readings.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from appliance.cameras.clip import ClipSource
from appliance.commands.replay.recording import Cover, Recording, SeatTrack, empty_probabilities
from appliance.deciding import TickResult
from appliance.domain.affect import ReadingStatus, StudentState
from appliance.domain.alerts import Episode
from appliance.domain.arrays import Float32Array
from appliance.domain.frames import CameraKey, Frame
from appliance.domain.ids import RANDOM_BYTES, uuid7
from appliance.domain.interventions import Measure
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.tokens import TOKEN_S, SeatStatus
from appliance.errors import CameraError, InferenceError, StuckEngineError
from appliance.pipeline import Pipeline
from appliance.service.models import Models, count_lanes
from appliance.service.stages import build_pipeline
from appliance.settings.layout import seat_cameras, seats_with_consent
from appliance.settings.tree import Settings
from appliance.windows.token_grid import TokenGrid

CROWDED = 0.1
"""Part of the tokens with two people on a seat above which the regions are probably missing."""

_COVER_OF_STATUS = {
    ReadingStatus.KNOWN: Cover.KNOWN,
    ReadingStatus.UNKNOWN: Cover.UNKNOWN,
    ReadingStatus.WARMING_UP: Cover.WARMING_UP,
    ReadingStatus.ABSENT: Cover.NOTHING,
}


@dataclass(frozen=True, slots=True)
class _Consents:
    """The consent that the configuration states; nobody can be asked while a clip is replayed."""

    seats: frozenset[SeatKey]

    def granted(self, seat: SeatKey) -> bool:
        """Tell whether a seat may be looked at."""
        return seat in self.seats


@dataclass(slots=True)
class _SeatRecord:
    """What came out about one seat, token by token."""

    cover: list[Cover] = field(default_factory=list)
    probabilities: list[Float32Array] = field(default_factory=list)
    occupancies: list[OccupancyKey | None] = field(default_factory=list)
    status: Counter[SeatStatus] = field(default_factory=Counter)


@dataclass(slots=True)
class Collector:
    """Gathers the results of all tokens; times are those of the clip."""

    seats: dict[SeatKey, _SeatRecord]
    episodes: dict[str, Episode] = field(default_factory=dict)
    measures: list[Measure] = field(default_factory=list)
    states: tuple[StudentState, ...] = ()

    @classmethod
    def of(cls, seats: Mapping[SeatKey, CameraKey]) -> "Collector":
        """Begin with nothing seen on these seats."""
        return cls({seat: _SeatRecord() for seat in seats})

    def take(self, result: TickResult) -> None:
        """Add one token of every seat."""
        rows = zip(result.tokens.seats, result.tokens.status, strict=True)
        for key, status in rows:
            self.seats[key].status[status] += 1
        for reading in result.readings:
            self.states = reading.states
            if reading.at_s < TOKEN_S / 2:
                continue  # the token that ends with the first frame lies before the clip
            seat = self.seats[reading.seat]
            seat.cover.append(_COVER_OF_STATUS[reading.status])
            seat.probabilities.append(reading.probabilities)
            seat.occupancies.append(reading.occupancy)
        for alert in result.alerts:
            if alert.opened:
                self.episodes[alert.episode] = Episode(
                    seat=alert.seat,
                    affect=alert.affect,
                    onset_s=alert.onset_s,
                    raised_s=alert.at_s,
                    cleared_s=None,
                    intensity=alert.intensity,
                    mean_score=alert.evidence.mean_score,
                )
            if alert.cleared:
                self.episodes[alert.episode] = replace(
                    self.episodes[alert.episode], cleared_s=alert.at_s
                )
        self.measures += [
            Measure(
                seat=one.seat,
                affect=one.affect,
                action=one.action,
                at_s=one.at_s,
                rule=one.rule,
                reason=one.reason,
            )
            for one in result.interventions
        ]

    def tracks(self) -> tuple[SeatTrack, ...]:
        """Return every seat on the common grid."""
        return tuple(_track(key, seat, len(self.states)) for key, seat in self.seats.items())

    def crowded(self) -> tuple[SeatKey, ...]:
        """Return the seats on which two people were seen for long."""
        return tuple(
            key
            for key, seat in self.seats.items()
            if seat.status[SeatStatus.AMBIGUOUS] > CROWDED * seat.status.total()
        )


def replay_clip(
    path: Path,
    settings: Settings,
    *,
    seconds: float = float("inf"),
    progress: Callable[[float], None] = lambda _: None,
    told: Callable[[TickResult], None] = lambda _: None,
) -> Recording:
    """Look at a clip as the box would and return everything that came out.

    Args:
        path: Any video file.
        settings: With the one camera whose seats the clip shows; its ``source`` is not opened.
        seconds: Stop after this much of the clip.
        progress: Told the media time after every frame, seconds.
        told: Told what came out, token by token, before the clip has ended.

    Raises:
        CameraError: The clip cannot be read to its end, or has no frame.
        ModelLoadError: A model is missing or damaged.
        StuckEngineError: A request never ended.
    """
    ((name, camera),) = settings.cameras.items()
    seats = seat_cameras(settings)
    lanes = min(count_lanes(settings), len(seats))
    cv2.setNumThreads(1)  # as in the box: the lanes are the threads
    models = Models(settings, lanes=lanes)
    source = ClipSource(camera=CameraKey(name), path=path, fps=camera.fps)
    consents = _Consents(frozenset(seats_with_consent(settings)))
    pipeline = build_pipeline(
        settings,
        models,
        consent=consents,
        context=lambda _: None,  # no terminal says what its student is doing
        new_id=_new_id,
    )
    collector = Collector.of(seats)
    failed: Counter[SeatKey] = Counter()
    grid = TokenGrid(skip_gaps=False)
    source.open()
    try:
        with ThreadPoolExecutor(max_workers=lanes, thread_name_prefix="lane") as pool:
            while (frame := source.read()) is not None and frame.captured_at_s < seconds:
                # A seat is never on two lanes, and the next frame waits for all seats.
                looked = pool.map(partial(_looks, pipeline, frame=frame), seats)
                failed.update(seat for seat, done in zip(seats, looked, strict=True) if not done)
                while (end_s := grid.close(frame.captured_at_s)) is not None:
                    result = pipeline.tick(dict.fromkeys(seats, end_s))
                    collector.take(result)
                    told(result)
                progress(frame.captured_at_s)
    finally:
        source.close()
    tracks = collector.tracks()
    tokens = len(tracks[0].cover)
    if not tokens:
        msg = f"{path}: shorter than one token of {TOKEN_S:g} s; nothing to look at"
        raise CameraError(msg)
    return Recording(
        source=path.name,
        kind="clip",
        started="",
        duration_s=tokens * TOKEN_S,
        states=tuple(state.value for state in collector.states),
        models={spec.name: spec.version for spec in models.specs()},
        theta=settings.warning.theta,
        tracks=tracks,
        episodes=tuple(collector.episodes.values()),
        measures=tuple(collector.measures),
        notes=_notes(
            settings,
            crowded=collector.crowded(),
            failed=failed,
            denied=[seat for seat in seats if not consents.granted(seat)],
            duration_s=tokens * TOKEN_S,
        ),
    )


def _looks(pipeline: Pipeline, seat: SeatKey, *, frame: Frame) -> bool:
    """Look at one seat of a frame; False where the engine failed, as the box would go on too."""
    try:
        pipeline.observe(seat, frame)
    except StuckEngineError:
        raise
    except InferenceError:
        return False
    return True


def _track(key: SeatKey, seat: _SeatRecord, states: int) -> SeatTrack:
    cover = np.array(seat.cover, dtype=np.uint8)
    probabilities = empty_probabilities(len(cover), states)
    known = cover == Cover.KNOWN
    if known.any():
        probabilities[known] = np.stack(seat.probabilities)[known]
    changes_s: list[float] = []
    before: OccupancyKey | None = None
    for index, occupancy in enumerate(seat.occupancies):
        if occupancy is not None and before is not None and occupancy != before:
            changes_s.append(index * TOKEN_S)
        before = occupancy or before
    return SeatTrack(seat=key, cover=cover, probabilities=probabilities, changes_s=tuple(changes_s))


def _notes(
    settings: Settings,
    *,
    crowded: tuple[SeatKey, ...],
    failed: Counter[SeatKey],
    denied: list[SeatKey],
    duration_s: float,
) -> tuple[str, ...]:
    notes = ["Replay takes it that everybody it looks at has agreed; it stores nothing."]
    if denied:
        notes.append(
            f"Not looked at, for want of consent in the configuration: {', '.join(denied)}."
        )
    if failed:
        counts = ", ".join(f"{count} of {seat}" for seat, count in failed.items())
        notes.append(f"Frames on which an engine failed or overran, not looked at: {counts}.")
    if crowded:
        notes.append(
            f"More than one person on {', '.join(crowded)}: name the seats' regions with --config."
        )
    if duration_s < settings.warning.window_s:
        notes.append(f"Too short for a warning: the rule looks at {settings.warning.window_s:g} s.")
    return tuple(notes)


def _new_id() -> str:
    return uuid7(wall_s=time.time(), randomness=os.urandom(RANDOM_BYTES))
