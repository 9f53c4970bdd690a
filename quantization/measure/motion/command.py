"""Jitter, lag and re-acquisition against the truth of renders: ``python -m quantization.motion``.

Jitter and lag are compared with MediaPipe's Python solution on the same pictures. Its clock
advances 1/30 s per picture whatever the clip's rate, so the clips should have 30 frames/s; every
second picture of them is the box's own rate, at which MediaPipe filters as if time went half as
fast (later and steadier), which is why both are put at equal lag. Re-acquisition is the box's
tracker alone, as it runs live, at 15 frames/s: from the first picture that shows a person again to
the first good pose.
"""

import json
import math
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from appliance.domain.arrays import Float32Array
from appliance.domain.models import Precision
from appliance.errors import MissingProgramError
from appliance.inference.library import EngineChoice, ModelLibrary
from appliance.perception.blazepose.detector import PoseDetector
from appliance.perception.blazepose.tracker import PoseTracker
from quantization.measure.motion.jitter import Motion, jitter, jitter_at_equal_lag, lag_frames
from quantization.measure.motion.recovery import draw_absences, recover, share_within
from quantization.measure.motion.truth import SeatClip, read_seats
from quantization.measure.peers.process import (
    FULL_COMPLEXITY,
    LITE_COMPLEXITY,
    MediaPipePose,
    add_lite_model,
    make_environment,
)
from quantization.sources import fetch

LIVE_FPS = 15.0  # docs/DESIGN.md, 10
VARIANTS = {"lite": LITE_COMPLEXITY, "full": FULL_COMPLEXITY}
CHUNK_FRAMES = 60
RECOVERY_LIMIT_S = 0.3
AWAY_S = {"1-5 s": (1.0, 5.0), "12-20 s": (12.0, 20.0)}
"""Short absences, and ones after which the seat counts as empty (``tracker.RECOVERY_S``)."""

app = typer.Typer(add_completion=False)
_console = Console()
_progress = Console(stderr=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class JitterRow:
    """The box against MediaPipe's model of the same size, over all seats."""

    variant: str
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

    variant: str
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
    variant: str,
    precision: Precision | None,
) -> JitterRow:
    """Track everybody with the box and with MediaPipe.

    Args:
        seats: People and their truth.
        library: The box's models.
        python: Interpreter of the environment with MediaPipe.
        variant: Landmark model.
        precision: Number format of the box's; None takes what the box takes unasked.

    Raises:
        ApplianceError: A model or MediaPipe cannot be used.
    """
    motions: tuple[list[Motion], list[Motion]] = ([], [])
    lost: tuple[list[float], list[float]] = ([], [])
    for seat in track(seats, description=f"jitter, {variant}", console=_progress, transient=True):
        tracker = _tracker(library, variant, precision)
        both = (_box(seat, tracker), _mediapipe(seat, python, variant))
        for side, pose in enumerate(both):
            lost[side].append(float(np.isnan(pose[:, 0, 0]).mean()))
            motions[side].append(_motion(seat, pose))
    fps = seats[0].fps
    lags = (lag_frames(motions[0]), lag_frames(motions[1]))
    equal = jitter_at_equal_lag(*motions)
    return JitterRow(
        variant=variant,
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
    variant: str,
    precision: Precision | None,
    away: str,
    trials: int,
    seed: int,
) -> RecoveryRow:
    """Hide everybody ``trials`` times in all and time how they are found again.

    Raises:
        ModelLoadError: A model cannot be loaded.
    """
    waits = [
        recover(_tracker(library, variant, precision), seat, absence)
        for number, seat in enumerate(
            track(seats, description=f"away {away}", console=_progress, transient=True)
        )
        for absence in draw_absences(
            seat, count=math.ceil(trials / len(seats)), away_s=AWAY_S[away], seed=seed + number
        )
    ]
    worst = max(waits)
    return RecoveryRow(
        variant=variant,
        away=away,
        trials=len(waits),
        within_limit=share_within(waits, RECOVERY_LIMIT_S),
        median_ms=1000 * float(np.median(waits)),
        worst_ms=1000 * worst if math.isfinite(worst) else None,
    )


def _tracker(library: ModelLibrary, variant: str, precision: Precision | None) -> PoseTracker:
    """Return the box's tracker with live settings."""
    backend = EngineChoice.OPENVINO
    landmarks = library.load(f"pose_landmark_{variant}", choice=backend, precision=precision)
    detector = library.load("pose_detector", choice=backend)
    return PoseTracker(detector=PoseDetector(detector.session()), landmarks=landmarks.session())


def _box(seat: SeatClip, tracker: PoseTracker) -> Float32Array:
    nobody = np.full((33, 4), np.nan, dtype=np.float32)
    poses = [
        tracker.track(picture, number / seat.fps) for number, picture in enumerate(seat.pictures)
    ]
    return np.stack([nobody if pose is None else pose.points for pose in poses])


def _mediapipe(seat: SeatClip, python: Path, variant: str) -> Float32Array:
    with MediaPipePose(python, complexity=VARIANTS[variant]) as peer:
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


def _lite_model(cache: Path) -> Path:
    try:
        recipe = import_module("quantization.recipes.pose_landmark_lite")
    except ModuleNotFoundError as error:
        msg = f"MediaPipe's lite model needs {error.name}; pip install 'classbox[quantization]'"
        raise MissingProgramError(msg) from error
    return fetch(recipe.SOURCE, cache)


@app.command()
def motion(
    *,
    clip: Annotated[
        list[Path], typer.Option(help="Render, 30 frames/s, its truth beside it as .json.")
    ],
    variant: Annotated[
        list[str] | None, typer.Option(help="lite or full; both by default.")
    ] = None,
    precision: Annotated[
        Precision | None, typer.Option(help="Of the landmark model; what the box takes unasked.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=5, help="Of each clip.")] = 20.0,
    trials: Annotated[int, typer.Option(min=0, help="Absences per row.")] = 48,
    seed: Annotated[int, typer.Option(help="When people are away.")] = 20261122,
    models: Annotated[Path, typer.Option(help="Folder of model folders.")] = Path(
        "optimized_models"
    ),
    cache: Annotated[Path, typer.Option(help="Keeps MediaPipe's environment.")] = Path(
        "build/peers"
    ),
    sources: Annotated[Path, typer.Option(help="Keeps fetched models.")] = Path("build/sources"),
    rates: Annotated[
        bool, typer.Option(help="Jitter also at the box's own rate, every second picture.")
    ] = True,
    against_mediapipe: Annotated[
        bool, typer.Option("--jitter/--no-jitter", help="Jitter and lag against MediaPipe.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Measure jitter, lag and re-acquisition of the pose against rendered truth."""
    cv2.setNumThreads(1)
    chosen = variant or list(VARIANTS)
    unknown = sorted(set(chosen) - set(VARIANTS))
    if unknown:
        msg = f"--variant: expected {' or '.join(VARIANTS)}, got {', '.join(unknown)}"
        raise typer.BadParameter(msg)
    seats = [
        seat
        for path in clip
        for seat in read_seats(path, path.with_suffix(".json"), seconds=seconds)
    ]
    live = [seat.thinned(max(1, round(seat.fps / LIVE_FPS))) for seat in seats]
    library = ModelLibrary(models, lanes=1)
    jitters = []
    if against_mediapipe:
        python = make_environment(cache)
        if "lite" in chosen:
            add_lite_model(python, _lite_model(sources))
        jitters = [
            compare_jitter(people, library, python, variant=name, precision=precision)
            for people in ([seats, live] if rates else [seats])
            for name in chosen
        ]
    recoveries = [
        time_recovery(
            live,
            library,
            variant=name,
            precision=precision,
            away=away,
            trials=trials,
            seed=seed,
        )
        for name in chosen
        for away in AWAY_S
        if trials
    ]
    if as_json:
        told = {
            "seats": [seat.name for seat in seats],
            "jitter": [asdict(row) for row in jitters],
            "recovery": [asdict(row) for row in recoveries],
        }
        print(json.dumps(told))
        return
    _print(jitters, recoveries)


def _print(jitters: list[JitterRow], recoveries: list[RecoveryRow]) -> None:
    if jitters:
        table = Table("", "fps", "lag ms", "jitter at own lag", "at equal lag", "ratio")
        for row in jitters:
            table.add_row(
                f"{row.variant}: box / MediaPipe",
                f"{row.fps:g}",
                "{:.0f} / {:.0f}".format(*row.lag_ms),
                "{:.2e} / {:.2e}".format(*row.jitter),
                "{:.2e} / {:.2e}".format(*row.jitter_at_equal_lag),
                f"{row.ratio:.3f}",
            )
        _console.print(table)
    if recoveries:
        table = Table("", "away", "trials", "within 300 ms", "median ms", "worst ms")
        for back in recoveries:
            table.add_row(
                back.variant,
                back.away,
                str(back.trials),
                f"{back.within_limit:.3f}",
                f"{back.median_ms:.0f}",
                "never" if back.worst_ms is None else f"{back.worst_ms:.0f}",
            )
        _console.print(table)
