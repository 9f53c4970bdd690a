"""What the teachers' budget costs in simulated lessons of 24 seats."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from appliance.domain.affect import Affect
from appliance.domain.alerts import Alert
from appliance.domain.interventions import Action, Intervention
from appliance.warning.teacher_budget import MESSAGES, TeacherBudget
from training.warning.events import rounded
from training.warning.follow import DISENGAGED, StudentLog

LESSON_SEATS = 24  # docs/DESIGN.md, 5
LESSONS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonNews:
    """What the teacher of one lesson heard."""

    messages: tuple[int, ...]
    """Seats that each message names."""

    told: frozenset[str]
    """Episodes that a message names."""

    alerts: int
    """Alerts that a teacher without a budget would have heard of, contacts included."""

    contact_waits_s: tuple[float, ...]
    """How long each contact waited for its message."""


def teach(logs: Sequence[StudentLog], *, budget: TeacherBudget) -> LessonNews:
    """Let one box with all these students run for one lesson, second by second."""
    seconds = int(max(log.ends_s for log in logs)) + 1
    alerts: list[list[Alert]] = [[] for _ in range(seconds)]
    decisions: list[list[Intervention]] = [[] for _ in range(seconds)]
    for log in logs:
        for alert in log.alerts:
            alerts[int(alert.at_s)].append(alert)
        for one in log.interventions:
            decisions[int(one.at_s)].append(one)
    sizes: list[int] = []
    told: set[str] = set()
    waits: list[float] = []
    contacts = 0
    for second in range(seconds):
        contacts += sum(one.action is Action.CONTACT_TEACHER for one in decisions[second])
        for message in budget.choose(alerts[second], decisions[second], now_s=float(second)):
            if message.clears:
                continue
            sizes.append(len(message.contacts) + len(message.alerts))
            told.update(one.episode for one in message.alerts)
            told.update(one.episode for one in message.contacts)
            waits += [float(second - int(one.at_s)) for one in message.contacts]
    heard = sum(len(log.episodes((*DISENGAGED, Affect.CONFUSED))) for log in logs)
    return LessonNews(
        messages=tuple(sizes),
        told=frozenset(told),
        alerts=heard + contacts,
        contact_waits_s=tuple(waits),
    )


def evaluate_budget(
    logs: Sequence[StudentLog],
    truths: Sequence[StudentLog],
    *,
    seed: int,
    lessons: int = LESSONS,
    messages: int = MESSAGES,
) -> dict[str, object]:
    """Return messages per lesson and the recall that the budget costs.

    Each lesson seats 24 of the students, drawn anew without replacement; all if there are fewer.

    Args:
        logs: Of the readings, one per student.
        truths: Of the true states.
        seed: Decides who sits in which lesson.
        lessons: Number of lessons.
        messages: The budget.
    """
    rng = np.random.default_rng(seed)
    seats = min(LESSON_SEATS, len(logs))
    counts: list[int] = []
    sizes: list[int] = []
    alerts: list[int] = []
    waits: list[float] = []
    events = found = told = 0
    for _ in range(lessons):
        rows = rng.choice(len(logs), size=seats, replace=False)
        news = teach(
            [logs[row] for row in rows],
            budget=TeacherBudget(messages=messages, spread=seats > messages),
        )
        counts.append(len(news.messages))
        sizes += news.messages
        alerts.append(news.alerts)
        waits += news.contact_waits_s
        for row in rows:
            raised = logs[row].episodes(DISENGAGED)
            for event in truths[row].episodes(DISENGAGED):
                over = [alert for alert in raised if alert.overlaps(event)]
                events += 1
                found += bool(over)
                told += any(alert.id in news.told for alert in over)
    return {
        "lessons": lessons,
        "seats": seats,
        "budget": messages,
        "messages_p50": float(np.percentile(counts, 50)),
        "messages_p95": float(np.percentile(counts, 95)),
        "messages_max": max(counts),
        "messages_without_budget_p50": float(np.percentile(alerts, 50)),
        "seats_per_message_p50": float(np.percentile(sizes, 50)) if sizes else None,
        "recall_without_budget": rounded(found / events if events else None),
        "recall_told": rounded(told / events if events else None),
        "recall_lost": rounded((found - told) / events if events else None),
        "contacts_per_lesson": round(len(waits) / lessons, 2),
        "contact_wait_s_p90": float(np.percentile(waits, 90)) if waits else None,
    }
