"""Jitter, lag and re-acquisition against the truth of renders: ``python -m quantization.motion``.

Jitter and lag are compared with MediaPipe's Python solution on the same pictures. Its clock
advances 1/30 s per picture whatever the clip's rate, so the clips should have 30 frames/s; every
second picture of them is the box's own rate, at which MediaPipe filters as if time went half as
fast (later and steadier), which is why both are put at equal lag. Re-acquisition is the box's
tracker alone, as it runs live, at 15 frames/s: from the first picture that shows a person again to
the first good pose.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import cv2
import typer
from rich.console import Console
from rich.table import Table

from appliance.domain.models import Precision
from appliance.inference.library import EngineChoice, ModelLibrary
from quantization.entry import import_extra
from quantization.measure.box import LandmarkForm, Variant
from quantization.measure.motion.rows import (
    AWAY_S,
    JitterRow,
    RecoveryRow,
    compare_jitter,
    time_recovery,
)
from quantization.measure.motion.truth import read_seats
from quantization.measure.peers.process import add_lite_model, make_environment
from quantization.sources import fetch

LIVE_FPS = 15.0  # docs/DESIGN.md, 10

app = typer.Typer(add_completion=False)
_console = Console()


@app.command()
def motion(
    *,
    clip: Annotated[
        list[Path], typer.Option(help="Render, 30 frames/s, its truth beside it as .json.")
    ],
    variant: Annotated[
        list[Variant] | None, typer.Option(help="Landmark models; both by default.")
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
    chosen = variant or list(Variant)
    forms = [
        LandmarkForm(engine=EngineChoice.OPENVINO, precision=precision, variant=each)
        for each in chosen
    ]
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
        if Variant.LITE in chosen:
            (recipe,) = import_extra(
                "quantization.recipes.pose_landmark_lite", purpose="MediaPipe's lite model"
            )
            add_lite_model(python, fetch(recipe.SOURCE, sources))
        jitters = [
            compare_jitter(people, library, python, form=form)
            for people in ([seats, live] if rates else [seats])
            for form in forms
        ]
    recoveries = [
        time_recovery(live, library, form=form, away=away, trials=trials, seed=seed)
        for form in forms
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
