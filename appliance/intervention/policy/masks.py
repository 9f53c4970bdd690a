"""What no learner may do, whatever it has learned; the same rules on the box and in training."""

import numpy as np

from appliance.domain.affect import AFFECTS
from appliance.domain.arrays import BoolArray, Float64Array
from appliance.domain.policy.choices import POLICY_ACTIONS, PolicyAction
from appliance.intervention.cooldowns import HOURLY_LIMIT
from appliance.intervention.policy.actions import ANSWERS_TO
from appliance.intervention.policy.reward import INTRUDE_WITHIN_S

RELEVANT = 0.25
"""Least 60 s mean of a state that an action answers to; .25 is where four states are equal.

Ours: the paper decides when an alert is triggered, so something has to be there to be answered.
"""

FIRST_S = 60.0
"""The first choice comes when the window of h_fused is full (docs/DESIGN.md, 6)."""

_ANSWERED = np.zeros((len(POLICY_ACTIONS), len(AFFECTS)), dtype=np.bool_)
for _action, _affects in ANSWERS_TO.items():
    _ANSWERED[_action, [AFFECTS.index(affect) for affect in _affects]] = True


def allowed_actions(
    *,
    mean_p: Float64Array,
    known: BoolArray,
    exam: BoolArray,
    since_interruption_s: Float64Array,
    in_last_hour: Float64Array,
) -> BoolArray:
    """Tell which actions are allowed on each seat.

    An action interrupts, so it waits for 10 min after whatever was shown last and for less than
    four in the hour: a learner that could intrude would have to learn not to. Cool-downs of the
    same action in Table 1 are not longer than that.

    Args:
        mean_p: (B, 4) 60 s mean of the probabilities.
        known: (B,) the present reading may lead to an action.
        exam: (B,) the terminal says that this is one.
        since_interruption_s: (B,) capture time since something was shown; infinite when nothing.
        in_last_hour: (B,) how many were shown in the last hour.

    Returns:
        (B, 5) in the order of ``PolicyAction``; the first column is all true.
    """
    may_act = known & ~exam & (since_interruption_s >= INTRUDE_WITHIN_S)
    may_act &= in_last_hour < HOURLY_LIMIT
    relevant = (mean_p >= RELEVANT) @ _ANSWERED.T
    allowed = relevant & may_act[:, None]
    allowed[:, PolicyAction.NOTHING] = True
    return np.asarray(allowed)
