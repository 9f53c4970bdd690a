"""Thresholds that an honest posterior hardly reaches, and those that it does reach."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from appliance.intervention.rules import TABLE_1, Condition, Rule
from appliance.warning.monitor import THETA
from training.warning.events import event_f1, false_alarms_per_seat_hour, row_recall, score_student
from training.warning.follow import Readings, StudentLog, follow

FLAG_BELOW = 0.2  # docs/DESIGN.md, 6
REACH = 0.5  # what a recalibrated row has to recall on the students it is calibrated on
STEP = 0.05
LOWEST = 0.3  # a little above chance with four states
MAX_FALSE_PER_HOUR = 0.05  # of one seat
LOWER_THETAS = (0.65, 0.6, 0.55, 0.5, 0.45, 0.4)

RowScores = Mapping[str, Mapping[str, float | int | None]]


def flagged_rows(scores: RowScores) -> tuple[str, ...]:
    """Return the rows whose recall is defined and too low."""
    return tuple(
        row
        for row, score in scores.items()
        if (recall := score["recall"]) is not None and recall < FLAG_BELOW
    )


def recalibrate(
    rules: Sequence[Rule],
    readings: Readings,
    truths: Sequence[StudentLog],
    *,
    advance: Callable[[], None] = lambda: None,
) -> list[Rule]:
    """Lower each row's intensity until it recalls half of the episodes it is meant for.

    The duration stays, and so do the true episodes: those of the printed threshold.

    Args:
        rules: Rows as printed.
        readings: Of students whom nothing else is measured on.
        truths: Their true states, followed with the printed rows.
        advance: Called after each student of each pass.

    Returns:
        Per row the highest threshold, in steps of ``STEP``, that reaches; the best if none does.
    """
    held = [lower for rule in rules if rule.condition is Condition.HELD for lower in _lower(rule)]
    logs = follow(readings, rules=[_named(one) for one in held], advance=advance) if held else []

    def recall(rule: Rule) -> float:
        followed = logs
        if rule.condition is not Condition.HELD:  # its level is the monitor's: one pass each
            followed = follow(readings, rules=[_named(rule)], advance=advance)
        return row_recall(followed, truths, row=rule.row, applied_as=_named(rule).row) or 0.0

    return [_first_to_reach(_lower(rule), recall) for rule in rules]


def recalibrate_theta(readings: Readings, truths: Sequence[StudentLog]) -> float:
    """Return the threshold of equation 9 with the best event F1 that is seldom wrong.

    The printed one if no lower one keeps to ``MAX_FALSE_PER_HOUR``.

    Args:
        readings: Of students whom nothing else is measured on.
        truths: Their true states, followed with the printed threshold; on them it does not matter.
    """

    def f1(theta: float) -> float:
        logs = follow(readings, rules=(), theta=theta)
        scores = [score_student(log, truth) for log, truth in zip(logs, truths, strict=True)]
        often_wrong = (false_alarms_per_seat_hour(scores) or 0.0) > MAX_FALSE_PER_HOUR
        return 0.0 if often_wrong and theta < THETA else event_f1(scores) or 0.0

    return max((THETA, *LOWER_THETAS), key=f1)  # of equal ones the highest


def _first_to_reach(candidates: Sequence[Rule], recall: Callable[[Rule], float]) -> Rule:
    best, best_recall = candidates[0], -1.0
    for candidate in candidates:
        reached = recall(candidate)
        if reached > best_recall:
            best, best_recall = candidate, reached
        if reached >= REACH:
            break
    return best


def _lower(rule: Rule) -> list[Rule]:
    steps = range(1, round((rule.intensity - LOWEST) / STEP) + 1)
    return [replace(rule, intensity=round(rule.intensity - step * STEP, 4)) for step in steps]


def _named(rule: Rule) -> Rule:
    return replace(rule, row=f"{rule.row} at {rule.intensity:g}")


def recalibrated_rules(replacements: Sequence[Rule]) -> tuple[Rule, ...]:
    """Return Table 1 with some rows replaced."""
    by_row = {rule.row: rule for rule in replacements}
    return tuple(by_row.get(rule.row, rule) for rule in TABLE_1)
