"""Decisions that boxes have handed out (``classbox policy export``), read into one experience."""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from appliance.domain.policy.choices import POLICY_ACTIONS, POLICY_STEP_S
from appliance.domain.policy.experience import Experience, sum_terms
from appliance.errors import PolicyError
from appliance.intervention.policy.state import STATE_SIZE

FORMAT, VERSION = "classbox-decisions", 1

Line = Mapping[str, Any]  # Any: a JSON object, checked where it is read


def read_pooled(files: Sequence[Path], *, fusion: str) -> Experience:
    """Return all decisions of all files; stays are numbered apart.

    Args:
        files: gzip of JSON lines, a heading first.
        fusion: Hash of the fusion model that the warm start was taught with.

    Raises:
        PolicyError: A file cannot be read, is of another kind, or comes from readings of another
            fusion model; the message names file and line.
    """
    rows: list[tuple[int, Line]] = []
    stays: dict[tuple[int, int], int] = {}
    for number, file in enumerate(files):
        for line in _lines(file, fusion=fusion):
            stay = stays.setdefault((number, int(line["stay"])), len(stays))
            rows.append((stay, line))
    rows.sort(key=lambda row: (row[0], row[1]["step"]))
    lines = [line for _, line in rows]
    states = np.zeros((len(lines), STATE_SIZE), dtype=np.float32)
    for state, line in zip(states, lines, strict=True):
        state[STATE_SIZE - len(line["state"]) :] = line["state"]
    return Experience(
        states=states,
        allowed=np.array([line["allowed"] for line in lines], dtype=np.bool_).reshape(
            -1, len(POLICY_ACTIONS)
        ),
        rules=np.array([line["rule_action"] for line in lines], dtype=np.int64),
        actions=np.array([line["action"] for line in lines], dtype=np.int64),
        propensities=np.array([line["propensity"] for line in lines], dtype=np.float64),
        rewards=np.array([_reward(line["outcome"]) for line in lines], dtype=np.float64),
        at_s=np.array([line["step"] * POLICY_STEP_S for line in lines], dtype=np.float64),
        stays=np.array([stay for stay, _ in rows], dtype=np.int64),
    )


def _lines(file: Path, *, fusion: str) -> Iterator[Line]:
    number = 1
    try:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            head = json.loads(next(lines, "{}"))
            if (head.get("format"), head.get("version")) != (FORMAT, VERSION):
                msg = f"{file}: no decisions of format {FORMAT}, version {VERSION}"
                raise PolicyError(msg, next_step="hand them out with classbox policy export")
            if head["fusion"] != fusion:
                msg = (
                    f"{file}: its readings are of another fusion model ({str(head['fusion'])[:12]},"
                    f" not {fusion[:12]})"
                )
                raise PolicyError(msg, next_step="leave it out")
            for text in lines:
                number += 1
                line = json.loads(text)
                _check(line)
                yield line
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        msg = f"{file}, line {number}: cannot be read ({type(error).__name__}: {error})"
        raise PolicyError(msg, next_step="hand it out again, or leave it out") from error


def _check(line: Line) -> None:
    """Raise ``ValueError`` for what no box hands out: one bad number would spoil all weights."""
    state = np.array(line["state"], dtype=np.float64)
    whole = state.ndim == 1 and len(state) <= STATE_SIZE and bool(np.isfinite(state).all())
    actions = range(len(POLICY_ACTIONS))
    known = line["action"] in actions and line["rule_action"] in actions
    if not (whole and known and 0 < line["propensity"] <= 1):
        msg = "a state, an action or a propensity is out of range"
        raise ValueError(msg)
    if len(line["allowed"]) != len(POLICY_ACTIONS) or line["step"] < 0:
        msg = "a list of what is allowed or a step is out of range"
        raise ValueError(msg)
    _reward(line["outcome"])


def _reward(outcome: Line | None) -> float:
    """Return equation 12; NaN when it is missing."""
    if outcome is None or outcome["fatigue_drop"] is None or outcome["boredom_drop"] is None:
        return float("nan")
    return sum_terms(
        fatigue_drop=float(outcome["fatigue_drop"]),
        boredom_drop=float(outcome["boredom_drop"]),
        complete=bool(outcome["complete"]),
        reject=bool(outcome["reject"]),
        intrude=bool(outcome["intrude"]),
    )
