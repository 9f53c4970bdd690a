"""Command line of the simulator: ``python -m training.simulator COMMAND``."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from appliance.domain.affect import Affect
from training.options import run
from training.simulator.render.awake_clips import render_awake
from training.simulator.render.clip import render_clip
from training.simulator.render.faces import render_faces
from training.simulator.render.figure.identity import Namespace
from training.simulator.render.plays.plan import ClipPlan, Seat
from training.simulator.render.row import RowPlan, render_row

Seed = Annotated[int, typer.Option(help="Who sits there and what they do.")]
Video = Annotated[Path, typer.Option(help="Video file to write (MP4).")]
People = Annotated[Namespace, typer.Option(help="Set of people: train and clip never overlap.")]
Rate = Annotated[float, typer.Option(min=1, max=60, help="Frames per second.")]
Noise = Annotated[float, typer.Option(min=0, help="Sensor noise, 8-bit levels.")]
Quality = Annotated[int, typer.Option(min=0, max=51, help="H.264 quality.")]

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def _simulator() -> None:
    """Simulated students: pixels."""


@app.command()
def render(
    *,
    seed: Seed,
    out: Video,
    tired: Annotated[Seat | None, typer.Option(help="The seat that turns fatigued.")] = None,
    states: Annotated[
        str | None, typer.Option(help="Instead: the state of either seat, such as bored,focused.")
    ] = None,
    namespace: People = Namespace.CLIP,
    seconds: Annotated[float, typer.Option(min=1, help="Length, media seconds.")] = 480.0,
    fps: Rate = 15.0,
    onset: Annotated[
        float, typer.Option(min=0, help="When the change starts, seconds; 0 = from the start.")
    ] = 65.0,
    ramp: Annotated[float, typer.Option(min=0.1, help="How long the change takes, s.")] = 25.0,
    noise: Noise = 2.0,
    crf: Quality = 23,
    preset: Annotated[str, typer.Option(help="H.264 effort.")] = "medium",
    truth: Annotated[Path | None, typer.Option(help="JSON file for what happens when.")] = None,
) -> None:
    """Render two clothed adults on two seats, left half and right half of one picture."""
    plan = ClipPlan(
        namespace=namespace,
        seed=seed,
        states=_states(tired=tired, states=states),
        seconds=seconds,
        fps=fps,
        onset_s=onset,
        ramp_s=ramp,
        noise=noise,
        crf=crf,
        preset=preset,
    )
    render_clip(plan, out, truth=truth)


@app.command()
def awake(
    *,
    out: Annotated[Path, typer.Option(help="Folder of the clips; those it has are kept.")],
    people: Annotated[int, typer.Option(min=1, help="Different people.")] = 2,
    seconds: Annotated[float, typer.Option(min=1, help="Length of each clip.")] = 16.0,
    fps: Rate = 15.0,
) -> None:
    """Render people awake: still with every look, then as they write, type and talk."""
    render_awake(out, people=people, seconds=seconds, fps=fps)


@app.command()
def row(
    *,
    seed: Seed,
    out: Video,
    truth: Annotated[Path | None, typer.Option(help="JSON file: who is where, by frame.")] = None,
    namespace: People = Namespace.CLIP,
    seconds: Annotated[float, typer.Option(min=1, help="Length, media seconds.")] = 160.0,
    fps: Rate = 15.0,
    pitch: Annotated[
        float | None, typer.Option(min=0.5, max=2, help="From seat to seat, m; else drawn.")
    ] = None,
    noise: Noise = 2.0,
    crf: Quality = 23,
) -> None:
    """Render four people in a row who lean over, swap seats, leave and come back."""
    plan = RowPlan(
        seed=seed,
        namespace=namespace,
        seconds=seconds,
        fps=fps,
        noise=noise,
        crf=crf,
        pitch_m=pitch,
    )
    render_row(plan, out, truth=truth)


@app.command()
def faces(
    *,
    out: Annotated[Path, typer.Option(help="NPZ file to write.")],
    people: Annotated[int, typer.Option(min=1, help="Identities, all of namespace train.")] = 60,
    each: Annotated[int, typer.Option(min=1, help="Faces per identity.")] = 60,
    seed: Annotated[int, typer.Option(help="Seed of expressions, poses and light.")] = 1,
) -> None:
    """Render face crops with exact actions for the training of the expression model."""
    faces_set = render_faces(people=people, each=each, seed=seed)
    np.savez_compressed(
        out, images=faces_set.images, actions=faces_set.actions, identity=faces_set.identity
    )


def _states(*, tired: Seat | None, states: str | None) -> tuple[Affect, Affect]:
    if (tired is None) == (states is None):
        msg = "give either --tired left|right or --states LEFT,RIGHT"
        raise typer.BadParameter(msg)
    if tired is not None:
        pair = (Affect.FATIGUED, Affect.FOCUSED)
        return pair if tired is Seat.LEFT else (pair[1], pair[0])
    names = (states or "").split(",")
    try:
        left, right = (Affect(name) for name in names)
    except ValueError as error:
        msg = f"--states: expected two of {', '.join(Affect)} with a comma, got {states}"
        raise typer.BadParameter(msg) from error
    return left, right


if __name__ == "__main__":
    run(app)
