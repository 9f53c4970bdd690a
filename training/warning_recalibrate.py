"""Rows of Table 1 that an honest posterior hardly reaches, and the threshold it does reach."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from appliance.intervention.rules import TABLE_1, Condition, Rule
from training.warning_events import row_recall
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
