"""How a choice and its outcome stand in their tables, there and back to the bit."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from appliance.domain.arrays import Float32Array
from appliance.domain.policy.choices import (
    POLICY_ACTIONS,
    STATE_SIZE,
    Choice,
    ChoiceOutcome,
    ChoiceReason,
    ErasedChoice,
    PolicyAction,
    StoredChoice,
)
from appliance.domain.policy.trials import ChoiceCounts
from appliance.domain.seats import OccupancyKey, SeatKey

CHOICES_SINCE = 3
"""Schema version with the first choices; a database that is older has none."""

Value = str | float | int | bytes | None

RECALL = """SELECT choices.rowid AS row, choices.*, delta_f, delta_b, complete, reject, intrude,
    outcomes.choice AS settled FROM choices LEFT JOIN outcomes ON outcomes.choice = choices.id"""
"""Choices with their outcomes, as ``recall`` reads them."""

# Not INSERT OR IGNORE, which would let a row without its propensity go as if it were kept.
KEEP_CHOICE = """INSERT INTO choices (id, wall_s, at_s, seat, occupancy, state, allowed,
    rule_action, rule, learned_action, action, propensity, bound, value, reason, policy, seed)
    VALUES (:id, :wall_s, :at_s, :seat, :occupancy, :state, :allowed, :rule_action, :rule,
    :learned_action, :action, :propensity, :bound, :value, :reason, :policy, :seed)
    ON CONFLICT (id) DO NOTHING"""
"""Takes what ``choice_row`` returns; an id that is known stays as it is."""

_COUNT = """SELECT coalesce(sum(NOT erased), 0) AS made, coalesce(sum(erased), 0) AS erased,
    count(outcomes.choice) AS finished, coalesce(sum(drawn), 0) AS drawn,
    coalesce(sum(drawn AND outcomes.choice IS NOT NULL), 0) AS drawn_finished,
    coalesce(sum(reason = ?), 0) AS changed
    FROM (SELECT id, erased, reason, propensity < 1 AS drawn FROM choices) AS choices
    LEFT JOIN outcomes ON outcomes.choice = choices.id"""

KEEP_POLICY = """INSERT INTO policies (version, learner, weights, wall_s)
    VALUES (:version, :learner, :weights, :wall_s)
    ON CONFLICT (version) DO UPDATE SET wall_s = excluded.wall_s"""
"""Weights of a version never change; when they were last taken into use does."""

ERASE = """UPDATE choices SET wall_s = CAST(wall_s / 86400 AS INTEGER) * 86400.0, at_s = 0.0,
    seat = '', occupancy = '', episode = '', state = x'', allowed = 1, rule_action = 0, rule = '',
    learned_action = 0, action = 0, propensity = 1.0, bound = 0.0, value = 0.0, reason = '',
    seed = 0, erased = 1"""
"""Leaves the id, the policy and the day, by which the row ages like any other."""


def count_choices(connection: sqlite3.Connection) -> ChoiceCounts:
    """Return how many choices there are; of an erased one it is not kept whether it was drawn."""
    cursor = connection.execute(_COUNT, [ChoiceReason.RANDOMISED.value])
    names = [column[0] for column in cursor.description]
    return ChoiceCounts(**dict(zip(names, cursor.fetchone(), strict=True)))


def pack_state(state: Float32Array) -> bytes:
    """Return a (``STATE_SIZE``,) state as bytes; the zeros it begins with are left out."""
    numbers = np.ascontiguousarray(state, dtype="<f4")
    told = np.flatnonzero(numbers.view("<u4"))  # by their bits: -0 is not nothing
    return numbers[int(told[0]) :].tobytes() if len(told) else b""


def unpack_state(blob: bytes) -> Float32Array:
    """Return the state that ``pack_state`` was given."""
    state = np.zeros(STATE_SIZE, dtype=np.float32)
    if blob:
        state[-(len(blob) // 4) :] = np.frombuffer(blob, dtype="<f4")
    return state


def pack_allowed(allowed: Sequence[bool]) -> int:
    """Return bit k set where action k was allowed."""
    return sum(1 << action for action, may in enumerate(allowed) if may)


def unpack_allowed(bits: int) -> tuple[bool, ...]:
    """Return what ``pack_allowed`` was given."""
    return tuple(bool(bits >> action & 1) for action in POLICY_ACTIONS)


def choice_row(choice: Choice, *, wall_s: float) -> dict[str, Value]:
    """Return the row of a choice; ``episode`` is told by the decision of the same id."""
    return {
        "id": choice.id,
        "wall_s": wall_s,
        "at_s": choice.at_s,
        "seat": choice.seat,
        "occupancy": choice.occupancy,
        "state": pack_state(choice.state),
        "allowed": pack_allowed(choice.allowed),
        "rule_action": int(choice.rule_action),
        "rule": choice.rule,
        "learned_action": int(choice.learned_action),
        "action": int(choice.action),
        "propensity": choice.propensity,
        "bound": choice.bound,
        "value": choice.value,
        "reason": choice.reason.value,
        "policy": choice.policy,
        "seed": choice.seed,
    }


def outcome_row(outcome: ChoiceOutcome, *, wall_s: float) -> dict[str, Value]:
    """Return the row of an outcome."""
    return {
        "choice": outcome.choice,
        "delta_f": outcome.fatigue_drop,
        "delta_b": outcome.boredom_drop,
        "complete": int(outcome.complete),
        "reject": int(outcome.reject),
        "intrude": int(outcome.intrude),
        "wall_s": wall_s,
    }


def recall(row: Mapping[str, Any]) -> StoredChoice | ErasedChoice:
    """Read one row of ``RECALL``; Any, because each column has its own type."""
    if row["erased"]:
        return ErasedChoice(id=row["id"], policy=row["policy"])
    return StoredChoice(
        choice=Choice(
            id=row["id"],
            seat=SeatKey(row["seat"]),
            occupancy=OccupancyKey(row["occupancy"]),
            at_s=row["at_s"],
            state=unpack_state(row["state"]),
            allowed=unpack_allowed(row["allowed"]),
            rule_action=PolicyAction(row["rule_action"]),
            rule=row["rule"],
            learned_action=PolicyAction(row["learned_action"]),
            action=PolicyAction(row["action"]),
            propensity=row["propensity"],
            bound=row["bound"],
            value=row["value"],
            reason=ChoiceReason(row["reason"]),
            policy=row["policy"],
            seed=row["seed"],
        ),
        wall_s=row["wall_s"],
        outcome=_recall_outcome(row),
    )


def _recall_outcome(row: Mapping[str, Any]) -> ChoiceOutcome | None:
    if row["settled"] is None:
        return None
    return ChoiceOutcome(
        choice=row["id"],
        fatigue_drop=row["delta_f"],
        boredom_drop=row["delta_b"],
        complete=bool(row["complete"]),
        reject=bool(row["reject"]),
        intrude=bool(row["intrude"]),
    )
