"""What the box's warnings and rules score on simulated students that nothing was trained on.

The shipped fusion model reads them as seats of one box; the readings go through the box's own
episode monitor, rules with cool-downs, and teachers' budget. Truth is the same machinery on the
one-hot true states (``training/warning/events.py``). All numbers are simulated: they say how
well the parts fit each other and are no statement about people.

The three regimes show the same students in the same true states, seen and shown differently.
``seeds`` splits them into groups of ``students`` that have nothing in common; intervals
resample students over all groups.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress, TaskID

from appliance.domain.affect import AFFECTS, Affect
from appliance.domain.arrays import Float64Array
from appliance.domain.tokens import TOKEN_HZ
from appliance.intervention.rules import TABLE_1, Rule
from appliance.warning.monitor import THETA, WINDOW_TOKENS
from training.simulator.classroom import simulate_lesson
from training.warning.events import (
    StudentScore,
    event_f1,
    event_recall,
    interval,
    positive_predictive_value,
    resamples,
    rounded,
    score_rows,
    score_student,
    share_of_false_alarms_near,
    summarise,
)
from training.warning.follow import (
    DISENGAGED,
    Readings,
    StudentLog,
    follow,
    read_lesson,
    true_readings,
)
from training.warning.lessons import evaluate_budget
from training.warning.recalibrate import (
    flagged_rows,
    recalibrate,
    recalibrate_theta,
    recalibrated_rules,
)

UNSEEN_SEED = 970_001  # far from training/fusion/train.py's seeds and training/evaluate/fusion.py's
CALIBRATION_SEED = 960_001  # other students again, for the recalibrated thresholds
CALIBRATION_STUDENTS = 64
SCENARIO = "table3"  # docs/DESIGN.md, 9: class sampling, not a prevalence
REGIMES = ("nominal", "degraded", "field")
PREVALENCES = (0.02, 0.05, 0.10, 0.30)
ROWS = tuple(rule.row for rule in TABLE_1)


def evaluate_warning(
    *, students: int = 16, minutes: float = 45.0, seeds: int = 5
) -> dict[str, object]:
    """Return the scores as a JSON-ready table.

    Args:
        students: In each group.
        minutes: Length of each occupancy.
        seeds: Groups.
    """
    people, tokens = students * seeds, round(minutes * 60 * TOKEN_HZ)
    table: dict[str, object] = {
        "data": "simulated",
        "scenario": SCENARIO,
        "students": people,
        "seat_hours": round(people * minutes / 60, 1),
    }
    truths: list[StudentLog] = []
    nominal: tuple[Readings, tuple[str, ...]] | None = None
    with Progress(console=Console(stderr=True)) as progress:
        for regime in REGIMES:
            readings, states = _read(
                progress, regime=regime, seed=UNSEEN_SEED, students=people, tokens=tokens
            )
            if not truths:
                truths = _follow(progress, "the true states", true_readings(states))
            logs = _follow(progress, regime, readings)
            rows = score_rows(logs, truths, rows=ROWS)
            table[regime] = {
                **score_events(logs, truths, states, groups=seeds),
                "rows": rows,
                "teacher": evaluate_budget(logs, truths, seed=UNSEEN_SEED),
            }
            if nominal is None:
                nominal = readings, flagged_rows(rows)
        table["field_fatigue_ppv"] = {
            "method": "reweighed",
            "by_prevalence": positive_predictive_value(
                logs,
                follow(true_readings(states), fatigue_only=True),
                states,
                fatigued=AFFECTS.index(Affect.FATIGUED),
                prevalence=PREVALENCES,
            ),
        }
        if nominal is not None:
            table |= _recalibrate(
                progress, rows=nominal[1], readings=nominal[0], truths=truths, tokens=tokens
            )
    return table


def score_events(
    logs: Sequence[StudentLog],
    truths: Sequence[StudentLog],
    states: NDArray[np.int8],
    *,
    groups: int,
) -> dict[str, object]:
    """Return what one regime shows of the detectors.

    Args:
        logs: Of the readings, one per student.
        truths: Of the true states.
        states: (N, T) true states.
        groups: Students are split into so many, in their order.
    """
    scores = [score_student(log, truth) for log, truth in zip(logs, truths, strict=True)]
    table = summarise(scores)
    split = np.array_split(np.arange(len(scores)), groups)
    by_group = [event_f1([scores[row] for row in rows]) for rows in split]
    per_class = {
        affect.value: [
            score_student(log, truth, affects=(affect,))
            for log, truth in zip(logs, truths, strict=True)
        ]
        for affect in (Affect.CONFUSED, Affect.FOCUSED)
    }
    return {
        **table,
        "event_f1_by_group": [rounded(value) for value in by_group],
        "false_alarms_while_mostly_disengaged": share_of_false_alarms_near(
            logs, truths, disengaged_share(states)
        ),
        "detectors": {name: summarise(each) for name, each in per_class.items()},
        "arrives_tired": compare_tired(scores, states[:, 0] == AFFECTS.index(Affect.FATIGUED)),
    }


def compare_tired(scores: Sequence[StudentScore], tired: NDArray[np.bool_]) -> dict[str, object]:
    """Return the recall of events of students who are fatigued from the start, against others.

    All their events count, not only the first: a baseline that took tired for normal would spoil
    the whole lesson.

    Args:
        scores: One per student.
        tired: (N,) whether the first true state is fatigued.
    """

    def recalls(rows: Sequence[int]) -> tuple[float | None, float | None]:
        return (
            event_recall([scores[row] for row in rows if tired[row]]),
            event_recall([scores[row] for row in rows if not tired[row]]),
        )

    def ratio(rows: Sequence[int]) -> float | None:
        of_tired, of_others = recalls(rows)
        return of_tired / of_others if of_tired is not None and of_others else None

    everybody = range(len(scores))
    of_tired, of_others = recalls(everybody)
    return {
        "students": int(tired.sum()),
        "events": sum(one.events for one, is_tired in zip(scores, tired, strict=True) if is_tired),
        "recall": rounded(of_tired),
        "recall_of_others": rounded(of_others),
        "ratio": rounded(ratio(everybody)),
        "ratio_ci": interval([ratio(rows) for rows in resamples(len(scores))]),
    }


def disengaged_share(states: NDArray[np.int8]) -> Float64Array:
    """Return (N, S) for each whole second the share of the last 90 s in fatigued or bored."""
    disengaged = np.isin(states, [AFFECTS.index(affect) for affect in DISENGAGED])
    seen = np.cumsum(disengaged, axis=1, dtype=np.float64)
    seen[:, WINDOW_TOKENS:] -= seen[:, :-WINDOW_TOKENS].copy()
    return np.asarray(seen[:, int(TOKEN_HZ) - 1 :: int(TOKEN_HZ)] / WINDOW_TOKENS)


def _recalibrate(
    progress: Progress,
    *,
    rows: Sequence[str],
    readings: Readings,
    truths: Sequence[StudentLog],
    tokens: int,
) -> dict[str, object]:
    """Find thresholds on other students, then measure them on the nominal ones.

    Returns:
        ``recalibrated``: each row that is hardly reached, and ``recalibrated_theta``.
    """
    others, states = _read(
        progress,
        regime="nominal",
        seed=CALIBRATION_SEED,
        students=min(CALIBRATION_STUDENTS, len(truths)),
        tokens=tokens,
    )
    other_truths = _follow(progress, "other true states", true_readings(states))
    printed = [rule for rule in TABLE_1 if rule.row in rows]
    task = progress.add_task("thresholds", total=None)
    replacements = recalibrate(printed, others, other_truths, advance=_advance(progress, task))
    progress.remove_task(task)
    logs = _follow(
        progress, "nominal, recalibrated", readings, rules=recalibrated_rules(replacements)
    )
    scores = score_rows(logs, truths, rows=rows)
    theta = recalibrate_theta(others, other_truths)
    warned = follow(readings, rules=(), theta=theta)
    return {
        "recalibrated": {
            old.row: {"printed": old.intensity, "recalibrated": new.intensity, **scores[old.row]}
            for old, new in zip(printed, replacements, strict=True)
        },
        "recalibrated_theta": {
            "printed": THETA,
            "recalibrated": theta,
            **summarise(
                [score_student(log, truth) for log, truth in zip(warned, truths, strict=True)]
            ),
        },
    }


def _read(
    progress: Progress, *, regime: str, seed: int, students: int, tokens: int
) -> tuple[Readings, NDArray[np.int8]]:
    simulating = progress.add_task(f"{regime}: simulating", total=None)
    lesson = simulate_lesson(
        seed=seed, students=students, tokens=tokens, scenario=SCENARIO, regime=regime
    )
    progress.remove_task(simulating)
    reading = progress.add_task(f"{regime}: fusion", total=tokens)
    readings = read_lesson(lesson, advance=_advance(progress, reading))
    return readings, lesson.states


def _follow(
    progress: Progress, what: str, readings: Readings, *, rules: Sequence[Rule] = TABLE_1
) -> list[StudentLog]:
    task = progress.add_task(f"{what}: warnings and rules", total=len(readings.known))
    return follow(readings, rules=rules, advance=_advance(progress, task))


def _advance(progress: Progress, task: TaskID) -> Callable[[], None]:
    return lambda: progress.advance(task)
