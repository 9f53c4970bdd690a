"""Makes learned policies: ``python -m training.policy warm-start`` and ``improve``."""

from pathlib import Path
from typing import Annotated

import typer

from training.options import run
from training.policy.build import build_warm_start
from training.policy.improve import improve_policy

app = typer.Typer(no_args_is_help=True, add_completion=False)

Out = Annotated[Path, typer.Option("--out", help="Folder for the artifacts.")]


@app.command()
def warm_start(
    *,
    out: Out,
    schools: Annotated[int, typer.Option(min=10, help="Random schools.")] = 100,
    students: Annotated[int, typer.Option(min=1, help="Lessons in each.")] = 200,
    work: Annotated[
        Path, typer.Option(help="Keeps the schools, so that a stopped run goes on.")
    ] = Path("build/policy"),
    seed: Annotated[int, typer.Option(min=0, help="Decides everything.")] = 1,
) -> None:
    """Teach the learners that ship in many random schools; all simulated."""
    build_warm_start(out, schools=schools, students=students, work=work, seed=seed)


@app.command()
def improve(
    files: Annotated[list[Path], typer.Argument(help="From classbox policy export.")],
    *,
    out: Out,
    start: Annotated[
        Path | None, typer.Option(help="Folder of the warm start; the one that ships if not told.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of mini-batches.")] = 1,
) -> None:
    """Make an artifact from what many boxes have handed out, with its evaluation."""
    improve_policy(files, out=out, start=start, seed=seed)


if __name__ == "__main__":
    run(app)
