"""Processor time of the box's pose against MediaPipe's: ``python -m quantization.peers``.

Both see the same decoded pictures in one run, chunk by chunk in turn, so that whatever else the
machine does hits both alike. Each is held to one core and counted by the processor time of its
whole process, all threads; decoding, colour conversion for MediaPipe and the pipe to it are left
out. The first chunk warms up and is not counted; everybody tracks on from there.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import cv2
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from appliance.domain.models import Precision
from appliance.inference.library import EngineChoice, ModelLibrary
from quantization.measure.box import LandmarkForm, Variant, load_tracker
from quantization.measure.peers.costs import (
    MEDIAPIPE_ROW,
    Cost,
    Play,
    Row,
    chunks,
    mediapipe_play,
    tabulate,
    tracker_play,
)
from quantization.measure.peers.expression import WIDE_PX, ExpressionCost, WithExpression
from quantization.measure.peers.process import MediaPipePose, make_environment

BARS = {Variant.LITE: 0.45, Variant.FULL: 0.75}
"""Most processor time per frame over MediaPipe's full model that we allow ourselves."""

EXPRESSION_SPEEDUP = 2.5
"""Least ratio of MediaPipe's full model + a float MobileViT to the box's lite pose + expression,
both encoders at the box's own size (docs/DESIGN.md, 10)."""

WIDE_SPEEDUP = 3.5
"""The same with the encoder at its usual 256 pixels."""

app = typer.Typer(add_completion=False)
_console = Console()
_progress = Console(stderr=True)


class Contenders(StrEnum):
    """Which landmark models of the box take part."""

    LITE = "lite"
    FULL = "full"
    BOTH = "both"

    @property
    def variants(self) -> list[Variant]:
        """The models."""
        return list(Variant) if self is Contenders.BOTH else [Variant(self.value)]


def measure(
    *,
    clip: Path,
    frames: int,
    variants: Sequence[Variant],
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
            peer = stack.enter_context(MediaPipePose(python, variant=Variant.FULL, core=core))
            players: dict[str, Play] = {MEDIAPIPE_ROW: mediapipe_play(peer)}
            bars = {}
            library = ModelLibrary(models_dir, lanes=1)
            for variant in variants:
                for form in _forms(library, variant):
                    name = f"Classroom Box {variant}, {form.engine} {form.precision}"
                    players[name] = tracker_play(load_tracker(library, form))
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


def _forms(library: ModelLibrary, variant: Variant) -> Iterator[LandmarkForm]:
    """Yield float and, where it differs, what the box takes unasked."""
    engine = EngineChoice.OPENVINO
    marked = [
        file.precision
        for file in library.spec(f"pose_landmark_{variant}").files
        if file.default and file.backend == engine.value
    ]
    for precision in dict.fromkeys([Precision.F32, *marked]):
        yield LandmarkForm(engine=engine, precision=precision, variant=variant)


@app.command()
def peers(
    *,
    clip: Annotated[
        Path | None, typer.Option(help="Video file; default bench_people_480p.mp4 of --data.")
    ] = None,
    data: Annotated[Path, typer.Option(help="Folder with video/.")] = Path("../shared/data"),
    variant: Annotated[Contenders, typer.Option(help="Landmark models.")] = Contenders.BOTH,
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
            variants=variant.variants,
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
