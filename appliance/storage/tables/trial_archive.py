"""What the box did and what came of it, for programs that ask whether it helps."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from appliance.domain.affect import Affect
from appliance.domain.interventions import Action, FeedbackKind
from appliance.domain.policy.choices import ChoiceReason
from appliance.domain.policy.trials import (
    AlertCourse,
    ChoiceCounts,
    ChoiceTrial,
    Shown,
    TrialRecord,
)
from appliance.domain.tokens import TOKEN_HZ
from appliance.storage.export import FEATURES_FILE, PRIVACY_FILE
from appliance.storage.migrations import FEATURES, PRIVACY
from appliance.storage.reading import check_version, reading
from appliance.storage.tables.choice_rows import count_choices
from appliance.storage.tables.choices import stack
from appliance.storage.tables.courses import read_course

CHOICES_SINCE = 3
"""Schema version of ``privacy.db`` with the first choices."""

MOST_CHOICES = 50_000
MOST_ALERTS = 500
"""The newest; each is looked up in the readings."""

UNSEEN = (Action.NONE.value, Action.CONTACT_TEACHER.value)
"""What shows nothing to a student."""

_FINISHED = """SELECT choices.rowid AS row, seat, occupancy, at_s, state, allowed, rule_action,
    action, propensity, delta_f, delta_b, complete, reject, intrude, learned_action, bound, reason,
    choices.wall_s AS wall_s
    FROM choices JOIN outcomes ON outcomes.choice = choices.id
    WHERE NOT erased ORDER BY choices.rowid DESC LIMIT ?"""

_SITTING = "SELECT DISTINCT seat, occupancy FROM choices WHERE NOT erased"

_SHOWN = """SELECT seat, occupancy, action,
    (SELECT group_concat(kind) FROM feedback WHERE command = decisions.id) AS answers
    FROM decisions WHERE wall_s >= ? AND action NOT IN (?, ?)"""

_ALERTS = """SELECT alerts.*, decisions.at_s AS acted_at_s, decisions.wall_s AS acted_wall_s
    FROM alerts LEFT JOIN decisions ON decisions.id = (
        SELECT id FROM decisions WHERE decisions.episode = alerts.episode
        AND action NOT IN (:unseen, :teacher) ORDER BY at_s LIMIT 1)
    WHERE alerts.affect IN (:fatigued, :bored) ORDER BY alerts.wall_s DESC LIMIT :most"""


def read_trials(state_dir: Path, *, delta: float) -> TrialRecord:
    """Read what there is, whether the service is running or not.

    Args:
        state_dir: Folder of the databases.
        delta: What a learned action had to exceed to replace the rule's (the gate's): of a choice
            that was drawn it is not on record which action would have been done otherwise.

    Raises:
        StorageError: A database is missing or cannot be read.
    """
    with (
        reading(state_dir / PRIVACY_FILE) as privacy,
        reading(state_dir / FEATURES_FILE) as features,
    ):
        version = check_version(privacy, state_dir / PRIVACY_FILE, newest=len(PRIVACY))
        check_version(features, state_dir / FEATURES_FILE, newest=len(FEATURES))
        tokens, first_s = features.execute("SELECT count(*), min(wall_s) FROM tokens").fetchone()
        numbers: dict[tuple[str, str], int] = {}
        seen = features.execute("SELECT DISTINCT seat, occupancy FROM streams").fetchall()
        counts, found = ChoiceCounts(), []
        if version >= CHOICES_SINCE:
            counts = count_choices(privacy)
            seen += privacy.execute(_SITTING).fetchall()
            found = _rows(privacy)
        for row in seen:
            _number(row, numbers)
        return TrialRecord(
            trial=_trial(found, delta=delta, numbers=numbers),
            counts=counts,
            shown=_shown(privacy, since_s=first_s, numbers=numbers),
            courses=_courses(privacy, features, numbers),
            hours=tokens / TOKEN_HZ / 3600,
            stays=len(numbers),
        )


def _rows(privacy: sqlite3.Connection) -> list[dict[str, Any]]:
    return [dict(row) for row in privacy.execute(_FINISHED, [MOST_CHOICES])]


def _trial(
    rows: list[dict[str, Any]], *, delta: float, numbers: dict[tuple[str, str], int]
) -> ChoiceTrial:
    experience = stack(rows)
    pairs = [[row["delta_f"], row["delta_b"]] for row in rows]
    missing = [None in pair for pair in pairs]
    drops = np.array(pairs, dtype=np.float64).reshape(len(rows), 2)
    drops[np.array(missing, dtype=np.bool_)] = np.nan
    return ChoiceTrial(
        experience=experience,
        drops=drops,
        bases=np.array([_base(row, delta) for row in rows], dtype=np.int64),
        visits=np.array([_number(row, numbers) for row in rows], dtype=np.int64),
        wall_s=np.array([row["wall_s"] for row in rows], dtype=np.float64),
    )


def _base(row: dict[str, Any], delta: float) -> int:
    """Return what would have been done without chance."""
    drawn_over = row["reason"] == ChoiceReason.RANDOMISED.value and row["bound"] > delta
    replaced = row["reason"] == ChoiceReason.OVERRIDE.value or drawn_over
    return int(row["learned_action"] if replaced else row["rule_action"])


def _shown(
    privacy: sqlite3.Connection, *, since_s: float | None, numbers: dict[tuple[str, str], int]
) -> tuple[Shown, ...]:
    """Return the interventions since the first reading; earlier ones have no hours to stand by."""
    if since_s is None:
        return ()
    accepting = {FeedbackKind.ACCEPTED.value, FeedbackKind.COMPLETED.value}
    found = []
    for row in privacy.execute(_SHOWN, [since_s, *UNSEEN]):
        answers = set((row["answers"] or "").split(","))
        found.append(
            Shown(
                action=Action(row["action"]),
                stay=_number(row, numbers),
                accepted=bool(answers & accepting),
                dismissed=FeedbackKind.DISMISSED.value in answers,
            )
        )
    return tuple(found)


def _courses(
    privacy: sqlite3.Connection,
    features: sqlite3.Connection,
    numbers: dict[tuple[str, str], int],
) -> tuple[AlertCourse, ...]:
    asked = {
        "unseen": UNSEEN[0],
        "teacher": UNSEEN[1],
        "fatigued": Affect.FATIGUED.value,
        "bored": Affect.BORED.value,
        "most": MOST_ALERTS,
    }
    found = []
    for row in privacy.execute(_ALERTS, asked):
        means = read_course(features, row)
        if means is None:
            continue
        found.append(
            AlertCourse(
                stay=_number(row, numbers),
                before=means.before,
                after=means.after,
                acted=means.acted,
            )
        )
    return tuple(found)


def _number(row: Mapping[str, Any] | sqlite3.Row, numbers: dict[tuple[str, str], int]) -> int:
    return numbers.setdefault((row["seat"], row["occupancy"]), len(numbers))
