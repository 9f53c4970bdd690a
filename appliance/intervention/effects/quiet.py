"""Which do-nothing choices stayed do-nothing for as long as their reward looks ahead."""

import numpy as np

from appliance.domain.arrays import Float64Array
from appliance.domain.policy.choices import PolicyAction
from appliance.domain.policy.experience import Experience

AHEAD_S = 120.0
"""Delta F and Delta B of a choice end this much later (docs/DESIGN.md, 6)."""


def quiet_weights(experience: Experience, *, ahead_s: float = AHEAD_S) -> Float64Array:
    """Return the weights that make the do-nothing arm one of two minutes without anything.

    The choice to do nothing is followed by the next one 10 s later, and its reward looks 120 s
    ahead: where one of those acts, the reward of "nothing" holds an action's effect, and a plain
    contrast is drawn towards 0. So a choice counts only when nothing was done until its reward was
    complete, by the inverse of the probability of that (Boruvka, Almirall, Witkiewitz and Murphy
    2018, for proximal outcomes longer than a step).

    Returns:
        (N,) 1 / product of the later propensities, 0 when an action follows in time; 1 for
        choices that did act, after which the masks allow nothing for 10 min.
    """
    nothing = experience.actions == PolicyAction.NOTHING
    weights = np.ones(len(experience))
    for later in range(1, len(experience)):
        same = experience.stays[later:] == experience.stays[:-later]
        wait_s = experience.at_s[later:] - experience.at_s[:-later]
        within = same & (wait_s < ahead_s)
        if not within.any():
            break
        factors = np.where(nothing, 1 / experience.propensities, 0.0)[later:]
        weights[:-later] *= np.where(within & nothing[:-later], factors, 1.0)
    return weights
