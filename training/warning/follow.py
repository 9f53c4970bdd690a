"""What the box's own warnings and rules make of a student's probabilities."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from appliance.domain.affect import AFFECTS, Affect, AffectReading, ReadingStatus
from appliance.domain.alerts import Alert
from appliance.domain.arrays import BoolArray, Float32Array
from appliance.domain.interventions import Intervention
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.domain.tokens import TOKEN_HZ
from appliance.intervention.cooldowns import Cooldowns
from appliance.intervention.rule_policy import RulePolicy
from appliance.intervention.rules import TABLE_1, Rule, severe_level, tracked_levels
from appliance.warning.monitor import CLEAR_BELOW, THETA, EpisodeMonitor
from training.fusion.streaming import read_tokens
from training.simulator.classroom import Lesson

DISENGAGED = (Affect.FATIGUED, Affect.BORED)
"""Types of alert that the sum of equation 9 raises."""

_OCCUPANCY = OccupancyKey("simulated")
_UNUSED = np.zeros(1, dtype=np.float32)  # neither warnings nor rules look at h_fused


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Readings:
    """What the fusion said of N students over T tokens."""

    probabilities: Float32Array
    """(N, T, 4) in the order of ``AFFECTS``."""

    known: BoolArray
    """(N, T) False while warming up or unsure: nothing may follow from those."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One alert from raising to clearing."""

    id: str
    """As in the alerts."""

    affect: Affect
    """Type when it was raised."""

    starts_s: float
    """When it was raised, capture time, seconds."""

    ends_s: float
    """When it cleared, or when the occupancy ended."""

    def overlaps(self, other: "Episode") -> bool:
        """Tell whether both were open at some time; to touch is not to overlap."""
        return self.starts_s < other.ends_s and other.starts_s < self.ends_s

    def holds(self, at_s: float) -> bool:
        """Tell whether it was open at a time."""
        return self.starts_s <= at_s < self.ends_s


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentLog:
    """Everything that warnings and rules said of one student."""

    alerts: tuple[Alert, ...]
    """Every evaluation of an open episode, in order."""

    interventions: tuple[Intervention, ...]
    """What the rules did, cool-downs as in the box."""

    applied: Mapping[str, tuple[tuple[float, str], ...]]
    """Row to (second, episode) at which its condition held, whether or not it might act."""

    ends_s: float
    """Length of the occupancy, seconds."""

    def episodes(self, affects: Sequence[Affect] = tuple(Affect)) -> list[Episode]:
        """Return the episodes whose type, when raised, is one of those given."""
        first: dict[str, Alert] = {}
        ends: dict[str, float] = {}
        for alert in self.alerts:
            first.setdefault(alert.episode, alert)
            if alert.cleared:
                ends[alert.episode] = alert.at_s
        return [
            Episode(
                id=key,
                affect=alert.affect,
                starts_s=alert.at_s,
                ends_s=ends.get(key, self.ends_s),
            )
            for key, alert in first.items()
            if alert.affect in affects
        ]


def read_lesson(lesson: Lesson, *, advance: Callable[[], None] = lambda: None) -> Readings:
    """Stream a lesson through the shipped fusion model, all students as seats of one box.

    Args:
        lesson: Tokens of N students.
        advance: Called after each token.
    """
    shape = lesson.states.shape
    probabilities = np.empty((*shape, len(AFFECTS)), dtype=np.float32)
    known = np.empty(shape, dtype=np.bool_)
    for token, readings in enumerate(read_tokens(lesson)):
        probabilities[:, token] = [reading.probabilities for reading in readings]
        known[:, token] = [reading.status is ReadingStatus.KNOWN for reading in readings]
        advance()
    return Readings(probabilities=probabilities, known=known)


def true_readings(states: NDArray[np.int8]) -> Readings:
    """Return the one-hot true states, (N, T), as readings of a fusion that is always right."""
    return Readings(
        probabilities=np.eye(len(AFFECTS), dtype=np.float32)[states],
        known=np.ones(states.shape, dtype=np.bool_),
    )


def follow(
    readings: Readings,
    *,
    rules: Sequence[Rule] = TABLE_1,
    theta: float = THETA,
    fatigue_only: bool = False,
    advance: Callable[[], None] = lambda: None,
) -> list[StudentLog]:
    """Let the box's monitor and rules follow every student.

    Args:
        readings: Of N students.
        rules: Rows in order; the level of a severe row is the monitor's.
        theta: Score threshold of equation 9; below ``CLEAR_BELOW`` an alert clears at it.
        fatigue_only: Equation 9 on fatigued alone.
        advance: Called after each student.
    """
    logs = []
    for row in range(len(readings.known)):
        logs.append(
            _follow_student(readings, row, rules=rules, theta=theta, fatigue_only=fatigue_only)
        )
        advance()
    return logs


def _follow_student(
    readings: Readings,
    row: int,
    *,
    rules: Sequence[Rule],
    theta: float,
    fatigue_only: bool,
) -> StudentLog:
    ids = count()

    def new_id() -> str:
        return f"s{row}-{next(ids)}"

    monitor = EpisodeMonitor(
        levels=tracked_levels(rules),
        new_id=new_id,
        theta=theta,
        clear_below=min(CLEAR_BELOW, theta),
        severe_level=severe_level(rules),
        fatigue_only=fatigue_only,
    )
    policy = RulePolicy(rules=rules, cooldowns=Cooldowns(), new_id=new_id)
    alerts: list[Alert] = []
    interventions: list[Intervention] = []
    applied: dict[str, list[tuple[float, str]]] = {rule.row: [] for rule in rules}
    for reading in _student_readings(readings, row):
        for alert in monitor.assess(reading):
            alerts.append(alert)
            if alert.cleared:
                continue
            for rule in rules:
                if rule.applies(alert):
                    applied[rule.row].append((alert.at_s, alert.episode))
            decision = policy.decide(alert)
            if decision is not None:
                interventions.append(decision)
    return StudentLog(
        alerts=tuple(alerts),
        interventions=tuple(interventions),
        applied={name: tuple(times) for name, times in applied.items()},
        ends_s=readings.known.shape[1] / TOKEN_HZ,
    )


def _student_readings(readings: Readings, row: int) -> Iterator[AffectReading]:
    seat = SeatKey(f"s{row}")
    for token in range(readings.known.shape[1]):
        yield AffectReading(
            seat=seat,
            occupancy=_OCCUPANCY,
            at_s=(token + 1) / TOKEN_HZ,  # exact on whole seconds
            status=ReadingStatus.KNOWN if readings.known[row, token] else ReadingStatus.UNKNOWN,
            probabilities=readings.probabilities[row, token],
            fused=_UNUSED,
        )
