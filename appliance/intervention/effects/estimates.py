"""What a policy would gain per choice, from choices that another one made.

The gain of a policy is the mean, over the choices in which chance had a say, of the reward of what
it would do less the reward of doing nothing for two minutes; that of "never" is 0. It is the effect
of one choice at a time, in the situations that the record holds (a causal excursion effect: Boruvka
et al. 2018): what a policy does to the situations that follow is not in it, because the weights of
whole stays would leave no effective sample.
"""

import numpy as np

from appliance.domain.arrays import Float64Array, IntArray
from appliance.domain.policy.choices import POLICY_ACTIONS, PolicyAction
from appliance.domain.policy.experience import Experience
from appliance.intervention.effects.contrasts import NO_DIFFERENCE, Contrast
from appliance.intervention.effects.intervals import Estimate
from appliance.intervention.effects.quiet import quiet_weights
from appliance.intervention.effects.reward_model import predict_rewards


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

    Args:
        experience: Choices in the order of time within each stay.
        probabilities: (N, 5) with which the policy would do each action at each choice.
        against: (N, 5) of the policy that it is compared with; doing nothing when None.
        model: (N, 5) expected reward of each action, not told by the same stay; a ridge
            regression over the other stays (``predict_rewards``) when None.

    Returns:
        The gain per choice, unit of reward; ``bound`` is its 95 % lower bound.

    Source:
        Dudik, Langford and Li 2011; the residuals self-normalised as by Thomas and Brunskill 2016.
    """
    baseline = never(experience) if against is None else against
    if np.array_equal(probabilities, baseline):
        return NO_DIFFERENCE
    if model is None:
        model = predict_rewards(experience, quiet_weights(experience))
    contrast = Contrast.between(
        experience,
        probabilities,
        baseline,
        known=np.isfinite(experience.rewards),
    )
    return contrast.estimate(experience.rewards, model)
