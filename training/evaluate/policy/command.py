"""``python -m training.evaluate policy``: randomised worlds that no warm start has seen."""

import json
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from appliance.domain.policy.choices import POLICY_STEP_S
from appliance.intervention.policy.gate import Gate
from training.evaluate.policy.fuzz import fuzz_masks, fuzz_rules
from training.evaluate.policy.one_world import judge_world
from training.evaluate.policy.scores import WorldScore
from training.evaluate.policy.show import show
from training.evaluate.policy.summary import summarise
from training.policy.build import KINDS
from training.policy.fast.students import FastStudents
from training.policy.fast.worlds import WorldKind, draw_world
from training.policy.learners import WarmStart
from training.progress import tracked

WORLD_SEEDS = 7_000_000_000
"""Worlds have seeds from here on; those of warm starts lie far below."""

SPEED_STUDENTS = 1000


def policy(
    *,
    worlds: Annotated[int, typer.Option(min=5, help="Randomised worlds, all unseen.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Decides the worlds.")] = 1,
    start: Annotated[
        Path | None, typer.Option(help="Folder of a warm start; the one that ships if not told.")
    ] = None,
    draw_every: Annotated[
        float, typer.Option(min=10, help="Seconds between two draws about a student on record.")
    ] = POLICY_STEP_S,
    fuzz: Annotated[int, typer.Option(min=1000, help="Fuzzed steps of the rules.")] = 1_000_000,
    out: Annotated[Path | None, typer.Option(help="Also write the figures there.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Last line: one JSON object.")] = False,
) -> None:
    """Measure learned policies, their rivals and the gate in simulated worlds."""
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    scores = judge_worlds(worlds, seed=seed, start=start, draw_every_s=draw_every)
    table = {
        "data": "simulated",
        "seed": seed,
        "draw_every_s": draw_every,
        **summarise(scores, seed=seed),
        "rules": fuzz_rules(steps=fuzz, seed=seed),
        "masks": fuzz_masks(rows=fuzz, seed=seed),
        "fast_world": measure_speed(),
    }
    table["minutes"] = (time.perf_counter() - began_s) / 60
    table["processor_minutes"] = (time.process_time() - began_cpu_s) / 60
    if out is not None:
        out.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    show(table)
    if as_json:
        print(json.dumps(table))


def judge_worlds(
    count: int,
    *,
    seed: int,
    start: Path | None = None,
    gate: Gate | None = None,
    draw_every_s: float = POLICY_STEP_S,
) -> list[WorldScore]:
    """Return what each of so many worlds says.

    Args:
        count: Worlds; of five, three are normal, in one nothing helps, in one actions harm.
        seed: Decides the worlds.
        start: Folder of the warm start; None is the one that ships.
        gate: None is the box's.
        draw_every_s: As in ``judge_world``.
    """
    warm = WarmStart.load(start)
    return [
        judge_world(
            KINDS[number % len(KINDS)],
            seed=WORLD_SEEDS + 1_000_000 * seed + number,
            warm=warm,
            gate=gate or Gate(),
            draw_every_s=draw_every_s,
        )
        for number in tracked(range(count), "worlds")
    ]


def measure_speed() -> dict[str, float]:
    """Return how fast the fast world is, on one core."""
    world = draw_world(np.random.default_rng(0), WorldKind.NORMAL)
    lesson = FastStudents(world, students=SPEED_STUDENTS, seed=0)
    began_s, steps = time.process_time(), 0
    while not lesson.done:
        lesson.step(lesson.view().rules)
        steps += SPEED_STUDENTS
    lesson.outcome()
    return {"student_steps_a_second": steps / (time.process_time() - began_s)}
