"""A box's databases filled with synthetic choices whose effects are known."""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from appliance.domain.affect import AFFECTS, VIGILANCES, Affect
from appliance.domain.policy.choices import Choice, ChoiceOutcome, ChoiceReason, PolicyAction
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.intervention.policy.actions import BOX_ACTIONS
from appliance.storage.tables.choice_rows import KEEP_CHOICE, choice_row, outcome_row
from appliance.storage.tables.features import columns_of
from tests.support.clocks import NOON_S, HeldClock
from tests.support.disk import FEATURES, PRIVACY
from tests.support.rows import open_storage
from training.policy.logged import Logged

DAY_S = 86400.0

TOKENS = 760
"""Around an alert: 30 s before and 122 s after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertStory:
    """An alert and how the score went on."""

    stay: int
    before: float = 0.8
    after: float = 0.7
    acted: bool = False


def make_state_dir(folder: Path) -> Path:
    """Make empty databases."""
    storage = open_storage(folder, HeldClock())
    storage.stop()
    return folder


def fill_choices(folder: Path, logged: Logged, *, days: float = 20.0, answered: int = 2) -> None:
    """Write choices with outcomes and interventions, one stay after the other over some days.

    Args:
        folder: From ``make_state_dir``.
        logged: What to write.
        days: Over how long, until noon.
        answered: Every so many interventions is accepted, the one after it closed.
    """
    experience = logged.experience
    spread_s = days * DAY_S / (int(experience.stays[-1]) + 1)
    choices, outcomes, decisions, feedback = [], [], [], []
    for row in range(len(experience)):
        choice = _choice(logged, row)
        since_s = (int(experience.stays[row]) + 1) * spread_s
        wall_s = NOON_S - days * DAY_S + since_s + choice.at_s - 3000
        choices.append(choice_row(choice, wall_s=wall_s))
        outcomes.append(outcome_row(_outcome(logged, row), wall_s=wall_s + 120))
        if choice.action is PolicyAction.NOTHING:
            continue
        decisions.append(_decision(choice, wall_s))
        kind = {0: "accepted", 1: "dismissed"}.get(len(decisions) % (answered + 1))
        if kind is not None:
            feedback.append((choice.id, kind, "pc", None, 3.0, wall_s + 3))
    with closing(sqlite3.connect(folder / PRIVACY)) as database, database:
        database.executemany(KEEP_CHOICE, choices)
        names = ", ".join(f":{name}" for name in outcomes[0])
        database.executemany(f"INSERT INTO outcomes VALUES ({names})", outcomes)  # noqa: S608 - our own names
        _insert(database, "decisions", decisions)
        _insert(database, "feedback", feedback)


def fill_alerts(folder: Path, stories: Iterable[AlertStory], *, fatigue_only: bool = False) -> None:
    """Write alerts with the readings around them."""
    columns = str(list(columns_of(embeddings=False, fatigue_only=fatigue_only))).replace("'", '"')
    alerts, decisions, streams, tokens = [], [], [], []
    for number, story in enumerate(stories):
        wall_s, at_s = NOON_S - DAY_S + 600.0 * number, 1000.0
        where = f"s{story.stay}", f"o{story.stay}"
        affect = Affect.FATIGUED.value
        alerts.append(
            (f"e{number}", wall_s, *where, affect, at_s - 60, at_s, None, 0.8, 0.0, 0.8, 300)
        )
        if story.acted:
            row = f"d{number}", wall_s, at_s, f"e{number}", *where, "pc", affect
            decisions.append((*row, "focus_break", "5", "why", 0.8, 60.0))
        streams.append((number + 1, *where, columns, at_s))
        for token in range(TOKENS):
            later_s = token / 5 - 30
            score = story.before if later_s <= 0 else story.after
            reading = _probabilities(score, fatigue_only=fatigue_only)
            tokens.append((number + 1, wall_s + later_s, at_s + later_s, b"", "known", reading))
    with closing(sqlite3.connect(folder / PRIVACY)) as database, database:
        _insert(database, "alerts", alerts)
        _insert(database, "decisions", decisions)
    with closing(sqlite3.connect(folder / FEATURES)) as database, database:
        _insert(database, "streams", streams)
        database.executemany(
            """INSERT INTO tokens (stream, wall_s, at_s, features, reading, probabilities)
            VALUES (?, ?, ?, ?, ?, ?)""",
            tokens,
        )


def _choice(logged: Logged, row: int) -> Choice:
    experience = logged.experience
    action = PolicyAction(int(experience.actions[row]))
    rule = PolicyAction(int(experience.rules[row]))
    base = PolicyAction(int(logged.trial.bases[row]))
    reason = ChoiceReason.RULE if base is rule else ChoiceReason.OVERRIDE
    stay = int(experience.stays[row])
    return Choice(
        id=f"c{row}",
        seat=SeatKey(f"s{stay}"),
        occupancy=OccupancyKey(f"o{stay}"),
        at_s=float(experience.at_s[row]),
        state=experience.states[row],
        allowed=tuple(bool(one) for one in experience.allowed[row]),
        rule_action=rule,
        rule="",
        learned_action=base,
        action=action,
        propensity=float(experience.propensities[row]),
        bound=0.0 if base is rule else 0.1,
        value=0.0,
        reason=reason if action is base else ChoiceReason.RANDOMISED,
        policy="rules",
        seed=row,
    )


def _outcome(logged: Logged, row: int) -> ChoiceOutcome:
    fatigue, boredom = logged.trial.drops[row]
    missing = bool(np.isnan(fatigue))
    return ChoiceOutcome(
        choice=f"c{row}",
        fatigue_drop=None if missing else float(fatigue),
        boredom_drop=None if missing else float(boredom),
        complete=False,
        reject=False,
        intrude=False,
    )


def _decision(choice: Choice, wall_s: float) -> tuple[str | float, ...]:
    action = BOX_ACTIONS[choice.action].value
    where = choice.seat, choice.occupancy, "pc", Affect.FATIGUED.value
    return (choice.id, wall_s, choice.at_s, "", *where, action, "x", "why", 0.5, 0.0)


def _probabilities(score: float, *, fatigue_only: bool) -> bytes:
    states = VIGILANCES if fatigue_only else AFFECTS
    numbers = [score if state.value == "fatigued" else 0.0 for state in states]
    numbers[0] = 1 - score
    return np.array(numbers, dtype="<f2").tobytes()


def _insert(database: sqlite3.Connection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        database.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our own names
