"""Alerts against true episodes: event F1, false alarms, latency, rows of Table 1.

Truth is equation 9, and the rules behind it, on the one-hot true state (docs/DESIGN.md, 5): what
the box would have said had the fusion always been right and sure. An event is a true episode of the
sum fatigued + bored; it is found when any alert of the same detector overlaps it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.domain.affect import Affect
from appliance.domain.arrays import Float64Array
from training.warning.follow import DISENGAGED, Episode, StudentLog

RESAMPLES = 1000
BOOTSTRAP_SEED = 1
INTERVAL = (2.5, 97.5)  # percentiles: 95 %
_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentScore:
    """One student's events of one detector."""

    events: int
    """True episodes."""

    found: int
    """Those that an alert overlaps."""

    alerts: int
    """Alerts raised."""

    right: int
    """Those that overlap a true episode."""

    latency_s: tuple[float, ...]
    """Per event found: first overlapping alert minus the second at which the rule on the truth
    first held. Negative where the alert came first: it was already open, or raised on a state
    too short, so far, for the truth."""

    hours: float
    """Length of the occupancy."""


def score_student(
    log: StudentLog, truth: StudentLog, *, affects: Sequence[Affect] = DISENGAGED
) -> StudentScore:
    """Compare the alerts of one detector with what they should have been."""
    alerts, events = log.episodes(affects), truth.episodes(affects)
    latency = []
    for event in events:
        starts = [alert.starts_s for alert in alerts if alert.overlaps(event)]
        if starts:
            latency.append(min(starts) - event.starts_s)
    return StudentScore(
        events=len(events),
        found=len(latency),
        alerts=len(alerts),
        right=sum(any(alert.overlaps(event) for event in events) for alert in alerts),
        latency_s=tuple(latency),
        hours=truth.ends_s / _HOUR_S,
    )


def event_f1(scores: Sequence[StudentScore]) -> float | None:
    """Return the harmonic mean of recall over events and precision over alerts."""
    found, right = sum(one.found for one in scores), sum(one.right for one in scores)
    events, alerts = sum(one.events for one in scores), sum(one.alerts for one in scores)
    if not events or not alerts:
        return None
    recall, precision = found / events, right / alerts
    return 2 * recall * precision / (recall + precision) if found and right else 0.0


def event_recall(scores: Sequence[StudentScore]) -> float | None:
    """Return the share of events found."""
    events = sum(one.events for one in scores)
    return sum(one.found for one in scores) / events if events else None


def false_alarms_per_seat_hour(scores: Sequence[StudentScore]) -> float | None:
    """Return alerts that overlap no event, per hour of one seat."""
    hours = sum(one.hours for one in scores)
    return sum(one.alerts - one.right for one in scores) / hours if hours else None


def latency_s(scores: Sequence[StudentScore], *, percentile: float) -> float | None:
    """Return a percentile of the latency of the events found."""
    pooled = [value for one in scores for value in one.latency_s]
    return float(np.percentile(pooled, percentile)) if pooled else None


def summarise(scores: Sequence[StudentScore]) -> dict[str, object]:
    """Return the measures with 95 % intervals over resampled students, one score each."""
    measures: dict[str, Callable[[Sequence[StudentScore]], float | None]] = {
        "event_f1": event_f1,
        "event_recall": event_recall,
        "false_alarms_per_seat_hour": false_alarms_per_seat_hour,
        "latency_s_p50": lambda sample: latency_s(sample, percentile=50),
        "latency_s_p90": lambda sample: latency_s(sample, percentile=90),
    }
    table: dict[str, object] = {name: rounded(of(scores)) for name, of in measures.items()}
    samples = [[scores[row] for row in rows] for rows in resamples(len(scores))]
    for name, of in measures.items():
        table[f"{name}_ci"] = interval([of(sample) for sample in samples])
    return {
        **table,
        "events": sum(one.events for one in scores),
        "alerts": sum(one.alerts for one in scores),
    }


def resamples(students: int) -> list[list[int]]:
    """Return the bootstrap's students, the same for every measure."""
    rng = np.random.default_rng(BOOTSTRAP_SEED)
    drawn: list[list[int]] = rng.integers(0, students, size=(RESAMPLES, students)).tolist()
    return drawn


def interval(values: Sequence[float | None]) -> list[float] | None:
    """Return the 95 % interval of resampled values; None where some sample defines none."""
    defined = [value for value in values if value is not None]
    if len(defined) < len(values):
        return None
    return [round(float(bound), 4) for bound in np.percentile(defined, INTERVAL)]


def score_rows(
    logs: Sequence[StudentLog], truths: Sequence[StudentLog], *, rows: Sequence[str]
) -> dict[str, dict[str, float | int | None]]:
    """Return how each row of Table 1 does.

    A true episode qualifies when the row's own condition holds in it on the one-hot truth. It is
    recalled when the condition holds on the readings at any second at which that episode is open:
    cool-downs and stronger rows, which keep a row from acting, do not count against it.

    Args:
        logs: Of the readings.
        truths: Of the same students' true states.
        rows: Rows to look at.

    Returns:
        Per row: recall (None without a true episode), how often it acts per 100 seat-hours,
        how often it acts outside of every true episode that qualifies, and how many those are.
    """
    hours = sum(truth.ends_s for truth in truths) / _HOUR_S
    table: dict[str, dict[str, float | int | None]] = {}
    for row in rows:
        total = acted = astray = 0
        for log, truth in zip(logs, truths, strict=True):
            qualifying = qualifying_episodes(truth, row)
            total += len(qualifying)
            acts = [one.at_s for one in log.interventions if one.rule == row]
            acted += len(acts)
            astray += sum(not any(one.holds(at_s) for one in qualifying) for at_s in acts)
        table[row] = {
            "recall": rounded(row_recall(logs, truths, row=row)),
            "per_100_seat_hours": round(100 * acted / hours, 2),
            "false_per_100_seat_hours": round(100 * astray / hours, 2),
            "true_episodes": total,
        }
    return table


def row_recall(
    logs: Sequence[StudentLog],
    truths: Sequence[StudentLog],
    *,
    row: str,
    applied_as: str | None = None,
) -> float | None:
    """Return the share of a row's true episodes in which its condition holds on the readings.

    Args:
        logs: Of the readings.
        truths: Of the true states.
        row: Whose true episodes.
        applied_as: Name under which ``logs`` were followed; None: the same.
    """
    total = recalled = 0
    for log, truth in zip(logs, truths, strict=True):
        times = [at_s for at_s, _ in log.applied[applied_as or row]]
        for episode in qualifying_episodes(truth, row):
            total += 1
            recalled += any(episode.holds(at_s) for at_s in times)
    return recalled / total if total else None


def qualifying_episodes(truth: StudentLog, row: str) -> list[Episode]:
    """Return the true episodes in which a row's condition holds at some second."""
    of_row = {episode for _, episode in truth.applied[row]}
    return [one for one in truth.episodes() if one.id in of_row]


def positive_predictive_value(
    logs: Sequence[StudentLog],
    fatigue_truths: Sequence[StudentLog],
    states: NDArray[np.int8],
    *,
    fatigued: int,
    prevalence: Sequence[float],
) -> dict[str, float | None]:
    """Return the share of fatigue alerts that are true, reweighed to other prevalences.

    An alert of type fatigued is true when it overlaps an episode of equation 9 on the one-hot of
    fatigued alone. With r true alerts per hour of true fatigue and q false ones per hour of
    anything else, a class that is fatigued for a share f of its time has f r : (1 - f) q.

    Args:
        logs: Of the readings.
        fatigue_truths: Of the true states, equation 9 on fatigued alone.
        states: (N, T) true states.
        fatigued: Index of fatigued.
        prevalence: Shares of time f, in (0, 1).
    """
    true = false = 0
    for log, truth in zip(logs, fatigue_truths, strict=True):
        events = truth.episodes()
        for alert in log.episodes((Affect.FATIGUED,)):
            if any(alert.overlaps(event) for event in events):
                true += 1
            else:
                false += 1
    share = float(np.mean(states == fatigued))
    if not 0 < share < 1:
        return {f"{f:g}": None for f in prevalence}
    per_fatigued, per_other = true / share, false / (1 - share)
    table: dict[str, float | None] = {}
    for f in prevalence:
        weight = f * per_fatigued + (1 - f) * per_other
        table[f"{f:g}"] = rounded(f * per_fatigued / weight if weight else None)
    return table


def share_of_false_alarms_near(
    logs: Sequence[StudentLog], truths: Sequence[StudentLog], scores: Float64Array
) -> float | None:
    """Return the share of false alarms raised while the student was disengaged for most of L.

    Too short for equation 9 on the truth, yet no invention: these say how much of the false
    alarm rate is a matter of the threshold.

    Args:
        logs: Of the readings.
        truths: Of the true states.
        scores: (N, T') share of the 90 s before each second in which the true state was fatigued
            or bored.
    """
    near = total = 0
    for row, (log, truth) in enumerate(zip(logs, truths, strict=True)):
        events = truth.episodes(DISENGAGED)
        for alert in log.episodes(DISENGAGED):
            if not any(alert.overlaps(event) for event in events):
                total += 1
                near += bool(scores[row, int(alert.starts_s) - 1] > 1 / 2)
    return rounded(near / total if total else None)


def rounded(value: float | None) -> float | None:
    """Round for the table."""
    return None if value is None else round(value, 4)
