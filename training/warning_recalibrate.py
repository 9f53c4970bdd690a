"""Rows of Table 1 that an honest posterior hardly reaches, and the threshold it does reach."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from appliance.intervention.rules import TABLE_1, Rule
from training.warning_events import score_rows
from training.warning_follow import Readings, StudentLog, follow

FLAG_BELOW = 0.2  # DESIGN.md, 6
REACH = 0.5  # what a recalibrated row has to recall on the students it is calibrated on
STEP = 0.05
LOWEST = 0.3  # a little above chance with four states

RowScores = Mapping[str, Mapping[str, float | int | None]]


def flagged_rows(scores: RowScores) -> tuple[str, ...]:
    """Return the rows whose recall is defined and too low."""
    return tuple(
        row
        for row, score in scores.items()
        if (recall := score["recall"]) is not None and recall < FLAG_BELOW
    )


def recalibrate_row(
    rule: Rule,
    readings: Readings,
    truths: Sequence[StudentLog],
    *,
    advance: Callable[[], None] = lambda: None,
) -> Rule:
    """Lower a row's intensity until it recalls half of the episodes it is meant for.

    The duration stays, and so do the true episodes: those of the printed threshold.

    Args:
        rule: As printed.
        readings: Of students whom nothing else is measured on.
        truths: Their true states, followed with the printed rows.
        advance: Called after each student of each threshold.

    Returns:
        The highest threshold, in steps of ``STEP``, that reaches; the best one if none does.
    """
    best, best_recall = rule, -1.0
    for step in range(1, round((rule.intensity - LOWEST) / STEP) + 1):
        lower = replace(rule, intensity=round(rule.intensity - step * STEP, 4))
        logs = follow(readings, rules=(lower,), advance=advance)
        recall = score_rows(logs, truths, rows=(rule.row,))[rule.row]["recall"]
        if recall is not None and recall > best_recall:
            best, best_recall = lower, recall
        if best_recall >= REACH:
            break
    return best


def recalibrated_rules(replacements: Sequence[Rule]) -> tuple[Rule, ...]:
    """Return Table 1 with some rows replaced."""
    by_row = {rule.row: rule for rule in replacements}
    return tuple(by_row.get(rule.row, rule) for rule in TABLE_1)
