"""Processor time of the box's pose against MediaPipe's: ``python -m quantization.peers``.

Both see the same decoded pictures in one run, chunk by chunk in turn, so that whatever else the
machine does hits both alike. Each is held to one core and counted by the processor time of its
whole process, all threads; decoding, colour conversion for MediaPipe and the pipe to it are left
out. The first chunk warms up and is not counted; everybody tracks on from there.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from appliance.cameras.clip import ClipSource
from appliance.domain.frames import CameraKey, Frame
from appliance.domain.models import Precision
from appliance.errors import CameraError
from appliance.inference.library import EngineChoice, ModelLibrary
from appliance.perception.blazepose.detector import PoseDetector
from appliance.perception.blazepose.tracker import PoseTracker
from quantization.measure.peers.expression import WIDE_PX, ExpressionCost, WithExpression
from quantization.measure.peers.process import FULL_COMPLEXITY, MediaPipePose, make_environment

CHUNK_FRAMES = 30  # two seconds of the box's rate: long against a switch of caches, short to a clip

BARS = {"lite": 0.45, "full": 0.75}
"""Most processor time per frame over MediaPipe's full model that we allow ourselves."""

EXPRESSION_SPEEDUP = 2.5
"""Least ratio of MediaPipe's full model + a float MobileViT to the box's lite pose + expression,
both encoders at the box's own size (docs/DESIGN.md, 10)."""

WIDE_SPEEDUP = 3.5
"""The same with the encoder at its usual 256 pixels."""

app = typer.Typer(add_completion=False)
_console = Console()
_progress = Console(stderr=True)


class Variants(StrEnum):
    """Which landmark models of the box take part."""

    LITE = "lite"
    FULL = "full"
    BOTH = "both"

    @property
    def names(self) -> tuple[str, ...]:
        """The models."""
        return tuple(BARS) if self is Variants.BOTH else (self.value,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one contender spent on one chunk."""

    cpu_s: float
    """Processor time, seconds."""

    found: int
    """Frames with a pose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table."""

    name: str
    """Contender."""

    cpu_ms_per_frame: float
    """Processor time, milliseconds."""

    found: float
    """Share of frames with a pose."""

    of_mediapipe: float
    """Its time over MediaPipe's in the same run."""

    spread: tuple[float, float]
    """Quartiles of that ratio over the chunks."""

    bar: float | None
    """Most that is allowed; None where nothing is said."""

    holds: bool | None
    """True when the ratio is not over the bar."""


Play = Callable[[list[Frame]], Cost]

MEDIAPIPE_ROW = "MediaPipe 0.10.21 full"


def chunks(clip: Path, *, frames: int) -> Iterator[list[Frame]]:
    """Yield decoded frames in lists of ``CHUNK_FRAMES``; the last one may be shorter.

    Args:
        clip: Video file.
        frames: How many in all; 0 for the whole clip.

    Raises:
        CameraError: The clip cannot be read.
    """
    source = ClipSource(camera=CameraKey("peers"), path=clip)
    source.open()
    try:
        read = 0
        gathered: list[Frame] = []
        while (frames == 0 or read < frames) and (frame := source.read()) is not None:
            gathered.append(frame)
            read += 1
            if len(gathered) == CHUNK_FRAMES:
                yield gathered
                gathered = []
        if gathered:
            yield gathered
    finally:
        source.close()


def tracker_play(tracker: PoseTracker) -> Play:
    """Return how the box's own tracker plays a chunk, on the clip's clock."""

    def play(frames: list[Frame]) -> Cost:
        started_s = time.process_time()
        found = [tracker.track(frame.pixels, frame.captured_at_s) is not None for frame in frames]
        return Cost(cpu_s=time.process_time() - started_s, found=sum(found))

    return play


def mediapipe_play(peer: MediaPipePose) -> Play:
    """Return how MediaPipe plays a chunk."""

    def play(frames: list[Frame]) -> Cost:
        result = peer.play([frame.pixels for frame in frames])
        return Cost(cpu_s=result.cpu_s, found=int((~np.isnan(result.pose[:, 0, 0])).sum()))

    return play


def tabulate(
    costs: dict[str, list[Cost]], counts: list[int], *, bars: dict[str, float]
) -> list[Row]:
    """Turn costs per chunk into rows; the first chunk is the warm-up.

    Args:
        costs: Per contender one cost per chunk; ``MEDIAPIPE_ROW`` is what the others compare to.
        counts: Frames of each chunk.
        bars: Bars of those contenders that have one; equality holds.

    Raises:
        CameraError: There is only the warm-up.
    """
    if len(counts) < 2:
        msg = f"too short: {sum(counts)} frames, of which the first {CHUNK_FRAMES} are to warm up"
        raise CameraError(msg)
    frames = sum(counts[1:])
    base = np.array([cost.cpu_s for cost in costs[MEDIAPIPE_ROW][1:]])
    rows = []
    for name, per_chunk in costs.items():
        spent = np.array([cost.cpu_s for cost in per_chunk[1:]])
        ratio = float(spent.sum() / base.sum())
        low, high = np.percentile(spent / base, [25, 75])
        bar = bars.get(name)
        rows.append(
            Row(
                name=name,
                cpu_ms_per_frame=float(1000 * spent.sum() / frames),
                found=sum(cost.found for cost in per_chunk[1:]) / frames,
                of_mediapipe=ratio,
                spread=(float(low), float(high)),
                bar=bar,
                holds=None if bar is None else ratio <= bar,
            )
        )
    return rows


def measure(
    *,
    clip: Path,
    frames: int,
    variants: tuple[str, ...],
    models_dir: Path,
    python: Path,
    expression: bool = False,
    wide: Path | None = None,
    watch: Callable[[int], object] = lambda _: None,
) -> tuple[list[Row], ExpressionCost | None]:
    """Play one clip to everybody.

    Args:
        clip: Video file.
        frames: How many frames; 0 for all.
        variants: Landmark models of the box.
        models_dir: Folder of model folders.
        python: Interpreter of the environment with MediaPipe.
        expression: Also measure pose and expression together.
        wide: Float encoder at 256 pixels to compare with as well.
        watch: Is told how many frames are done.

    Returns:
        One row per contender, and the cost with the expression when asked for.

    Raises:
        ApplianceError: A clip, a model or MediaPipe cannot be used.
    """
    cv2.setNumThreads(1)
    allowed = os.sched_getaffinity(0)
    # Everybody on the same core: they work in turn, and cores differ in what else they do.
    core = max(allowed)
    os.sched_setaffinity(0, {core})
    try:
        with ExitStack() as stack:
            peer = stack.enter_context(MediaPipePose(python, complexity=FULL_COMPLEXITY, core=core))
            players: dict[str, Play] = {MEDIAPIPE_ROW: mediapipe_play(peer)}
            bars = {}
            library = ModelLibrary(models_dir, lanes=1)
            for variant in variants:
                for name, tracker in _trackers(library, variant):
                    players[name] = tracker_play(tracker)
                    bars[name] = BARS[variant]
            both = WithExpression(library, wide=wide) if expression else None
            costs: dict[str, list[Cost]] = {name: [] for name in players}
            counts: list[int] = []
            for number, chunk in enumerate(chunks(clip, frames=frames)):
                # Whoever starts pays for cold caches: everybody does so in turn.
                names = list(players)
                turn = number % len(names)
                for name in names[turn:] + names[:turn]:
                    costs[name].append(players[name](chunk))
                if both is not None:
                    both.play(chunk)
                counts.append(len(chunk))
                watch(sum(counts))
            rows = tabulate(costs, counts, bars=bars)
            return rows, None if both is None else both.cost(rows[0].cpu_ms_per_frame)
    finally:
        os.sched_setaffinity(0, allowed)


def _trackers(library: ModelLibrary, variant: str) -> list[tuple[str, PoseTracker]]:
    """Return the box's tracker in float and, where it differs, as the box loads it."""
    model = f"pose_landmark_{variant}"
    backend = EngineChoice.OPENVINO
    marked = [
        file.precision
        for file in library.spec(model).files
        if file.default and file.backend == backend.value
    ]
    detector = library.load("pose_detector", choice=backend)
    return [
        (
            f"Classroom Box {variant}, {backend} {precision}",
            PoseTracker(
                detector=PoseDetector(detector.session()),
                landmarks=library.load(model, choice=backend, precision=precision).session(),
            ),
        )
        for precision in dict.fromkeys([Precision.F32, *marked])
    ]


@app.command()
def peers(
    *,
    clip: Annotated[
        Path | None, typer.Option(help="Video file; default bench_people_480p.mp4 of --data.")
    ] = None,
    data: Annotated[Path, typer.Option(help="Folder with video/.")] = Path("../shared/data"),
    variant: Annotated[Variants, typer.Option(help="Landmark models.")] = Variants.BOTH,
    frames: Annotated[int, typer.Option(min=0, help="How many; 0 = all.")] = 600,
    expression: Annotated[
        bool, typer.Option("--expression", help="Also pose and expression together.")
    ] = False,
    wide: Annotated[
        Path | None,
        typer.Option(help="With --expression: what python -m training.expression_float wrote."),
    ] = None,
    models: Annotated[Path, typer.Option(help="Folder of model folders.")] = Path(
        "optimized_models"
    ),
    cache: Annotated[Path, typer.Option(help="Keeps MediaPipe's environment.")] = Path(
        "build/peers"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Measure the pose pipeline against MediaPipe 0.10.21 in Python, same frames, same run."""
    played = clip or data / "video" / "bench_people_480p.mp4"
    with _progress.status("MediaPipe 0.10.21 in an environment of its own"):
        python = make_environment(cache)
    # No refresh thread: its processor time would be counted as the box's.
    with Progress(console=_progress, auto_refresh=False, transient=True) as progress:
        task = progress.add_task("playing", total=frames or None)

        def watch(done: int) -> None:
            progress.update(task, completed=done)
            progress.refresh()

        rows, spent = measure(
            clip=played,
            frames=frames,
            variants=variant.names,
            models_dir=models,
            python=python,
            expression=expression,
            wide=wide,
            watch=watch,
        )
    if as_json:
        together = (
            None
            if spent is None
            else {
                **asdict(spent),
                "speedup": spent.speedup,
                "wide_speedup": spent.wide_speedup,
            }
        )
        told = {"clip": played.name, "rows": [asdict(row) for row in rows], "expression": together}
        print(json.dumps(told))
        return
    _print(rows, spent)


def _print(rows: list[Row], spent: ExpressionCost | None) -> None:
    table = Table("", "CPU ms/frame", "of MediaPipe", "quartiles", "bar", "found")
    for row in rows:
        bar = "" if row.bar is None else f"{row.bar:.2f} {'holds' if row.holds else 'MISSED'}"
        low, high = row.spread
        table.add_row(
            row.name,
            f"{row.cpu_ms_per_frame:.2f}",
            f"{row.of_mediapipe:.3f}",
            f"{low:.3f} to {high:.3f}",
            bar,
            f"{row.found:.3f}",
        )
    _console.print(table)
    if spent is not None:
        _console.print(
            f"pose + expression: box {spent.box_ms:.2f} ms, MediaPipe full + float MobileViT at "
            f"{spent.input_px}² {spent.peer_ms:.2f} ms: {spent.speedup:.2f} times "
            f"(at least {EXPRESSION_SPEEDUP})",
            soft_wrap=True,
        )
        if spent.wide_ms is not None:
            _console.print(
                f"the same with a float MobileViT at {WIDE_PX}² {spent.wide_ms:.2f} ms: "
                f"{spent.wide_speedup:.2f} times (at least {WIDE_SPEEDUP})",
                soft_wrap=True,
            )
