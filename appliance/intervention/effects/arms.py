"""What one action does, told against the times when it could have been done and nothing was."""

from dataclasses import dataclass

import numpy as np

from appliance.domain.affect import AFFECTS, Affect
from appliance.domain.arrays import BoolArray
from appliance.domain.policy.choices import POLICY_ACTIONS, PolicyAction
from appliance.domain.policy.trials import ChoiceTrial
from appliance.intervention.effects.contrasts import Contrast
from appliance.intervention.effects.estimates import always, never
from appliance.intervention.effects.intervals import Estimate
from appliance.intervention.effects.quiet import quiet_weights
from appliance.intervention.effects.reward_model import predict_rewards
from appliance.intervention.policy.state import MEAN_P

DROPPING = (Affect.FATIGUED, Affect.BORED)
"""The states of Delta F and Delta B, in this order."""

_SCORED = [MEAN_P.start + AFFECTS.index(one) for one in DROPPING]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionEffect:
    """What a student's state gains by one action, at 2 min, against nothing for 2 min."""

    action: PolicyAction
    """What was randomised."""

    fatigue: Estimate
    """Of Delta F: more is better."""

    boredom: Estimate
    """Of Delta B."""

    done: int
    """Times that it was drawn, or done with a probability below 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HalvedShares:
    """In how many of 100 the score fell by more than half within 2 min: the paper's sentence."""

    with_action: Estimate
    """Where something was done, [0, 1]."""

    without: Estimate
    """Where nothing was done for 2 min at choices of the same kind."""

    difference: Estimate
    """The first less the second; the only one of the three that is an effect."""


def could_be_done(trial: ChoiceTrial, action: PolicyAction) -> BoolArray:
    """Return (N,) where an action stood against nothing in a draw.

    That is where it was allowed and nothing would have been done without chance, and where it
    itself would have been.
    """
    alone = trial.experience.allowed[:, action] & (trial.bases == PolicyAction.NOTHING)
    return np.asarray(trial.experience.drawn & (alone | (trial.bases == action)))


def action_effects(trial: ChoiceTrial) -> tuple[ActionEffect, ...]:
    """Return the randomised effect of each action but nothing, where it could be done.

    Inverse propensities, self-normalised, and centred on what a ridge regression over the other
    stays expects (weighted and centred as by Boruvka et al. 2018; the centring is doubly robust).
    """
    experience = trial.experience
    quiet = quiet_weights(experience)
    expected = [predict_rewards(experience, quiet, rewards=drop) for drop in trial.drops.T]
    known, chance = _known(trial), experience.drawn
    effects = []
    for action in POLICY_ACTIONS[1:]:
        arm = never(experience)
        arm[could_be_done(trial, action)] = always(np.array([action]))
        contrast = Contrast.between(experience, arm, never(experience), known=known)
        fatigue, boredom = (
            contrast.estimate(drop, model, per_difference=True)
            for drop, model in zip(trial.drops.T, expected, strict=True)
        )
        done = int((chance & (experience.actions == action)).sum())
        effects.append(ActionEffect(action=action, fatigue=fatigue, boredom=boredom, done=done))
    return tuple(effects)


def halved_shares(trial: ChoiceTrial, *, theta: float) -> HalvedShares:
    """Return the paper's share with and without intervention, where the score was high.

    The score is that of equation 9, fatigued + bored. Before: its 60 s mean, which is on record in
    the state; after: that less Delta F + Delta B.

    Args:
        trial: The record.
        theta: Only choices whose score is above that of a warning, [0, 1].
    """
    experience = trial.experience
    before = experience.states[:, _SCORED].astype(np.float64).sum(axis=1)
    halved = np.where(trial.drops.sum(axis=1) > before / 2, 1.0, 0.0)
    could = np.zeros((len(experience), len(POLICY_ACTIONS)))
    for action in POLICY_ACTIONS[1:]:
        could[:, action] = could_be_done(trial, action) & (before > theta)
    some = could.sum(axis=1, keepdims=True)
    # One of those that could be done, each as often as the others: as they are drawn.
    acting = np.where(some > 0, could / np.maximum(some, 1), never(experience))
    contrast = Contrast.between(experience, acting, never(experience), known=_known(trial))
    nothing_expected = np.zeros((len(experience), len(POLICY_ACTIONS)))
    return HalvedShares(
        with_action=contrast.arm_mean(halved, gained=True),
        without=contrast.arm_mean(halved, gained=False),
        difference=contrast.estimate(halved, nothing_expected, per_difference=True),
    )


def _known(trial: ChoiceTrial) -> BoolArray:
    return np.asarray(np.isfinite(trial.drops).all(axis=1))
