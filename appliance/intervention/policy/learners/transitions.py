"""From choices to what equation 14 learns from: n-step transitions between decisions."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from appliance.domain.arrays import Float64Array, IntArray
from appliance.domain.policy.choices import POLICY_STEP_S, PolicyAction
from appliance.intervention.policy.learner import Experience

GAMMA = 0.99
"""Discount of one step of 10 s; the paper names gamma and gives no value.

Ten minutes count .55, the rest of a lesson .07: what it is about is this action and the next one.
"""

N_STEPS = 3
"""Decisions that a return looks ahead before it asks the network (Sutton 1988; 3 as in Hessel et
al. 2018)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Transitions:
    """T returns: R + discount x Q(s', a'), where s' is the state of row ``next_rows``."""

    rows: IntArray
    """(T,) row of the choice in the experience."""

    actions: IntArray
    """(T,) what was done there."""

    returns: Float64Array
    """(T, K) R as each of K members sees it: the discounted rewards on the way."""

    next_rows: IntArray
    """(T,) row of the choice at which the network is asked; any row where the stay ended."""

    discounts: Float64Array
    """(T,) gamma to the power of the steps up to there; 0 where the stay ended."""

    def __len__(self) -> int:
        """Return T."""
        return len(self.rows)

    @classmethod
    def of(
        cls,
        experience: Experience,
        rewards: Float64Array,
        *,
        gamma: float = GAMMA,
        steps: int = N_STEPS,
    ) -> Self:
        """Make one transition of each choice whose reward is known.

        Semi-Markov (Sutton et al. 1999): after an action nothing may be chosen for 10 min, so
        gamma counts time, not choices. A return goes on only over waiting where the rules wait,
        too: at the next action, which is likely not the best one, or one that was withheld, the
        network is asked, as Watkins's Q(lambda) cuts its traces. The end of a stay is terminal.

        Args:
            experience: N choices.
            rewards: (N, K) r~ of each choice as each member sees it; NaN when missing.
            gamma: In [0, 1].
            steps: n of n-step, at least 1.
        """
        count = len(experience)
        last = np.ones(count, dtype=np.bool_)
        last[:-1] = experience.stays[1:] != experience.stays[:-1]
        elapsed = np.zeros(count)
        elapsed[:-1] = np.diff(experience.at_s) / POLICY_STEP_S
        fades = np.where(last, 0.0, gamma**elapsed)
        known = ~np.isnan(rewards).any(axis=1)
        waited = known & (experience.actions == PolicyAction.NOTHING)
        waited &= experience.rules == PolicyAction.NOTHING

        rows = np.flatnonzero(known)
        returns = rewards[rows]
        at = np.where(last[rows], rows, rows + 1)
        discounts = fades[rows]
        for _ in range(steps - 1):
            # Where the stay has ended the discount is 0, so going round adds nothing.
            onward = waited[at] & (discounts > 0)
            returns[onward] += discounts[onward, None] * rewards[at[onward]]
            discounts[onward] *= fades[at[onward]]
            at[onward] += ~last[at[onward]]
        return cls(
            rows=rows,
            actions=experience.actions[rows],
            returns=returns,
            next_rows=at,
            discounts=discounts,
        )
