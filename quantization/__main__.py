"""Command line of the model tool: ``python -m quantization build|compare``."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from appliance.errors import ApplianceError
from quantization.recipes import (
    face_detector,
    pose_detector,
    pose_landmark_full,
    pose_landmark_lite,
)

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
_console = Console()
_RECIPES = {
    "pose_detector": lambda out, cache: pose_detector.build(
        pose_detector.Args(out=out, cache=cache)
    ),
    "pose_landmark_lite": lambda out, cache: pose_landmark_lite.build(
        pose_landmark_lite.Args(out=out, cache=cache)
    ),
    "pose_landmark_full": lambda out, cache: pose_landmark_full.build(
        pose_landmark_full.Args(out=out, cache=cache)
    ),
    "face_detector": lambda out, cache: face_detector.build(
        face_detector.Args(out=out, cache=cache)
    ),
}


@app.callback()
def _tool() -> None:
    """Turn published float models into what the box loads, and measure the result."""


@app.command()
def build(
    models: Annotated[list[str] | None, typer.Argument(help="Models; all by default.")] = None,
    out: Annotated[Path, typer.Option(help="Folder of model folders.")] = Path("optimized_models"),
    cache: Annotated[Path, typer.Option(help="Keeps fetched sources.")] = Path("build/sources"),
) -> None:
    """Fetch sources by name, version and hash, convert them, check them, write manifests."""
    chosen = models or list(_RECIPES)
    unknown = sorted(set(chosen) - set(_RECIPES))
    if unknown:
        msg = f"no recipe for {', '.join(unknown)}; there are {', '.join(_RECIPES)}"
        raise typer.BadParameter(msg)
    for name in chosen:
        with _console.status(f"building {name}"):
            line = _RECIPES[name](out / name, cache)
        _console.print(line)


def main() -> None:
    """Run the tool; deliberate errors are one line and an exit code."""
    try:
        app()
    except ApplianceError as error:
        _console.print(f"[red]error:[/red] {error}")
        raise SystemExit(error.exit_code) from error


if __name__ == "__main__":
    main()
