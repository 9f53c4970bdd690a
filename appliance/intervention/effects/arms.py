"""What one action does, told against the times when it could have been done and nothing was."""

from dataclasses import dataclass

import numpy as np

from appliance.domain.affect import AFFECTS, Affect
from appliance.domain.arrays import BoolArray, Float64Array
from appliance.domain.choices import POLICY_ACTIONS, PolicyAction
from appliance.domain.experience import Experience
from appliance.domain.trials import Trial
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


def randomised(experience: Experience) -> BoolArray:
    """Return (N,) whether chance had a say: without that nothing tells an effect."""
    return np.asarray(experience.propensities < 1)


def could_be_done(experience: Experience, action: PolicyAction) -> BoolArray:
    """Return (N,) where an action stood against nothing in a draw.

    That is where it was allowed and the rules would do nothing, and where it is what they would do.
    Which other action an override would have done is not on record, so overrides are taken for the
    rules: while a learner overrides, an action's arms may be of slightly different situations.
    """
    rule = experience.rules
    alone = experience.allowed[:, action] & (rule == PolicyAction.NOTHING)
    return np.asarray(randomised(experience) & (alone | (rule == action)))


def action_effects(trial: Trial) -> tuple[ActionEffect, ...]:
    """Return the randomised effect of each action but nothing, where it could be done.

    Inverse propensities, self-normalised, and centred on what a ridge regression over the other
    stays expects (weighted and centred as by Boruvka et al. 2018; the centring is doubly robust).
    """
    experience = trial.experience
    quiet = quiet_weights(experience)
    expected = [predict_rewards(experience, quiet, rewards=drop) for drop in trial.drops.T]
    chance = randomised(experience)
    effects = []
    for action in POLICY_ACTIONS[1:]:
        arm = never(experience)
        arm[could_be_done(experience, action)] = always(np.array([action]))
        known = np.isfinite(trial.drops).all(axis=1)
        contrast = Contrast.between(experience, arm, never(experience), known=known)
        fatigue, boredom = (
            contrast.estimate(drop, model, per_difference=True)
            for drop, model in zip(trial.drops.T, expected, strict=True)
        )
        done = int((chance & (experience.actions == action)).sum())
        effects.append(ActionEffect(action=action, fatigue=fatigue, boredom=boredom, done=done))
    return tuple(effects)


def scores(experience: Experience, *, fatigue_only: bool = False) -> Float64Array:
    """Return (N,) the score of equation 9 as the state holds it: fatigued + bored, or the first."""
    columns = _SCORED[:1] if fatigue_only else _SCORED
    return np.asarray(experience.states[:, columns].astype(np.float64).sum(axis=1))


def halved_shares(trial: Trial, *, theta: float, fatigue_only: bool = False) -> HalvedShares:
    """Return the paper's share with and without intervention, where the score was high.

    Args:
        trial: The record.
        theta: Only choices whose score is above that of a warning, [0, 1].
        fatigue_only: The score is fatigued alone.
    """
    experience = trial.experience
    before = scores(experience, fatigue_only=fatigue_only)
    drop = trial.drops[:, 0] if fatigue_only else trial.drops.sum(axis=1)
    halved = np.where(drop > before / 2, 1.0, 0.0)
    could = np.zeros((len(experience), len(POLICY_ACTIONS)))
    for action in POLICY_ACTIONS[1:]:
        could[:, action] = could_be_done(experience, action) & (before > theta)
    some = could.sum(axis=1, keepdims=True)
    # One of those that could be done, each as often as the others: as they are drawn.
    acting = np.where(some > 0, could / np.maximum(some, 1), never(experience))
    contrast = Contrast.between(
        experience, acting, never(experience), known=np.isfinite(trial.drops).all(axis=1)
    )
    nothing_expected = np.zeros((len(experience), len(POLICY_ACTIONS)))
    return HalvedShares(
        with_action=contrast.arm_mean(halved, gained=True),
        without=contrast.arm_mean(halved, gained=False),
        difference=contrast.estimate(halved, nothing_expected, per_difference=True),
    )
