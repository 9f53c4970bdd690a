"""The difference between two ways of acting at the same choices, told from what was done."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from appliance.domain.arrays import BoolArray, Float64Array
from appliance.domain.policy.experience import Experience
from appliance.intervention.effects.intervals import (
    Estimate,
    effective_size,
    estimate_by_stay,
    sum_by_stay,
)
from appliance.intervention.effects.quiet import quiet_weights

NO_DIFFERENCE = Estimate(
    value=0.0,
    low=0.0,
    high=0.0,
    bound=0.0,
    error=0.0,
    freedom=np.inf,
    decisions=0,
    stays=0,
    effective=0.0,
)
"""Of two policies that do the same everywhere: known without any record."""

UNTOLD = replace(NO_DIFFERENCE, value=np.nan, low=-np.inf, high=np.inf, bound=-np.inf, error=np.inf)
"""Of two arms that the record never sets apart."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contrast:
    """N choices, weighted so that they stand for two arms.

    Only where the arms differ does a choice count: what they share is no difference, and no noise.
    """

    experience: Experience
    """The choices."""

    difference: Float64Array
    """(N, 5) probability of each action in one arm less that in the other."""

    drawn: BoolArray
    """(N,) chance had a say; only these choices count, because elsewhere nothing can be told."""

    moved: Float64Array
    """(N,) how much the arms differ at each of these choices, [0, 1]; 0 at all others."""

    gained: Float64Array
    """(N,) weights of what was done and is done more; 0 where the outcome is missing."""

    lost: Float64Array
    """(N,) of what is done less."""

    known: BoolArray
    """(N,) the outcome is known."""

    @classmethod
    def between(
        cls,
        experience: Experience,
        probabilities: Float64Array,
        against: Float64Array,
        *,
        known: BoolArray,
    ) -> Self:
        """Weight choices by the inverse of the probability of what was done.

        Args:
            experience: Choices in the order of time within each stay.
            probabilities: (N, 5) of one way of acting.
            against: (N, 5) of the other.
            known: (N,) the outcome is known.
        """
        drawn = experience.drawn
        difference = (probabilities - against) * drawn[:, None]
        done = np.arange(len(experience)), experience.actions
        shown = np.where(known, quiet_weights(experience) / experience.propensities, 0.0)
        return cls(
            experience=experience,
            difference=difference,
            drawn=drawn,
            moved=np.maximum(difference, 0).sum(axis=1),
            gained=np.maximum(difference, 0)[done] * shown,
            lost=np.maximum(-difference, 0)[done] * shown,
            known=known,
        )

    def estimate(
        self, outcome: Float64Array, expected: Float64Array, *, per_difference: bool = False
    ) -> Estimate:
        """Return the mean difference in an outcome, doubly robust and self-normalised.

        Args:
            outcome: (N,) whatever where it is not known.
            expected: (N, 5) what a model expects of each action; zeros for weights alone.
            per_difference: Per choice at which the arms differ, instead of per choice.
        """
        if not self.moved.any():
            return UNTOLD
        done = np.arange(len(self.experience)), self.experience.actions
        residual = np.where(self.known, outcome - expected[done], 0.0)
        predicted = (self.difference * expected).sum(axis=1)
        counted = self.moved if per_difference else self.drawn.astype(np.float64)
        weighted = self.gained, self.gained * residual, self.lost, self.lost * residual
        both = self.gained + self.lost
        reach = self.moved[self.known].sum()
        return estimate_by_stay(
            self._sum(counted, self.moved, predicted, *weighted),
            _difference,
            shares=self._sum(both**2)[:, 0],
            decisions=int(np.count_nonzero(both)),
            effective=min(effective_size(self.gained), effective_size(self.lost)),
            covered=float(self.gained.sum() / reach) if reach > 0 else 0.0,
        )

    def arm_mean(self, outcome: Float64Array, *, gained: bool) -> Estimate:
        """Return the mean outcome of one arm, from weights alone.

        Args:
            outcome: (N,) whatever where it is not known.
            gained: The arm in which something is done more; else the other.
        """
        weights = self.gained if gained else self.lost
        return estimate_by_stay(
            self._sum(weights, weights * np.where(self.known, outcome, 0.0)),
            lambda totals: np.asarray(totals[:, 1] / totals[:, 0]),
            shares=self._sum(weights**2)[:, 0],
            decisions=int(np.count_nonzero(weights)),
            effective=effective_size(weights),
        )

    def _sum(self, *columns: Float64Array) -> Float64Array:
        return sum_by_stay(np.stack(columns, axis=1), self.experience.stays)


def _difference(totals: Float64Array) -> Float64Array:
    counted, moved, predicted, gained, gained_more, lost, lost_more = totals.T
    return np.asarray((predicted + moved * (gained_more / gained - lost_more / lost)) / counted)
