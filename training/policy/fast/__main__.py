"""``python -m training.policy.fast``: fit the fast world, compare it with the slow one, time it."""

import json
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from training.policy.fast.fit.agreement import compare
from training.policy.fast.fit.collect import record_lessons
from training.policy.fast.fit.crowd import record_crowds
from training.policy.fast.fit.details import complete
from training.policy.fast.fit.recordings import load_recordings
from training.policy.fast.fit.stochastic import first_model, fit_readings
from training.policy.fast.fitted import FITTED, write_model
from training.policy.fast.students import FastStudents
from training.policy.fast.worlds import SLOW_WORLD

app = typer.Typer(help=__doc__, add_completion=False, no_args_is_help=True)

Files = Annotated[list[Path], typer.Argument(help="Files of ``collect`` or ``crowd``.")]


@app.command()
def collect(folder: Path, *, lessons: int = 100) -> None:
    """Record lessons of the slow environment under simple policies; one takes a minute or two."""
    for path in record_lessons(folder, lessons=lessons):
        typer.echo(path)


@app.command()
def crowd(folder: Path, *, crowds: int = 8) -> None:
    """Record lessons of 64 students at once in which nothing is done; a crowd takes minutes."""
    for path in record_crowds(folder, crowds=crowds):
        typer.echo(path)


@app.command()
def fit(
    files: Files,
    *,
    classes: int = 4,
    follow: float = 0.7,
    delay: float = 0.9,
    rounds: int = 40,
    out: Path = FITTED,
) -> None:
    """Fit what readings are like and write it down."""
    recordings = load_recordings(files)
    begin = first_model(classes=classes, follow=follow, delay=delay)
    fitted = fit_readings(np.random.default_rng(0), recordings, begin, rounds=rounds)
    write_model(
        complete(fitted, recordings),
        out,
        source=f"By python -m training.policy.fast fit, from {len(recordings)} simulated lessons.",
    )
    typer.echo(json.dumps({"lessons": len(recordings), "likelihood": fitted.likelihood}))


@app.command()
def agree(files: Files, *, students: int = 300, seed: int = 1) -> None:
    """Tell the two worlds apart, and rank simple policies in both."""
    typer.echo(json.dumps(compare(files, students=students, seed=seed)))


@app.command()
def speed(*, students: int = 250, copies: int = 4, lessons: int = 3) -> None:
    """Time whole lessons under three policies and the rules, on one core."""
    rng = np.random.default_rng(0)
    steps, began = 0, time.process_time()
    for seed in range(lessons):
        lesson = FastStudents(SLOW_WORLD, students=students, copies=copies, seed=seed)
        while not lesson.done:
            view = lesson.view()
            actions = view.rules.copy()
            actions[1:] = (rng.random(view.allowed[1:].shape) * view.allowed[1:]).argmax(axis=-1)
            lesson.step(actions)
            steps += students * copies
        lesson.outcome()
    spent_s = time.process_time() - began
    typer.echo(json.dumps({"student_steps_per_s": round(steps / spent_s), "steps": steps}))


if __name__ == "__main__":
    app()
