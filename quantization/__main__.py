"""Command line of the model tool; see ``python -m quantization --help``."""

import json
import platform
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

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
from appliance.errors import ModelLoadError
from appliance.inference.library import EngineChoice, ModelLibrary
from quantization.audit.report import find_folders, report_table, summarise_model
from quantization.build.options import BuildOptions
from quantization.entry import import_extra, run
from quantization.measure.box import LandmarkForm, Variant
from quantization.measure.faces import FaceAgreement, compare_faces
from quantization.measure.ghosts import EMPTY_BY_EYE, hunt_ghosts, parse_ranges
from quantization.measure.pose import PoseAgreement, compare_pose, compare_with_float

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
_console = Console()
_progress = Console(stderr=True)


class Recipe(StrEnum):
    """What can be built: a module of ``quantization.recipes`` each."""

    POSE_DETECTOR = "pose_detector"
    POSE_LANDMARK_LITE = "pose_landmark_lite"
    POSE_LANDMARK_FULL = "pose_landmark_full"
    FACE_DETECTOR = "face_detector"
    EXPRESSION = "expression_mobilevit"
    EXPRESSION_FATIGUE = "expression_mobilevit_fatigue"


class Landmarks(StrEnum):
    """What can be distilled."""

    LITE = "pose_landmark_lite"
    FULL = "pose_landmark_full"


class Subject(StrEnum):
    """What can be compared."""

    POSE = "pose"
    FACE = "face"


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
    models: Annotated[list[Recipe] | None, typer.Argument(help="All by default.")] = None,
    *,
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
    for name in models or Recipe:
        (recipe,) = import_extra(f"quantization.recipes.{name}", purpose="building")
        with _progress.status(f"building {name}"):
            options = BuildOptions(out=out / name, cache=cache, data=data, say=_progress.print)
            line = recipe.build(options)
        _console.print(line)


@app.command()
def distil(
    model: Annotated[Landmarks, typer.Argument(help="Which one.")],
    *,
    state: Annotated[Path, typer.Option(help="Keeps the training; an existing one goes on.")],
    steps: Annotated[int, typer.Option(min=1, help="Updates.")] = 2000,
    batch: Annotated[int, typer.Option(min=1, help="Crops per update.")] = 8,
    rate: Annotated[float, typer.Option(help="First learning rate, a share of a weight.")] = 3e-5,
    step_rate: Annotated[float, typer.Option(help="That of the activations' steps.")] = 1e-3,
    keep_every: Annotated[int, typer.Option(min=1, help="Updates between saved states.")] = 100,
    seed: Annotated[int, typer.Option(help="Of the crops.")] = 20261122,
    out: Annotated[Path, typer.Option(help="Folder of model folders.")] = MODELS,
    data: Annotated[Path, typer.Option(help="Folder with video/.")] = Path("../shared/data"),
) -> None:
    """Teach a landmark model eight bits, its float form as the teacher; about half an hour."""
    distilling, training = import_extra(
        "quantization.build.pose.distil",
        "quantization.build.pose.distillation",
        purpose="distilling",
        extra="quantization,training",
    )
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
            schedule=training.Schedule(
                steps=steps,
                batch=batch,
                rate=rate,
                step_rate=step_rate,
                keep_every=keep_every,
                seed=seed,
            ),
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
    form = LandmarkForm(engine=engine, precision=precision, variant=variant)
    library = ModelLibrary(models, lanes=1)
    agreement: FaceAgreement | PoseAgreement
    if subject is Subject.FACE:
        agreement = compare_faces(form, clip=clip, reference=reference, library=library)
    elif reference is not None:
        agreement = compare_pose(form, clip=clip, reference=reference, library=library)
    else:
        agreement = compare_with_float(form, clip=clip, library=library)
    _show({**asdict(agreement), **asdict(form)}, as_json=as_json)


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
    form = LandmarkForm(engine=engine, precision=precision, variant=variant)
    library = ModelLibrary(models, lanes=1)
    seen = hunt_ghosts(form, clip=clip, empty=ranges, every=every, library=library)
    _show({**asdict(seen), **asdict(form)}, as_json=as_json)


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
    auditing, records, tables = import_extra(
        *(f"quantization.audit.{name}" for name in ("forms", "record", "table")),
        purpose="auditing",
    )
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
        told = {"architecture": architecture, **machine, "models": counted, "failures": failures}
        print(json.dumps(told))
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
