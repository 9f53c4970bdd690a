"""Decisions as the box makes them, about students who are made up."""

import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import fields

import numpy as np

from appliance.domain.arrays import Float32Array
from appliance.domain.ids import RANDOM_BYTES, uuid7
from appliance.domain.policy.choices import Choice, ChoiceOutcome, PolicyAction
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.intervention.policy.decider import Decider
from appliance.intervention.policy.learner import Learner
from appliance.intervention.policy.learners.dqn import DqnLearner, draw_networks
from appliance.intervention.policy.learners.neural.training import TrainingSettings
from appliance.intervention.policy.state import ACCEPTANCE, MEAN_P, STATE_SIZE, TASK, TIMES

SEATS = 8
UPDATES = 30
"""Of a course of learning: so short that many end, so that many are cut off while they are kept."""

_RULED, _ALLOWED = 0.3, 0.5
"""Chances that Table 1 asks for something, and that a mask lets an action through."""


def new_learner(kind: type[DqnLearner] = DqnLearner) -> DqnLearner:
    """Return the warm start: always the same networks, which know nothing."""
    networks = draw_networks(np.random.default_rng(5))
    return kind(networks, settings=TrainingSettings(updates=UPDATES))


def new_id() -> str:
    """Return an id as the box makes it."""
    return uuid7(wall_s=time.time(), randomness=os.urandom(RANDOM_BYTES))


def new_decider(learner: Learner | None, rng: np.random.Generator) -> Decider:
    """Return a decider that leaves benign actions to chance, so that all kinds of choices occur."""
    return Decider(
        learner=learner,
        explore=True,
        new_id=new_id,
        new_seed=lambda: int(rng.integers(2**63)),
        monotonic=lambda: 0.0,  # a busy machine is not what is looked at
    )


def steps(decider: Decider, rng: np.random.Generator, *, stay: str) -> Iterator[list[Choice]]:
    """Yield the choices of one step after the other, one for each seat, without end."""
    at_s = 60.0
    while True:
        at_s += 10.0
        yield [
            decider.choose(
                seat=SeatKey(f"a{seat:02}"),
                occupancy=OccupancyKey(f"{stay}-{seat}"),
                state=_draw_state(rng),
                allowed=(True, *(bool(may) for may in rng.random(4) < _ALLOWED)),
                rule_action=PolicyAction.HINT if ruled else PolicyAction.NOTHING,
                rule="4" if ruled else "",
                at_s=at_s,
            )
            for seat, ruled in enumerate(rng.random(SEATS) < _RULED)
        ]


def draw_outcome(choice: str, rng: np.random.Generator) -> ChoiceOutcome:
    """Return what came of it; every tenth reward is missing."""
    missing = rng.random() < 0.1  # noqa: PLR2004 - said above
    drops = rng.normal(0.05, 0.2, 2)
    return ChoiceOutcome(
        choice=choice,
        fatigue_drop=None if missing else float(drops[0]),
        boredom_drop=None if missing else float(drops[1]),
        complete=bool(rng.random() < 0.3),  # noqa: PLR2004 - made up
        reject=bool(rng.random() < 0.2),  # noqa: PLR2004 - made up
        intrude=False,
    )


def digest_of(choice: Choice) -> str:
    """Return a hash of every bit of a choice."""
    told = {field.name: getattr(choice, field.name) for field in fields(choice)}
    told["state"] = choice.state.tobytes().hex()
    # repr of a float tells all of its bits.
    return hashlib.sha256(repr(sorted(told.items())).encode()).hexdigest()


def _draw_state(rng: np.random.Generator) -> Float32Array:
    state = np.zeros(STATE_SIZE, dtype=np.float32)
    state[TASK] = rng.normal(0, 0.25, TASK.stop - TASK.start)
    state[ACCEPTANCE] = rng.uniform(0.2, 0.8, ACCEPTANCE.stop - ACCEPTANCE.start)
    state[MEAN_P] = rng.dirichlet(np.ones(MEAN_P.stop - MEAN_P.start))
    state[TIMES] = rng.uniform(0, 1, TIMES.stop - TIMES.start)
    return state
