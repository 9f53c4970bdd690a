"""What differs between what was believed and what is new is said in words."""

from dataclasses import replace

import numpy as np

from appliance.domain.policy.choices import PolicyAction
from appliance.domain.policy.experience import Experience
from appliance.service.wiring.learning import find_drift
from tests.support.memory_choices import empty_experience

STAYS = 40


def lessons(*, seed: int) -> Experience:
    """Return twenty choices in each of many stays, in which nothing is ever done."""
    whole = empty_experience(20 * STAYS)
    rng = np.random.default_rng(seed)
    return replace(
        whole,
        allowed=rng.random(whole.allowed.shape) < 0.5,
        rewards=rng.normal(0, 0.1, len(whole)),
        at_s=np.tile(np.arange(20) * 10.0, STAYS),
        stays=np.repeat(np.arange(STAYS), 20),
    )


def test_chance_is_no_drift() -> None:
    """Other students, the same school."""
    assert find_drift(lessons(seed=1), lessons(seed=2)) == ()


def test_what_has_changed_is_named() -> None:
    """A mask that lets nothing through any more, and rewards that fell."""
    new = lessons(seed=2)
    masked = new.allowed.copy()
    masked[:, PolicyAction.HINT] = False

    drifted = find_drift(lessons(seed=1), replace(new, allowed=masked, rewards=new.rewards - 0.5))

    assert drifted == ("allowed", "reward")
