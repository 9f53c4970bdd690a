"""What jitter, lag and re-acquisition are, in one row for each landmark model."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from appliance.domain.arrays import Float32Array
from appliance.inference.library import ModelLibrary
from appliance.perception.blazepose.tracker import PoseTracker
from quantization.measure.box import LandmarkForm, Variant, load_tracker
from quantization.measure.motion.jitter import Motion, jitter, jitter_at_equal_lag, lag_frames
from quantization.measure.motion.recovery import draw_absences, recover, share_within
from quantization.measure.motion.truth import SeatClip
from quantization.measure.peers.process import MediaPipePose
from quantization.measure.pose import stack_poses

CHUNK_FRAMES = 60
RECOVERY_LIMIT_S = 0.3
AWAY_S = {"1-5 s": (1.0, 5.0), "12-20 s": (12.0, 20.0)}
"""Short absences, and ones after which the seat counts as empty (``tracker.RECOVERY_S``)."""

_progress = Console(stderr=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class JitterRow:
    """The box against MediaPipe's model of the same size, over all seats."""

    variant: Variant
    """Landmark model."""

    fps: float
    """Pictures per second."""

    lag_ms: tuple[float, float]
    """The box's and MediaPipe's, from each picture's time."""

    jitter: tuple[float, float]
    """At their own lags, shoulder widths per squared frame."""

    jitter_at_equal_lag: tuple[float, float]
    """After both were delayed to one lag."""

    ratio: float
    """The box's over MediaPipe's at equal lag."""

    lost: tuple[float, float]
    """Share of pictures without a pose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryRow:
    """Times to a good pose after an absence."""

    variant: Variant
    """Landmark model."""

    away: str
    """How long the person was out of sight."""

    trials: int
    """How many absences."""

    within_limit: float
    """Share of them with a good pose after at most 300 ms."""

    median_ms: float
    """Median wait."""

    worst_ms: float | None
    """Longest wait; None when a pose did not come back at all."""


def compare_jitter(
    seats: list[SeatClip],
    library: ModelLibrary,
    python: Path,
    *,
    form: LandmarkForm,
) -> JitterRow:
    """Track everybody with the box and with MediaPipe.

    Args:
        seats: People and their truth.
        library: The box's models.
        python: Interpreter of the environment with MediaPipe.
        form: Of the box's landmark model; MediaPipe's is of the same size.

    Raises:
        ApplianceError: A model or MediaPipe cannot be used.
    """
    motions: tuple[list[Motion], list[Motion]] = ([], [])
    lost: tuple[list[float], list[float]] = ([], [])
    label = f"jitter, {form.variant}"
    for seat in track(seats, description=label, console=_progress, transient=True):
        both = (_box(seat, load_tracker(library, form)), _mediapipe(seat, python, form.variant))
        for side, pose in enumerate(both):
            lost[side].append(float(np.isnan(pose[:, 0, 0]).mean()))
            motions[side].append(_motion(seat, pose))
    fps = seats[0].fps
    lags = (lag_frames(motions[0]), lag_frames(motions[1]))
    equal = jitter_at_equal_lag(*motions)
    return JitterRow(
        variant=form.variant,
        fps=fps,
        lag_ms=(1000 * lags[0] / fps, 1000 * lags[1] / fps),
        jitter=(
            jitter(motions[0], lag_frames=lags[0]),
            jitter(motions[1], lag_frames=lags[1]),
        ),
        jitter_at_equal_lag=equal,
        ratio=equal[0] / equal[1],
        lost=(float(np.mean(lost[0])), float(np.mean(lost[1]))),
    )


def time_recovery(
    seats: list[SeatClip],
    library: ModelLibrary,
    *,
    form: LandmarkForm,
    away: str,
    trials: int,
    seed: int,
) -> RecoveryRow:
    """Hide everybody ``trials`` times in all and time how they are found again.

    Raises:
        ModelLoadError: A model cannot be loaded.
    """
    waits = [
        recover(load_tracker(library, form), seat, absence)
        for number, seat in enumerate(
            track(seats, description=f"away {away}", console=_progress, transient=True)
        )
        for absence in draw_absences(
            seat, count=math.ceil(trials / len(seats)), away_s=AWAY_S[away], seed=seed + number
        )
    ]
    worst = max(waits)
    return RecoveryRow(
        variant=form.variant,
        away=away,
        trials=len(waits),
        within_limit=share_within(waits, RECOVERY_LIMIT_S),
        median_ms=1000 * float(np.median(waits)),
        worst_ms=1000 * worst if math.isfinite(worst) else None,
    )


def _box(seat: SeatClip, tracker: PoseTracker) -> Float32Array:
    poses = [
        tracker.track(picture, number / seat.fps) for number, picture in enumerate(seat.pictures)
    ]
    return stack_poses([None if pose is None else pose.points for pose in poses])


def _mediapipe(seat: SeatClip, python: Path, variant: Variant) -> Float32Array:
    with MediaPipePose(python, variant=variant) as peer:
        return np.concatenate(
            [
                peer.play(seat.pictures[start : start + CHUNK_FRAMES]).pose
                for start in range(0, len(seat.pictures), CHUNK_FRAMES)
            ]
        )


def _motion(seat: SeatClip, pose: Float32Array) -> Motion:
    """Return the track; a picture without a pose keeps the last one, as a user would see it."""
    truth = seat.joints / seat.shoulders_px
    errors = seat.errors(pose)
    for frame in range(1, len(errors)):
        if np.isnan(errors[frame]).any():
            errors[frame] = errors[frame - 1] + truth[frame - 1] - truth[frame]
    return Motion(track=np.nan_to_num(errors) + truth, truth=truth)
