"""Numbers of docs/MEASURED.md: ``python -m training.evaluate PART``."""

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from appliance.domain.models import Precision
from appliance.inference.library import EngineChoice
from appliance.perception.expression import CROP_MARGIN
from training.evaluate.blinks import evaluate_blinks
from training.evaluate.conditions import evaluate_conditions
from training.evaluate.expression import evaluate_actions, evaluate_affect, evaluate_expressions
from training.evaluate.fatigue_only import evaluate_fatigue_only
from training.evaluate.fusion import blink_scores, evaluate_fusion
from training.evaluate.groups import evaluate_groups
from training.evaluate.policy.command import policy
from training.evaluate.seats import evaluate_seats
from training.evaluate.warning import evaluate_warning
from training.options import run
from training.real.checks import RealCheck, RealSources, run_real_checks
from training.real.postures import evaluate_posture
from training.simulator.render.counterfactuals import load_renders

app = typer.Typer(no_args_is_help=True, add_completion=False)


class Profile(StrEnum):
    """Models of the two profiles."""

    FOUR_STATE = "four-state"
    FATIGUE_ONLY = "fatigue-only"


class Engine(StrEnum):
    """Run times to choose from."""

    OPENVINO = "openvino"
    ONNX = "onnx"


RunTime = Annotated[Engine, typer.Option("--engine", help="Run time.")]
NumberFormat = Annotated[Precision, typer.Option("--precision", help="Number format.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]
Data = Annotated[Path, typer.Option(help="Folder with affect, fatigue, posture, teachers, video.")]
Teacher = Annotated[Path, typer.Option(help="face_landmarker.task.")]
Cache = Annotated[Path, typer.Option(help="Folder for the teacher's answers.")]
EveryFace = Annotated[int, typer.Option(min=1, help="Every n-th face of large sets.")]
Quick = Annotated[bool, typer.Option("--quick", help="Few people, faces and frames.")]

DATA = Path("../shared/data")
TASK_FILE = DATA / "teachers" / "face_landmarker.task"
CACHE = Path("build/teacher")


@app.callback()
def parts() -> None:
    """Measure the shipped artifacts."""


@app.command()
def expression(
    *,
    images: Annotated[
        Path | None, typer.Option(help="FER+ archive, data/affect/ferplus.npz or a subset.")
    ] = None,
    va: Annotated[
        tuple[Path, Path] | None, typer.Option(help="DiffusionFER TAR and CSV; held-out files.")
    ] = None,
    actions: Annotated[
        Path | None,
        typer.Option(help="muxspace TAR (held-out tenth) or a folder of clips, against --teacher."),
    ] = None,
    teacher: Teacher = TASK_FILE,
    engine: RunTime = Engine.OPENVINO,
    precision: NumberFormat = Precision.F32,
    as_json: AsJson = False,
) -> None:
    """Measure the expression encoder on expressions, on affect or on facial actions."""
    if sum(choice is not None for choice in (images, va, actions)) != 1:
        msg = "give exactly one of --images, --va, --actions"
        raise typer.BadParameter(msg)
    choice = EngineChoice(engine.value)
    if images is not None:
        table = evaluate_expressions(images, engine=choice, precision=precision)
    elif va is not None:
        table = evaluate_affect(*va, engine=choice, precision=precision)
    elif actions is not None:
        table = evaluate_actions(actions, teacher=teacher, engine=choice, precision=precision)
    _show(table, as_json=as_json)


@app.command()
def fusion(
    *,
    students: Annotated[int, typer.Option(min=2, help="Unseen simulated students per seed.")] = 48,
    minutes: Annotated[float, typer.Option(min=1, help="Length of each occupancy.")] = 10.0,
    seeds: Annotated[int, typer.Option(min=1, max=10, help="Groups of different students.")] = 5,
    particles: Annotated[
        int, typer.Option(min=0, help="Of the Bayes ceiling's filter (needs numba); 0 omits it.")
    ] = 1000,
    work: Annotated[
        Path | None, typer.Option(help="Folder of training.fusion with the baselines (torch).")
    ] = None,
    blinks: Annotated[
        Path | None, typer.Option(help="RLDD windows, data/fatigue/rldd_blinks.npz (sklearn).")
    ] = None,
    variant: Annotated[
        Profile, typer.Option(help="Which model: four states, or fatigue only.")
    ] = Profile.FOUR_STATE,
    as_json: AsJson = False,
) -> None:
    """Measure the fusion model on simulated students it has never seen."""
    if variant is Profile.FATIGUE_ONLY:
        _show(evaluate_fatigue_only(students=students, minutes=minutes), as_json=as_json)
        return
    table = evaluate_fusion(
        students=students, minutes=minutes, seeds=seeds, particles=particles, work=work
    )
    if blinks is not None:
        table.update(blink_scores(blinks))
    _show(table, as_json=as_json)


@app.command()
def warning(
    *,
    students: Annotated[int, typer.Option(min=1, help="Unseen simulated students per group.")] = 16,
    minutes: Annotated[float, typer.Option(min=2, help="Length of each occupancy.")] = 45.0,
    seeds: Annotated[int, typer.Option(min=1, help="Groups of different students.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Measure alerts, the rows of Table 1 and the teachers' budget on simulated students."""
    _show(evaluate_warning(students=students, minutes=minutes, seeds=seeds), as_json=as_json)


@app.command()
def blinks(
    *,
    clip: Annotated[Path, typer.Option(help="One person in the whole picture.")] = DATA
    / "video"
    / "talking_face.webm",
    teacher: Teacher = TASK_FILE,
    cache: Cache = CACHE,
    engine: RunTime = Engine.OPENVINO,
    precision: NumberFormat = Precision.F32,
    margin: Annotated[
        float, typer.Option(min=0.5, max=2.0, help="Side of the face crop over the usual side.")
    ] = CROP_MARGIN,
    as_json: AsJson = False,
) -> None:
    """Measure blinks on all frames of a clip against the teacher."""
    table = evaluate_blinks(
        clip,
        task_file=teacher,
        cache=cache,
        engine=EngineChoice(engine.value),
        precision=precision,
        margin=margin,
    )
    _show(table, as_json=as_json)


@app.command()
def conditions(
    *,
    data: Data = DATA,
    cache: Cache = CACHE,
    every: EveryFace = 3,
    quick: Quick = False,
    engine: RunTime = Engine.OPENVINO,
    precision: NumberFormat = Precision.F32,
    as_json: AsJson = False,
) -> None:
    """Measure the box on small, dark, compressed and blurred faces."""
    table = evaluate_conditions(
        data,
        cache=cache,
        every=every,
        quick=quick,
        engine=EngineChoice(engine.value),
        precision=precision,
    )
    _show(table, as_json=as_json)


@app.command()
def groups(
    *,
    data: Data = DATA,
    renders: Annotated[
        Path, typer.Option(help="Rendered pairs; made here, with anny, where there are none.")
    ] = Path("build/renders/counterfactuals.npz"),
    cache: Cache = CACHE,
    every: EveryFace = 3,
    quick: Quick = False,
    engine: RunTime = Engine.OPENVINO,
    precision: NumberFormat = Precision.F32,
    as_json: AsJson = False,
) -> None:
    """Measure whether the box reads all skins, ages, bodies and worn things alike."""
    table = evaluate_groups(
        data,
        renders=load_renders(renders),
        cache=cache,
        every=every,
        quick=quick,
        engine=EngineChoice(engine.value),
        precision=precision,
    )
    _show(table, as_json=as_json)


@app.command()
def seats(
    *,
    clip: Annotated[Path, typer.Option(help="From python -m training.simulator row.")],
    truth: Annotated[Path, typer.Option(help="JSON file that was written beside it.")],
    as_json: AsJson = False,
) -> None:
    """Measure whether each seat of a row reads the person who truly sits there."""
    _show(evaluate_seats(clip, truth), as_json=as_json)


@app.command()
def posture(
    *,
    csv: Annotated[Path, typer.Option(help="MultiPosture, one row per frame.")] = DATA
    / "posture"
    / "multiposture.csv",
    as_json: AsJson = False,
) -> None:
    """Measure whether upright, hunched and leaning can be told of a person never seen."""
    _show(evaluate_posture(csv), as_json=as_json)


@app.command()
def real(
    *,
    data: Data = DATA,
    check: Annotated[
        list[RealCheck] | None, typer.Option(help="Only this one; may be repeated.")
    ] = None,
    work: Annotated[
        Path, typer.Option(help="Keeps what was seen of the clips; empty it with new perception.")
    ] = Path("build/real"),
    renders: Annotated[
        Path | None, typer.Option(help="Rendered clips of people awake, for quiet.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=300, help="Most frames of each longer clip, for engines.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check blinks, identity, the simulator's cues, engines and quiet clips on real people."""
    sources = RealSources(data=data, work=work, renders=renders, limit=limit)
    _show(run_real_checks(sources, chosen=check or tuple(RealCheck)), as_json=as_json)


app.command()(policy)


def _show(numbers: Mapping[str, object], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(numbers))
        return
    table = Table("what", "value")
    for name, value in numbers.items():
        if isinstance(value, Sequence) and value and isinstance(value[0], Mapping):
            _show_rows(name, value)
            continue
        for key, number in _flat(name, value):
            table.add_row(key, _shown(number))
    Console().print(table)


def _flat(name: str, value: object) -> Iterator[tuple[str, object]]:
    if not isinstance(value, Mapping):
        yield name, value
        return
    for key, inner in value.items():
        yield from _flat(f"{name} {key}", inner)


def _show_rows(title: str, rows: Sequence[Mapping[str, object]]) -> None:
    table = Table(*(column.replace("_", " ") for column in rows[0]), title=title)
    for row in rows:
        table.add_row(*(_shown(value) for value in row.values()))
    Console(width=160).print(table)


def _shown(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    run(app)
