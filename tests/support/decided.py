"""Decisions of a real learner in a store, as the box makes and keeps them."""

from collections.abc import Iterator
from functools import cache
from itertools import count

import numpy as np

from appliance.domain.policy.choices import Choice, PolicyAction
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.intervention.policy.decider import Decider
from appliance.intervention.policy.learner import Learner
from appliance.intervention.policy.learners.dqn import DqnLearner, draw_networks
from appliance.intervention.policy.learners.neural.training import TrainingSettings
from appliance.storage.store import Storage
from tests.support.experiences import draw_experience, draw_states
from tests.support.rows import SEAT, STUDENT


@cache
def taught_weights() -> bytes:
    """Return a learner that knows what helps, as it is kept; taught once for all tests."""
    rng = np.random.default_rng(5)
    learner = DqnLearner(draw_networks(rng), settings=TrainingSettings(updates=100))
    learner.learn(draw_experience(rng, 900, effects=(0.0, 0.6, 0.3, 0.2, 0.4)), rng=rng)
    return learner.dump()


def taught() -> DqnLearner:
    """Return it."""
    return DqnLearner.load(taught_weights())


def make_decisions(
    number: int,
    *,
    learner: Learner | None,
    explore: bool = False,
    seat: SeatKey = SEAT,
    occupancy: OccupancyKey = STUDENT,
    prefix: str = "decision-",
) -> Iterator[Choice]:
    """Make decisions about one student, one every 10 s."""
    rng = np.random.default_rng(7)
    ids = (f"{prefix}{one:04}" for one in count())
    decider = Decider(
        learner=learner,
        explore=explore,
        new_id=lambda: next(ids),
        new_seed=lambda: int(rng.integers(2**63)),
        monotonic=lambda: 0.0,
    )
    for step, state in enumerate(draw_states(rng, number)):
        rule = PolicyAction.HINT if step % 4 == 0 else PolicyAction.NOTHING
        yield decider.choose(
            seat=seat,
            occupancy=occupancy,
            state=state,
            allowed=(True, *(bool(may) for may in rng.random(3) < 0.7), True),
            rule_action=rule,
            rule="4" if rule else "",
            at_s=60.0 + 10.0 * step,
        )


def keep(storage: Storage, learner: Learner, choices: Iterator[Choice]) -> list[Choice]:
    """Put decisions and the weights they were made with on record."""
    kept = list(choices)
    storage.choices.keep_policy(learner.version, learner="dqn", weights=learner.dump())
    storage.choices.record_many(kept)
    storage.flush()
    return kept
