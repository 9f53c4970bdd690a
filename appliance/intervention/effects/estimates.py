"""What a policy would gain per choice, from choices that another one made.

The gain of a policy is the mean, over the choices on record, of the reward of what it would do
less the reward of doing nothing for two minutes; that of "never" is 0. It is the effect of one
choice at a time, in the situations that the record holds (a causal excursion effect: Boruvka et
al. 2018): what a policy does to the situations that follow is not in it, because the weights of
whole stays would leave no effective sample.
"""

import numpy as np

from appliance.domain.arrays import Float64Array, IntArray
from appliance.domain.choices import POLICY_ACTIONS, PolicyAction
from appliance.intervention.effects.intervals import (
    Estimate,
    effective_size,
    estimate_by_stay,
    sum_by_stay,
)
from appliance.intervention.effects.quiet import quiet_weights
from appliance.intervention.effects.reward_model import predict_rewards
from appliance.intervention.policy.learner import Experience


def always(actions: IntArray) -> Float64Array:
    """Return (N, 5) the probabilities of a policy that does exactly these (N,) actions."""
    return np.eye(len(POLICY_ACTIONS))[actions]


def never(experience: Experience) -> Float64Array:
    """Return (N, 5) the probabilities of the policy that does nothing."""
    return always(np.full(len(experience), PolicyAction.NOTHING))


def gain_weighted(
    experience: Experience,
    probabilities: Float64Array,
    *,
    against: Float64Array | None = None,
) -> Estimate:
    """Estimate the gain of a policy by self-normalised inverse propensities alone.

    Args:
        experience: Choices in the order of time within each stay.
        probabilities: (N, 5) with which the policy would do each action at each choice.
        against: (N, 5) of the policy that it is compared with; doing nothing when None.

    Source:
        Swaminathan and Joachims 2015 (self-normalised estimator).
    """
    model = np.zeros((len(experience), len(POLICY_ACTIONS)))
    return gain_robust(experience, probabilities, against=against, model=model)


def gain_robust(
    experience: Experience,
    probabilities: Float64Array,
    *,
    against: Float64Array | None = None,
    model: Float64Array | None = None,
) -> Estimate:
    """Estimate the gain of a policy doubly robustly: a model, corrected by weighted residuals.

    Where both policies do the same, the difference is 0 without any noise: only the parts in which
    they differ are weighted.

    Args:
        experience: Choices in the order of time within each stay.
        probabilities: (N, 5) with which the policy would do each action at each choice.
        against: (N, 5) of the policy that it is compared with; doing nothing when None.
        model: (N, 5) expected reward of each action, not told by the same stay; a ridge
            regression over the other stays when None.

    Returns:
        The gain per choice, unit of reward.

    Source:
        Dudik, Langford and Li 2011; the residuals self-normalised as by Thomas and Brunskill 2016.
    """
    baseline = never(experience) if against is None else against
    quiet = quiet_weights(experience)
    expected = predict_rewards(experience, quiet) if model is None else model
    difference = probabilities - baseline
    more, less = np.maximum(difference, 0), np.maximum(-difference, 0)
    moved = more.sum(axis=1)
    if not moved.any():
        return Estimate(
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
    done = np.arange(len(experience)), experience.actions
    known = np.isfinite(experience.rewards)
    shown = np.where(known, quiet / experience.propensities, 0.0)
    gained, lost = more[done] * shown, less[done] * shown
    residual = np.where(known, experience.rewards - expected[done], 0.0)
    predicted = (difference * expected).sum(axis=1)
    both = gained + lost
    weighted = gained, gained * residual, lost, lost * residual
    parts = np.stack([np.ones(len(experience)), moved, predicted, *weighted], axis=1)
    return estimate_by_stay(
        sum_by_stay(parts, experience.stays),
        _gain,
        shares=sum_by_stay((both**2)[:, None], experience.stays)[:, 0],
        decisions=int(np.count_nonzero(both)),
        effective=min(effective_size(gained), effective_size(lost)),
        covered=float(gained.sum() / more[known].sum()) if more[known].any() else 0.0,
    )


def _gain(totals: Float64Array) -> Float64Array:
    choices, moved, predicted, gained, gained_more, lost, lost_more = totals.T
    return np.asarray((predicted + moved * (gained_more / gained - lost_more / lost)) / choices)
