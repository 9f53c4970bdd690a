"""Clips of people who are awake: ``python -m training.simulator.render --out FOLDER``."""

from pathlib import Path
from typing import Annotated

import typer

from training.simulator.render.awake_clips import render_awake

app = typer.Typer(add_completion=False)


@app.command()
def awake(
    *,
    out: Annotated[Path, typer.Option(help="Folder of the clips; those it has are kept.")],
    people: Annotated[int, typer.Option(min=1, help="Different people.")] = 2,
    seconds: Annotated[float, typer.Option(min=1, help="Length of each clip.")] = 16.0,
    fps: Annotated[float, typer.Option(min=1, max=60, help="Frames per second.")] = 15.0,
) -> None:
    """Render people awake: still with every look, then as they write, type and talk."""
    render_awake(out, people=people, seconds=seconds, fps=fps)


if __name__ == "__main__":
    app()
