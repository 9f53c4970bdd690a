"""Valid alerts and policies; each test moves one thing."""

from collections.abc import Sequence
from itertools import count

from appliance.domain.affect import Affect
from appliance.domain.alerts import Alert, AlertEvidence, HeldLevel
from appliance.domain.interventions import TaskContext
from appliance.domain.seats import OccupancyKey, SeatKey, TerminalKey
from appliance.intervention.cooldowns import Cooldowns
from appliance.intervention.rule_policy import RulePolicy
from appliance.intervention.rules import TABLE_1, Rule, tracked_levels

SEAT = SeatKey("a01")
STUDENT = OccupancyKey("student-1")
LONG_S = 301.0  # longer than every row asks for
LEVELS = tracked_levels(TABLE_1)


def alert(
    affect: Affect = Affect.FATIGUED,
    *,
    intensity: float = 0.95,
    held_s: float = LONG_S,
    held: dict[float, float] | None = None,
    severe_s: float = 0.0,
    at_s: float = 1000.0,
    onset_s: float = 600.0,
    episode: str = "e1",
    mean_score: float | None = None,
    seat: SeatKey = SEAT,
    occupancy: OccupancyKey = STUDENT,
    opened: bool = False,
    cleared: bool = False,
) -> Alert:
    """Build an open alert held for ``held_s`` above every level, save those in ``held``."""
    durations = dict.fromkeys(LEVELS[affect], held_s) | (held or {})
    return Alert(
        episode=episode,
        seat=seat,
        occupancy=occupancy,
        affect=affect,
        at_s=at_s,
        onset_s=onset_s,
        intensity=intensity,
        held=tuple(HeldLevel(level=k, duration_s=v) for k, v in durations.items()),
        severe_s=severe_s,
        evidence=AlertEvidence(
            mean_score=intensity if mean_score is None else mean_score,
            tokens_above=400,
            raised=True,
        ),
        opened=opened,
        cleared=cleared,
    )


def policy(rules: Sequence[Rule] = TABLE_1, *, hourly_limit: int = 4) -> RulePolicy:
    """Build a policy that has done nothing yet; its ids are i1, i2, ..."""
    numbers = count(1)
    return RulePolicy(
        rules=rules,
        cooldowns=Cooldowns(hourly_limit=hourly_limit),
        new_id=lambda: f"i{next(numbers)}",
    )


def context(*, exam: bool = False, unsaved: bool = False) -> TaskContext:
    """Say what the student is doing."""
    return TaskContext(terminal=TerminalKey("pc-01"), exam=exam, unsaved=unsaved)
