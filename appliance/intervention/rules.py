"""Table 1 as a table: what may be done, when, and what never."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from appliance.domain.affect import Affect
from appliance.domain.alerts import Alert
from appliance.domain.interventions import Action, RefusalCause, TaskContext

_MINUTE_S = 60.0

SEVERE_LEVEL = 0.9  # docs/DESIGN.md, 6, row 0; docs/PAPER.md, 4.2.2, Table 1
SEVERE_HELD_S = 180.0  # docs/DESIGN.md, 6, row 0

LOCKING = frozenset({Action.REMINDER_LOCK_30S, Action.MANDATORY_REST})
"""Actions that take the keyboard away."""

NOT_INTERRUPTING = frozenset({Action.NONE, Action.CONTACT_TEACHER})
"""Actions that the student's screen does not show."""


class Condition(StrEnum):
    """How a row measures intensity and duration."""

    HELD = "held"
    """30 s mean above the intensity, for longer than ``held_s``: both strict."""

    SEVERE = "severe"
    """60 s mean of any class but focused above the severe level, for at least ``held_s``."""

    AT_ONCE = "at_once"
    """30 s mean above the intensity, however long: the paper's "Any"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of Table 1 with its cool-down."""

    row: str
    """Number in docs/DESIGN.md, 6; the order of the table is the order of the tuple."""

    affects: tuple[Affect, ...]
    """Types of alert it is about."""

    condition: Condition
    """How intensity and duration are measured."""

    intensity: float
    """Must be exceeded, (0, 1)."""

    held_s: float
    """Duration, seconds; strict or not as ``condition`` says."""

    action: Action
    """What is done."""

    cooldown_s: float
    """Least time until the row may act again, seconds; at that very second it may."""

    per_seat: bool = False
    """True: the cool-down is the seat's and outlives the occupancy."""

    once_per_episode: bool = False
    """True: never twice in one episode."""

    also_cools: tuple[str, ...] = ()
    """Milder rows whose cool-down begins as well when this one acts."""

    def applies(self, alert: Alert) -> bool:
        """Tell whether the alert meets type, intensity and duration of the row.

        Raises:
            ValueError: The monitor was not asked to track the row's level.
        """
        if alert.affect not in self.affects:
            return False
        if self.condition is Condition.SEVERE:
            return alert.severe_s >= self.held_s
        if not alert.intensity > self.intensity:
            return False
        if self.condition is Condition.AT_ONCE:
            return True
        return alert.held_above_s(self.intensity) > self.held_s

    def measured_s(self, alert: Alert) -> float:
        """Return the duration that the row looks at, seconds."""
        if self.condition is Condition.SEVERE:
            return alert.severe_s
        if self.condition is Condition.AT_ONCE:
            return alert.at_s - alert.onset_s
        return alert.held_above_s(self.intensity)

    def explain(self, alert: Alert) -> str:
        """Return the numbers behind the row in one line for people."""
        measured_s = self.measured_s(alert)
        if self.condition is Condition.SEVERE:
            return (
                f"{alert.affect}: 60 s mean above {self.intensity:g} "
                f"for {measured_s:.0f} s, at least {self.held_s:g} s"
            )
        line = f"{alert.affect}: {alert.intensity:.3f} > {self.intensity:g}"
        if self.condition is Condition.AT_ONCE:
            return f"{line}, for any duration"
        return f"{line} for {measured_s:.0f} s > {self.held_s:g} s"


# Intensities, durations and actions: docs/DESIGN.md, 6 after the paper's Table 1. Row 0 differs
# from the paper, which asks for any state and any duration: an instant's 0.9 would call a
# counsellor for every confident frame, and for whoever concentrates. ``literal`` brings the paper's
# row back.
#
# Cool-downs of rows 0 and 5: docs/DESIGN.md, 6. The others are ours: a lock at most every 10
# minutes, the spacing below which an intervention counts as intrusive; a rest six times as long as
# itself; content like a lock; a hint, the mildest, half of that. A rest starts the lock's cool-down
# too, as a lock on top of a rest would help nobody; a lock never delays a rest, which is the
# stronger measure.
TABLE_1: tuple[Rule, ...] = (
    Rule(
        row="0",
        affects=(Affect.CONFUSED, Affect.FATIGUED, Affect.BORED),
        condition=Condition.SEVERE,
        intensity=SEVERE_LEVEL,
        held_s=SEVERE_HELD_S,
        action=Action.CONTACT_TEACHER,
        cooldown_s=30 * _MINUTE_S,
        per_seat=True,
    ),
    Rule(
        row="1",
        affects=(Affect.FATIGUED,),
        condition=Condition.HELD,
        intensity=0.8,
        held_s=5 * _MINUTE_S,
        action=Action.MANDATORY_REST,
        cooldown_s=30 * _MINUTE_S,
        also_cools=("2",),
    ),
    Rule(
        row="2",
        affects=(Affect.FATIGUED,),
        condition=Condition.HELD,
        intensity=0.6,
        held_s=3 * _MINUTE_S,
        action=Action.REMINDER_LOCK_30S,
        cooldown_s=10 * _MINUTE_S,
    ),
    Rule(
        row="3",
        affects=(Affect.BORED,),
        condition=Condition.HELD,
        intensity=0.7,
        held_s=3 * _MINUTE_S,
        action=Action.PUSH_CONTENT,
        cooldown_s=10 * _MINUTE_S,
    ),
    Rule(
        row="4",
        affects=(Affect.CONFUSED,),
        condition=Condition.HELD,
        intensity=0.75,
        held_s=2 * _MINUTE_S,
        action=Action.HINT,
        cooldown_s=5 * _MINUTE_S,
    ),
    Rule(
        row="5",
        affects=(Affect.FOCUSED,),
        condition=Condition.HELD,
        intensity=0.8,
        held_s=5 * _MINUTE_S,
        action=Action.FOCUS_BREAK,
        cooldown_s=20 * _MINUTE_S,
        once_per_episode=True,
    ),
)

# docs/DESIGN.md, 6: rows that recall less than a fifth of the episodes they are meant for, with the
# highest intensity that recalled half of those of 64 simulated students, or what came nearest to it
# (rows 3 and 4; ``python -m training.evaluate warning``). A calibrated model seldom says more than
# it knows. Found with the four-state model.
RECALIBRATED: Mapping[str, float] = {"0": 0.6, "3": 0.3, "4": 0.35, "5": 0.65}


def select_rules(
    *, literal: bool = False, recalibrated: bool = False, fatigue_only: bool = False
) -> tuple[Rule, ...]:
    """Return the rows of Table 1 that a box works with, in order.

    Args:
        literal: Row 0 as the paper prints it: any state, any duration.
        recalibrated: The intensities of ``RECALIBRATED`` instead of the printed ones.
        fatigue_only: Rows 0, 1 and 2, about no other state than fatigued.
    """
    rules = TABLE_1
    if recalibrated:
        rules = tuple(
            replace(rule, intensity=RECALIBRATED.get(rule.row, rule.intensity)) for rule in rules
        )
    if literal:
        severe = replace(TABLE_1[0], affects=tuple(Affect), condition=Condition.AT_ONCE, held_s=0.0)
        rules = (severe, *rules[1:])
    if fatigue_only:
        rules = tuple(
            replace(rule, affects=(Affect.FATIGUED,))
            for rule in rules
            if Affect.FATIGUED in rule.affects
        )
    return rules


def tracked_levels(rules: Iterable[Rule]) -> dict[Affect, tuple[float, ...]]:
    """Return the intensities whose duration the rules ask about, for the monitor."""
    levels: dict[Affect, tuple[float, ...]] = {}
    for rule in rules:
        if rule.condition is Condition.HELD:
            for affect in rule.affects:
                levels[affect] = tuple(sorted({*levels.get(affect, ()), rule.intensity}))
    return levels


def severe_level(rules: Iterable[Rule]) -> float:
    """Return the level that the monitor's longer mean must exceed for a severe row."""
    levels = [rule.intensity for rule in rules if rule.condition is Condition.SEVERE]
    return levels[0] if levels else SEVERE_LEVEL


def find_mask(action: Action, context: TaskContext | None) -> RefusalCause | None:
    """Tell why an action is forbidden by what the student is doing.

    An exam forbids all that interrupts, unsaved input forbids what locks. Calling a teacher
    shows nothing on the student's screen, so nothing forbids it. A terminal that has not said
    what it does forbids nothing: docs/DESIGN.md, 6 has the masks follow what it says.

    Args:
        action: What is about to be done.
        context: What the terminal last said; None when it said nothing.

    Returns:
        The cause, or None when the action is allowed.
    """
    if context is None or action in NOT_INTERRUPTING:
        return None
    if context.exam:
        return RefusalCause.EXAM
    if context.unsaved and action in LOCKING:
        return RefusalCause.UNSAVED
    return None
