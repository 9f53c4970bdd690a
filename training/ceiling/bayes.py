"""What an optimal observer scores on simulated students: ``python -m training.ceiling``.

A particle filter that knows the printed population, the chain and every range in
``simulator/parameters``, but not the student, watches the *behaviour itself*: slow cues, events
and blinks as they are, without detectors, noise and losses. It answers causally, once a
second. The box sees a noisy function of that behaviour, so no fusion model can beat an exact
filter; this one's approximations can only lower what it scores.

Approximations, all small: the behaviour is summed up over a second, in which states are taken not
to change; a state does not change again within its own delay; seconds without a blink are weighed
by threes, a window's cell has one rate, durations have no lower limit; own blink rate and duration
are gamma and lognormal instead of uniform; events that began before the first second are no
evidence, and the thirty blinks of a stretch are counted from there.
"""

import json
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from appliance.domain.affect import AFFECTS
from appliance.domain.arrays import Float64Array
from appliance.domain.tokens import TOKEN_HZ, TOKEN_S
from appliance.fusion.fuser import WARM_UP_S
from appliance.intervention.rules import TABLE_1
from training.ceiling.behaviour import BehaviourRecord, observe_behaviour
from training.ceiling.knowledge import know_chain, know_population, know_student
from training.fusion.scores import score
from training.fusion.unseen import UNSEEN_SEED
from training.progress import tracked
from training.simulator.states import solve_chain
from training.warning.events import score_rows, score_student, summarise
from training.warning.follow import Readings, follow, true_readings

SCENARIO = "table3"
TICK_TOKENS = 5
BOOST = 10.0
BLINK_TICKS = 3
RESAMPLES = 2000


def bayes_ceiling(
    *,
    students: int = 96,
    minutes: float = 10.0,
    particles: int = 2000,
    seed: int = UNSEEN_SEED,
    double: bool = False,
    known_traits: bool = False,
    alerts: bool = False,
) -> dict[str, object]:
    """Return the scores of the optimal observer as a JSON-ready table.

    Args:
        students: Unseen simulated students, those of ``evaluate_fusion`` with the same arguments.
        minutes: Length of each occupancy.
        particles: Of the filter.
        seed: Decides the students.
        double: Also with twice the particles: what that changes is the filter's error.
        known_traits: Also with the students known: their own levels, rates and blinks.
        alerts: Also what the box's warnings and rules make of the observer's answers: what can be
            had of them where nobody can know more.
    """
    record = observe_behaviour(
        seed=seed,
        students=students,
        tokens=round(minutes * 60 * TOKEN_HZ / TICK_TOKENS) * TICK_TOKENS,
        tick_tokens=TICK_TOKENS,
        scenario=SCENARIO,
    )
    observed = _filter_all(record, particles=particles)
    result: dict[str, object] = {
        "data": "simulated",
        "students": students,
        "student_hours": round(students * minutes / 60, 1),
        "particles": particles,
        **_read_out(observed, record),
    }
    if alerts:
        result["alerts"] = _warn(observed, record)
    if double:
        result["double"] = _read_out(_filter_all(record, particles=2 * particles), record)
    if known_traits:
        known = _filter_all(record, particles=particles, known_traits=True)
        result["known_traits"] = _read_out(known, record)
    return result


def _filter_all(
    record: BehaviourRecord, *, particles: int, known_traits: bool = False
) -> Float64Array:
    """Return (N, T, 4) probabilities."""
    try:
        from training.ceiling.filter_student import Effort, Seen, filter_student  # noqa: PLC0415
    except ModuleNotFoundError as error:
        msg = "the ceiling is compiled by numba: pip install 'classbox[training]'"
        raise SystemExit(msg) from error
    students, ticks = record.states.shape
    chain = know_chain(solve_chain(SCENARIO), ticks=ticks, tick_s=TICK_TOKENS * TOKEN_S)
    population = know_population(tick_tokens=TICK_TOKENS)
    result = np.empty((students, ticks, len(AFFECTS)))
    for row in tracked(range(students), "students"):
        seen = Seen(
            first=record.first[row],
            aims=record.aims[row],
            starts=record.starts[row],
            idle_s=record.idle_s[row],
            blinks=record.blinks[row],
        )
        person = know_student(population, record.traits, row) if known_traits else population
        effort = Effort(particles=particles, boost=BOOST, blink_ticks=BLINK_TICKS, seed=row)
        result[row] = filter_student(chain, person, seen, effort)
    return result


def _read_out(probabilities: Float64Array, record: BehaviourRecord) -> dict[str, object]:
    """Return what ``evaluate_fusion`` reports, once a second, with an interval for macro-F1."""
    warm = int(WARM_UP_S * TOKEN_HZ) // TICK_TOKENS
    p, states = probabilities[:, warm:], record.states[:, warm:]
    return {
        **score(p.reshape(-1, len(AFFECTS)), states.ravel()),
        "macro_f1_interval": bootstrap_f1(p.argmax(axis=2), states),
    }


def _warn(probabilities: Float64Array, record: BehaviourRecord) -> dict[str, object]:
    """Return what ``evaluate_warning`` reports of a regime, without the teachers' budget."""
    states = record.states.repeat(TICK_TOKENS, axis=1)
    said = Readings(
        probabilities=probabilities.repeat(TICK_TOKENS, axis=1).astype(np.float32),
        known=np.ones(states.shape, dtype=np.bool_),
    )
    logs, truths = follow(said), follow(true_readings(states))
    return {
        **summarise([score_student(log, truth) for log, truth in zip(logs, truths, strict=True)]),
        "rows": score_rows(logs, truths, rows=[rule.row for rule in TABLE_1]),
    }


def bootstrap_f1(guess: NDArray[np.int64], states: NDArray[np.int8]) -> list[float]:
    """Return the 95 % interval of macro-F1 when the students are drawn anew.

    Args:
        guess: (N, T).
        states: (N, T) true states.
    """
    count = len(AFFECTS)
    pairs = guess * count + states
    tables = np.array([np.bincount(row, minlength=count**2) for row in pairs])
    tables = tables.reshape(-1, count, count)
    drawn = np.random.default_rng(0).integers(0, len(tables), (RESAMPLES, len(tables)))
    table = tables[drawn].sum(axis=1)
    hits = np.diagonal(table, axis1=1, axis2=2)
    f1 = 2 * hits / np.maximum(table.sum(axis=1) + table.sum(axis=2), 1)
    return [round(float(edge), 4) for edge in np.quantile(f1.mean(axis=1), (0.025, 0.975))]


def main(
    *,
    students: Annotated[int, typer.Option(min=1, help="Unseen simulated students.")] = 96,
    minutes: Annotated[float, typer.Option(min=1, help="Length of each occupancy.")] = 10.0,
    particles: Annotated[int, typer.Option(min=100, help="Of the filter.")] = 2000,
    seed: Annotated[int, typer.Option(help="Decides the students.")] = UNSEEN_SEED,
    double: Annotated[bool, typer.Option(help="Also with twice the particles.")] = False,
    known: Annotated[bool, typer.Option(help="Also with the students known.")] = False,
    alerts: Annotated[bool, typer.Option(help="Also the alerts on its answers.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Score an optimal observer of the simulated behaviour itself: no fusion can do better."""
    result = bayes_ceiling(
        students=students,
        minutes=minutes,
        particles=particles,
        seed=seed,
        double=double,
        known_traits=known,
        alerts=alerts,
    )
    if as_json:
        print(json.dumps(result))
        return
    table = Table("simulated", "value")
    for name, value in result.items():
        table.add_row(name, str(value))
    Console().print(table)
