"""Choices of a learned policy for tests; each test moves one thing."""

from dataclasses import replace
from typing import Any

import numpy as np

from appliance.domain.arrays import Float32Array
from appliance.domain.policy.choices import (
    STATE_SIZE,
    Choice,
    ChoiceOutcome,
    ChoiceReason,
    PolicyAction,
)
from appliance.intervention.policy.state import FUSED_SIZE
from tests.support.rows import SEAT, STUDENT


def make_state(*, fused: bool = False, number: int = 0) -> Float32Array:
    """Build a state whose numbers no other has; with or without the pooled h_fused."""
    state = np.random.default_rng(number).uniform(0.1, 0.9, STATE_SIZE).astype(np.float32)
    if not fused:
        state[:FUSED_SIZE] = 0
    return state


def make_choice(identity: str = "k1", **changes: Any) -> Choice:  # noqa: ANN401 - any field
    """Build a choice that overrides row 2 of Table 1."""
    choice = Choice(
        id=identity,
        seat=SEAT,
        occupancy=STUDENT,
        at_s=400.0,
        state=make_state(),
        allowed=(True, True, False, False, True),
        rule_action=PolicyAction.NOTHING,
        rule="",
        learned_action=PolicyAction.REST,
        action=PolicyAction.REST,
        propensity=0.1 + 0.2,  # no decimal number: what is kept, is kept to the bit
        bound=0.03,
        value=0.2,
        reason=ChoiceReason.OVERRIDE,
        policy="dqn-0123456789abcdef",
        seed=2**63 - 1,
    )
    return replace(choice, **changes)


def make_outcome(choice: str = "k1", **changes: Any) -> ChoiceOutcome:  # noqa: ANN401 - any field
    """Build what came of it: relief, and a task that was done."""
    outcome = ChoiceOutcome(
        choice=choice,
        fatigue_drop=0.25,
        boredom_drop=0.125,
        complete=True,
        reject=False,
        intrude=False,
    )
    return replace(outcome, **changes)
