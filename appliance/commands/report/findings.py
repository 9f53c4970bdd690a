"""What the record tells, figure by figure; nothing that fewer than five stays would be behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from appliance.commands.report.weeks import compare_weeks
from appliance.domain.arrays import BoolArray, Float64Array
from appliance.domain.interventions import Action
from appliance.domain.policy.choices import POLICY_ACTIONS, PolicyAction
from appliance.domain.policy.trials import ChoiceCounts, ChoiceTrial, Shown, TrialRecord
from appliance.intervention.effects.arms import action_effects, halved_shares
from appliance.intervention.effects.estimates import always, gain_robust
from appliance.intervention.effects.fidelity import FidelityCheck
from appliance.intervention.effects.intervals import (
    Estimate,
    as_share,
    effective_size,
    estimate_by_stay,
    sum_by_stay,
)
from appliance.intervention.effects.needed import more_decisions
from appliance.intervention.policy.gate import MIN_EVIDENCE
from appliance.settings.policy import PolicySettings

MIN_STAYS = 5
"""A figure of fewer students could be about one whom a teacher recognises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number, and how much longer it would take if it cannot be told yet."""

    estimate: Estimate
    """With its interval."""

    more: int | None
    """Decisions until the interval excludes 0; None when nobody can say."""

    known: int
    """Decisions of which an outcome is known: as many again are when to look once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionFindings:
    """The randomised effect of one action."""

    action: PolicyAction
    """Which."""

    drawn: int
    """Times that it was done where chance had a say."""

    fatigue: Figure | None
    """Of Delta F at 2 min against nothing; None with too few stays."""

    boredom: Figure | None
    """Of Delta B, likewise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UseFindings:
    """How often something was shown, and what students did with it."""

    action: Action
    """Which."""

    shown: int
    """Times; 0 when too few stays are behind it."""

    per_hour: float
    """Times per hour in which a student was in sight."""

    accepted: Estimate | None
    """Share that was accepted or completed; None with too few stays."""

    dismissed: float
    """Share that was closed; the rest was not answered."""

    @property
    def unanswered(self) -> float:
        """Share of the rest; 0 with too few stays."""
        return 0.0 if self.accepted is None else max(1 - self.accepted.value - self.dismissed, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareFindings:
    """A share of alerts after which the score fell by more than half: no effect of anything."""

    alerts: int
    """How many."""

    halved: float
    """Share of them, [0, 1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HalvedFindings:
    """The paper's share, in both arms."""

    with_action: Figure
    """Where something was done by lot."""

    without: Figure
    """Where nothing was."""

    difference: Figure
    """The effect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """All of it."""

    settings: PolicySettings
    """Who may decide, and whether lots are drawn."""

    theta: float
    """Of the warning: the paper's share is about choices whose score is above it."""

    counts: ChoiceCounts
    """Of the choices on record."""

    drawn_stays: int
    """Stays of those that were drawn by lot and whose outcome is known."""

    hours: float
    """In which a student was in sight."""

    stays: int
    """Of which anything is on record: one student on one seat, until that student leaves."""

    effects: tuple[ActionFindings, ...]
    """Empty where nothing was drawn."""

    halved: HalvedFindings | None
    """None where nothing was drawn, or too few stays are behind it."""

    alerts_acted: ShareFindings | None
    """Alerts of which an intervention came."""

    alerts_left: ShareFindings | None
    """All others."""

    uses: tuple[UseFindings, ...]
    """In the order of ``Action``."""

    policy: Figure | None
    """Gain per choice of what the learned policy would do, less that of the rules."""

    overrides: int
    """Choices at which these differ."""

    unproven: Mapping[PolicyAction, int]
    """What a learner may not do yet: how many outcomes of it are known, which is too few."""

    fidelity: tuple[FidelityCheck, ...]
    """Empty where there is no week before the last one."""

    @property
    def fatigue_only(self) -> bool:
        """True when the box tells fatigued from alert and nothing else."""
        return self.settings.fatigue_only

    @property
    def explored(self) -> bool:
        """True when there is a do-nothing arm whose outcomes are known."""
        return self.drawn_stays > 0

    @property
    def empty(self) -> bool:
        """True when nothing is on record of which anything could be told."""
        return not (self.stays or self.counts.made or self.uses)


def find(record: TrialRecord, *, theta: float, settings: PolicySettings) -> Findings:
    """Work out all figures.

    Args:
        record: What the box has kept.
        theta: Of the warning; the paper's share is about choices whose score is above it.
        settings: Of the policy; in ``fatigue-only`` there is no figure about any other state.
    """
    trial = record.trial
    chance = trial.experience.drawn
    told = bool(chance.any()) and not settings.fatigue_only
    outcomes = trial.experience.count_outcomes()
    overridden = trial.bases != trial.experience.rules
    return Findings(
        settings=settings,
        theta=theta,
        counts=record.counts,
        drawn_stays=_stays(trial, chance) if told else 0,
        hours=record.hours,
        stays=record.stays,
        effects=_effects(trial) if told else (),
        halved=_halved(trial, theta) if told else None,
        alerts_acted=_share(record, acted=True),
        alerts_left=_share(record, acted=False),
        uses=_uses(record),
        policy=_policy(trial) if told and _stays(trial, overridden) >= MIN_STAYS else None,
        overrides=int(overridden.sum()),
        unproven={
            one: int(outcomes[one]) for one in POLICY_ACTIONS[1:] if outcomes[one] < MIN_EVIDENCE
        },
        fidelity=compare_weeks(trial) if told else (),
    )


def _figure(estimate: Estimate, trial: ChoiceTrial) -> Figure:
    return Figure(
        estimate=estimate, more=more_decisions(estimate, decisions=len(trial)), known=len(trial)
    )


def _stays(trial: ChoiceTrial, rows: BoolArray) -> int:
    return len(np.unique(trial.visits[rows]))


def _effects(trial: ChoiceTrial) -> tuple[ActionFindings, ...]:
    chance = trial.experience.drawn
    found = []
    for effect in action_effects(trial):
        done = chance & (trial.experience.actions == effect.action)
        enough = _stays(trial, done) >= MIN_STAYS
        found.append(
            ActionFindings(
                action=effect.action,
                drawn=effect.done if enough else 0,
                fatigue=_figure(effect.fatigue, trial) if enough else None,
                boredom=_figure(effect.boredom, trial) if enough else None,
            )
        )
    return tuple(found)


def _halved(trial: ChoiceTrial, theta: float) -> HalvedFindings | None:
    shares = halved_shares(trial, theta=theta)
    if min(shares.with_action.stays, shares.without.stays) < MIN_STAYS:
        return None
    return HalvedFindings(
        with_action=_figure(as_share(shares.with_action), trial),
        without=_figure(as_share(shares.without), trial),
        difference=_figure(shares.difference, trial),
    )


def _share(record: TrialRecord, *, acted: bool) -> ShareFindings | None:
    courses = [one for one in record.courses if one.acted is acted]
    if len({one.stay for one in courses}) < MIN_STAYS:
        return None
    halved = sum(one.halved for one in courses) / len(courses)
    return ShareFindings(alerts=len(courses), halved=halved)


def _uses(record: TrialRecord) -> tuple[UseFindings, ...]:
    found = []
    for action in Action:
        shown = [one for one in record.shown if one.action is action]
        if not shown:
            continue
        if len({one.stay for one in shown}) < MIN_STAYS or record.hours == 0:
            found.append(
                UseFindings(action=action, shown=0, per_hour=0.0, accepted=None, dismissed=0.0)
            )
            continue
        found.append(
            UseFindings(
                action=action,
                shown=len(shown),
                per_hour=len(shown) / record.hours,
                accepted=_acceptance(shown),
                dismissed=sum(one.dismissed and not one.accepted for one in shown) / len(shown),
            )
        )
    return tuple(found)


def _acceptance(shown: Sequence[Shown]) -> Estimate:
    stays = np.array([one.stay for one in shown])
    accepted = np.array([one.accepted for one in shown], dtype=np.float64)
    ones = np.ones(len(shown))
    estimate = estimate_by_stay(
        sum_by_stay(np.stack([ones, accepted], axis=1), stays),
        _mean,
        shares=sum_by_stay(ones[:, None], stays)[:, 0],
        decisions=len(shown),
        effective=effective_size(ones),
    )
    return as_share(estimate)


def _mean(totals: Float64Array) -> Float64Array:
    return np.asarray(totals[:, 1] / totals[:, 0])


def _policy(trial: ChoiceTrial) -> Figure:
    experience = trial.experience
    gain = gain_robust(experience, always(trial.bases), against=always(experience.rules))
    return _figure(gain, trial)
