"""Command line of the model tool; see ``python -m quantization --help``."""

import json
import platform
from dataclasses import asdict
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from appliance.domain.models import Precision
from appliance.errors import MissingProgramError, ModelLoadError
from appliance.inference.library import EngineChoice
from quantization.audit.report import find_folders, report_table, summarise_model
from quantization.entry import run
from quantization.measure.faces import compare_faces
from quantization.measure.ghosts import EMPTY_BY_EYE, hunt_ghosts, parse_ranges
from quantization.measure.pose import compare_pose, compare_with_float

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
_console = Console()
_progress = Console(stderr=True)
_FETCHED = ("pose_detector", "pose_landmark_lite", "pose_landmark_full", "face_detector")
_TRAINED = ("expression_mobilevit", "expression_mobilevit_fatigue")
_RECIPES = (*_FETCHED, *_TRAINED)
_DISTILLED = ("pose_landmark_lite", "pose_landmark_full")


class Subject(StrEnum):
    """What can be compared."""

    POSE = "pose"
    FACE = "face"


class Variant(StrEnum):
    """Landmark models."""

    LITE = "lite"
    FULL = "full"


MODELS = Path("optimized_models")
VariantOption = Annotated[Variant, typer.Option(help="Landmark model.")]
EngineOption = Annotated[EngineChoice, typer.Option(help="Run time.")]
PrecisionOption = Annotated[Precision, typer.Option(help="Number format.")]
FolderOption = Annotated[Path, typer.Option("--models", help="Folder of model folders.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object.")]


@app.callback()
def _tool() -> None:
    """Turn published float models into what the box loads, and measure the result."""


@app.command()
def build(
    models: Annotated[list[str] | None, typer.Argument(help="Models; all by default.")] = None,
    out: Annotated[Path, typer.Option(help="Folder of model folders.")] = MODELS,
    cache: Annotated[Path, typer.Option(help="Keeps fetched sources.")] = Path("build/sources"),
    data: Annotated[
        Path, typer.Option(help="Folder with affect/ and video/, to calibrate and measure on.")
    ] = Path("../shared/data"),
) -> None:
    """Convert float models, check them, write manifests.

    Published models are fetched by name, version and hash; those trained here start from the
    model.onnx in their folder, the INT8 landmark models from the model_int8.onnx that distil wrote.
    """
    chosen = models or list(_RECIPES)
    unknown = sorted(set(chosen) - set(_RECIPES))
    if unknown:
        msg = f"no recipe for {', '.join(unknown)}; there are {', '.join(_RECIPES)}"
        raise typer.BadParameter(msg)
    for name in chosen:
        # Imported here: recipes need onnx, which only the extra "quantization" brings, and
        # comparing has to work without it.
        try:
            recipe = import_module(f"quantization.recipes.{name}")
        except ModuleNotFoundError as error:
            msg = f"building needs {error.name}; pip install 'classbox[quantization]'"
            raise MissingProgramError(msg) from error
        if name in _TRAINED:
            line = recipe.build(recipe.Args(out=out / name, data=data, say=_progress.print))
        elif name in _DISTILLED:
            line = recipe.build(
                recipe.Args(out=out / name, cache=cache, data=data, say=_progress.print)
            )
        else:
            with _console.status(f"building {name}"):
                line = recipe.build(recipe.Args(out=out / name, cache=cache))
        _console.print(line)


@app.command()
def distil(
    model: Annotated[str, typer.Argument(help="pose_landmark_lite or pose_landmark_full.")],
    *,
    state: Annotated[Path, typer.Option(help="Keeps the training; an existing one goes on.")],
    steps: Annotated[int, typer.Option(min=1, help="Updates.")] = 2000,
    out: Annotated[Path, typer.Option(help="Folder of model folders.")] = MODELS,
    data: Annotated[Path, typer.Option(help="Folder with video/.")] = Path("../shared/data"),
) -> None:
    """Teach a landmark model eight bits, its float form as the teacher; about half an hour."""
    if model not in _DISTILLED:
        msg = f"cannot distil {model}; there are {', '.join(_DISTILLED)}"
        raise typer.BadParameter(msg)
    try:
        distilling, training = (
            import_module(f"quantization.build.pose.{name}") for name in ("distil", "distillation")
        )
    except ModuleNotFoundError as error:
        msg = f"distilling needs {error.name}; pip install 'classbox[quantization,training]'"
        raise MissingProgramError(msg) from error
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]:.3f}"),
        TimeRemainingColumn(),
        console=_progress,
    ) as progress:
        task = progress.add_task("starting", total=None, loss=0.0)
        line = distilling.distil_landmarks(
            out / model,
            data=data,
            state_file=state,
            schedule=training.Schedule(steps=steps),
            say=progress.console.print,
            tell=lambda what, done, total, loss: progress.update(
                task, description=what, completed=done, total=total, loss=loss
            ),
        )
    _console.print(line)


@app.command()
def compare(
    subject: Annotated[Subject, typer.Argument(help="What to compare.")],
    *,
    clip: Annotated[Path, typer.Option(help="Video file.", exists=True)],
    reference: Annotated[
        Path | None,
        typer.Option(help="MediaPipe's landmarks of it; without, our own float form.", exists=True),
    ] = None,
    variant: VariantOption = Variant.LITE,
    engine: EngineOption = EngineChoice.OPENVINO,
    precision: PrecisionOption = Precision.F32,
    models: FolderOption = MODELS,
    as_json: JsonOption = False,
) -> None:
    """Measure poses against MediaPipe or their float form, face crops against a detector."""
    chosen: dict[str, Any] = {
        "clip": clip,
        "variant": variant.value,
        "engine": engine,
        "precision": precision,
        "models_dir": models,
    }
    if subject is Subject.FACE:
        agreement = asdict(compare_faces(reference=reference, **chosen))
    elif reference is not None:
        agreement = asdict(compare_pose(reference=reference, **chosen))
    else:
        agreement = asdict(compare_with_float(**chosen))
    _show(agreement, as_json=as_json)


@app.command()
def ghosts(
    *,
    clip: Annotated[Path, typer.Option(help="Video file.", exists=True)],
    empty: Annotated[
        str | None,
        typer.Option(help="Frames without a person, such as 0-59,202-226; known for some clips."),
    ] = None,
    every: Annotated[int, typer.Option(min=1, help="Look at every n-th frame only.")] = 1,
    variant: VariantOption = Variant.LITE,
    engine: EngineOption = EngineChoice.OPENVINO,
    precision: PrecisionOption = Precision.F32,
    models: FolderOption = MODELS,
    as_json: JsonOption = False,
) -> None:
    """Measure for how long the pose pipeline sees somebody where nobody is."""
    frames = empty or EMPTY_BY_EYE.get(clip.stem)
    if frames is None:
        msg = f"which frames of {clip.name} are empty is not known; give --empty"
        raise typer.BadParameter(msg)
    try:
        ranges = parse_ranges(frames)
    except ValueError as error:
        msg = f"--empty: {error}"
        raise typer.BadParameter(msg) from error
    seen = hunt_ghosts(
        clip=clip,
        empty=ranges,
        every=every,
        variant=variant.value,
        engine=engine,
        precision=precision,
        models_dir=models,
    )
    _show(asdict(seen), as_json=as_json)


@app.command()
def audit(
    models: Annotated[list[str] | None, typer.Argument(help="Models; all by default.")] = None,
    *,
    models_dir: FolderOption = MODELS,
    write: Annotated[bool, typer.Option("--write", help="Into each report.json as well.")] = False,
    emulated: Annotated[
        str | None, typer.Option(help="Emulator and processor in words, if not a real one.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Count what really runs in which number format here; exit 65 where a form breaks its promise.

    Each form is loaded as the box loads it; the layers of the executed graph are counted.
    """
    folders = find_folders(models_dir, models or [])
    try:
        auditing, records, tables = (
            import_module(f"quantization.audit.{name}") for name in ("forms", "record", "table")
        )
    except ModuleNotFoundError as error:
        msg = f"auditing needs {error.name}; pip install 'classbox[quantization]'"
        raise MissingProgramError(msg) from error
    with _progress.status("auditing") as status:
        audits = {folder: auditing.audit_folder(folder, say=status.update) for folder in folders}
    machine = records.describe_machine(emulated=emulated)
    architecture = platform.machine()
    if write:
        for folder, forms in audits.items():
            records.write_audit(folder, forms, machine=machine, architecture=architecture)
    every = [form for forms in audits.values() for form in forms]
    failures = [line for form in every for line in auditing.find_failures(form)]
    if as_json:
        counted = {
            folder.name: {form.key: auditing.counts(form) for form in forms}
            for folder, forms in audits.items()
        }
        print(
            json.dumps(
                {
                    "architecture": architecture,
                    **machine,
                    "models": counted,
                    "failures": failures,
                }
            )
        )
        raise typer.Exit(code=ModelLoadError.exit_code if failures else 0)
    _console.print(tables.audit_table(every, architecture=architecture))
    auditing.check_lowering(every)


@app.command()
def report(
    models: Annotated[list[str] | None, typer.Argument(help="Models; all by default.")] = None,
    *,
    models_dir: FolderOption = MODELS,
    as_json: JsonOption = False,
) -> None:
    """Show forms, sizes, defaults, scores, speed and audit of the models."""
    summaries = [summarise_model(folder) for folder in find_folders(models_dir, models or [])]
    if as_json:
        print(json.dumps({summary.name: asdict(summary) for summary in summaries}))
        return
    _console.print(report_table(summaries))


def _show(numbers: dict[str, object], *, as_json: bool) -> None:
    """Print one object, or a line per number."""
    if as_json:
        print(json.dumps(numbers))
        return
    for key, value in numbers.items():
        _console.print(
            f"{key:>30}  {value:.4g}" if isinstance(value, float) else f"{key:>30}  {value}"
        )


if __name__ == "__main__":
    run(app)
