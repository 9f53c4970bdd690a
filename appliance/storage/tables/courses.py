"""How a student's score went on after an alert, from the readings that are still stored."""

import json
import sqlite3
from dataclasses import dataclass

import numpy as np

from appliance.domain.affect import Affect, ReadingStatus
from appliance.domain.tokens import TOKEN_HZ
from appliance.storage.tables.features import states_of

WINDOW_S = 30.0
DELAY_S = 120.0
"""Of Delta F and Delta B (docs/DESIGN.md, 6)."""

MIN_PRESENT = 0.8
"""Share of either window that has to be known."""

_SLACK_S = 60.0
"""Wall time beside capture time: batches are written every few seconds."""

_SCORED = (Affect.FATIGUED.value, Affect.BORED.value)
"""Of equation 9; where the box tells no more than fatigued from alert, that one alone."""

_TOKENS = """SELECT at_s, columns, probabilities FROM tokens
    JOIN streams ON streams.id = tokens.stream
    WHERE tokens.wall_s BETWEEN :first AND :last AND seat = :seat AND occupancy = :occupancy
    AND reading = :known"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreMeans:
    """The score around an alert, or around the intervention that came of it."""

    before: float
    after: float
    acted: bool


def read_course(features: sqlite3.Connection, alert: sqlite3.Row) -> ScoreMeans | None:
    """Return the means before and after; None when too little of them is stored.

    Args:
        features: Open on ``features.db``.
        alert: Row of ``alerts`` with ``acted_at_s`` and ``acted_wall_s``, empty without a decision.
    """
    acted_s = alert["acted_at_s"]
    acted = acted_s is not None and 0 <= acted_s - alert["opened_s"] < DELAY_S
    at_s = acted_s if acted else alert["opened_s"]
    wall_s = alert["acted_wall_s"] if acted else alert["wall_s"]
    asked = {
        "first": wall_s - WINDOW_S - _SLACK_S,
        "last": wall_s + DELAY_S + _SLACK_S,
        "seat": alert["seat"],
        "occupancy": alert["occupancy"],
        "known": ReadingStatus.KNOWN.value,
    }
    scores = [(row["at_s"], _score(row)) for row in features.execute(_TOKENS, asked)]
    before = _mean(scores, at_s - WINDOW_S, at_s)
    after = _mean(scores, at_s + DELAY_S - WINDOW_S, at_s + DELAY_S)
    if before is None or after is None:
        return None
    return ScoreMeans(before=before, after=after, acted=acted)


def _score(row: sqlite3.Row) -> float:
    numbers = np.frombuffer(row["probabilities"] or b"", dtype="<f2").astype(np.float64)
    states = [state.value for state in states_of(json.loads(row["columns"]))]
    told = zip(states, numbers, strict=False)
    return float(sum(number for state, number in told if state in _SCORED))


def _mean(scores: list[tuple[float, float]], first_s: float, last_s: float) -> float | None:
    """Return the mean over the tokens that end after ``first_s`` and up to ``last_s``."""
    inside = [score for at_s, score in scores if first_s < at_s <= last_s]
    enough = len(inside) >= MIN_PRESENT * WINDOW_S * TOKEN_HZ
    return float(np.mean(inside)) if enough else None
