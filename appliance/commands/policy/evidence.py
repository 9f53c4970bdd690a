"""All that is on record about one decision, for whoever checks the box."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from appliance.commands.policy.recompute import Recomputation
from appliance.domain.affect import AFFECTS, Affect
from appliance.domain.arrays import Float32Array
from appliance.domain.policy.choices import POLICY_ACTIONS, Choice, ErasedChoice, StoredChoice
from appliance.domain.policy.experience import sum_terms
from appliance.intervention.policy.state import (
    ACCEPTANCE,
    ANSWERED_ACTIONS,
    FUSED,
    MEAN_P,
    TASK,
    TIMES,
)
from appliance.storage.tables.choice_archive import ChoiceArchive
from appliance.storage.tables.on_record import DecisionRecord


def tell_auditor(
    archive: ChoiceArchive, record: DecisionRecord, states: Collection[Affect]
) -> dict[str, Any]:
    """Return every field of every row, by name; Any, because each has its own type."""
    told: dict[str, Any] = {}
    if record.choice is not None:
        replayed = Recomputation(archive.weights).check(record.choice)
        told["replay"] = f"{replayed.result}{f': {replayed.detail}' if replayed.detail else ''}"
    if isinstance(record.choice, ErasedChoice):
        told["policy"] = record.choice.policy
    if isinstance(record.choice, StoredChoice):
        told["choice"] = _choice(record.choice.choice)
        told["state"] = _state(record.choice.choice.state, states)
        told["outcome"] = _outcome(record.choice, states)
    if record.decision is not None:
        decision = record.decision
        told["decision"] = asdict(decision.intervention) | {
            "terminal": decision.terminal,
            "time": datetime.fromtimestamp(decision.wall_s, UTC).isoformat(timespec="milliseconds"),
        }
        if decision.intervention.affect not in states:
            told["decision"] |= {"affect": None, "reason": None}
    told["command"] = record.command
    told["answers"] = [asdict(answer) for answer in record.answers]
    return told


def _choice(choice: Choice) -> dict[str, Any]:
    may = zip(POLICY_ACTIONS, choice.allowed, strict=True)
    return {
        "at_s": choice.at_s,
        "occupancy": choice.occupancy,
        "rule": choice.rule,
        "rule_action": choice.rule_action.name.lower(),
        "learned_action": choice.learned_action.name.lower(),
        "action": choice.action.name.lower(),
        "allowed": [action.name.lower() for action, allowed in may if allowed],
        "propensity": choice.propensity,
        "bound": choice.bound,
        "value": choice.value,
        "reason": choice.reason.value,
        "policy": choice.policy,
        "seed": choice.seed,
    }


def _state(state: Float32Array, states: Collection[Affect]) -> dict[str, Any]:
    accepted = zip(ANSWERED_ACTIONS, state[ACCEPTANCE], strict=True)
    means = zip(AFFECTS, state[MEAN_P], strict=True)
    return {
        "mean_p": {affect.value: float(mean) for affect, mean in means if affect in states},
        "acceptance": {action.name.lower(): float(mean) for action, mean in accepted},
        "times": [float(number) for number in state[TIMES]],
        "task": [float(number) for number in state[TASK]],
        "h_fused": "kept" if state[FUSED].any() else "not kept",
    }


def _outcome(stored: StoredChoice, states: Collection[Affect]) -> dict[str, Any] | None:
    outcome = stored.outcome
    if outcome is None:
        return None
    told = asdict(outcome)
    del told["choice"]
    if Affect.BORED not in states:
        del told["boredom_drop"]
    elif outcome.fatigue_drop is not None and outcome.boredom_drop is not None:
        told["reward"] = sum_terms(
            fatigue_drop=outcome.fatigue_drop,
            boredom_drop=outcome.boredom_drop,
            complete=outcome.complete,
            reject=outcome.reject,
            intrude=outcome.intrude,
        )
    return told
