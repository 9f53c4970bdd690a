"""Is the box still doing what it is thought to do? A new window against an old one.

Drift of what is allowed, of the propensities, of rewards and of missing rewards. An alarm silences
the learner, so alarms are rare: all checks of all looks of a term together raise one in 5 % of the
terms in which nothing has changed (Bonferroni 1936, which needs no independence).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from appliance.domain.arrays import BoolArray, Float64Array
from appliance.domain.policy.choices import POLICY_ACTIONS, PolicyAction
from appliance.domain.policy.experience import Experience
from appliance.intervention.effects.intervals import sum_by_stay, t_quantile

FALSE_ALARMS = 0.05
"""Probability of a false alarm in a whole term."""

LOOKS = 20
"""Of a term: one a week."""

MIN_STAYS = 10
"""In each window; with fewer a check says nothing, because a spread over few stays is a guess."""

MIN_DRIFT = 0.05
"""A difference up to this is never an alarm, however sure: shares and rewards alike (ours)."""

CAUTION = 0.5
"""Of the degrees of freedom. So far out in the tails, means of few and skewed stays go beyond their
t distribution: without it 5.5 % of 200 simulated terms had a false alarm
(``training/policy/alarms.py``)."""


class FidelitySubject(StrEnum):
    """What has drifted."""

    ALLOWED = "allowed"
    PROPENSITY = "propensity"
    REWARD = "reward"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class FidelityCheck:
    """One comparison."""

    subject: FidelitySubject
    """What is compared."""

    action: PolicyAction | None
    """Of which action; None for all choices."""

    before: float
    """In the old window; for propensities 1, where the observed frequency fits them."""

    now: float
    """In the new one."""

    margin: float
    """Largest difference that may be chance; infinite when there is too little to say."""

    @property
    def known(self) -> bool:
        """False: there was too little to say anything."""
        return bool(np.isfinite(self.margin))

    @property
    def alarm(self) -> bool:
        """True when the difference is more than chance and more than nothing.

        An action may be done less often than where it is allowed; it is never drawn there when
        another one would be done. So its propensity is wrong only if it is done more often, and
        then something else, or nothing, is done less often than it should.
        """
        difference = self.now - self.before
        at_most = (
            self.subject is FidelitySubject.PROPENSITY and self.action is not PolicyAction.NOTHING
        )
        return bool((difference if at_most else abs(difference)) > max(self.margin, MIN_DRIFT))


def check_fidelity(
    old: Experience, new: Experience, *, looks: int = LOOKS
) -> tuple[FidelityCheck, ...]:
    """Compare a new window with an old one.

    Args:
        old: Fixed for the term; choices that were believed.
        new: Choices since the last look, of other stays.
        looks: How often a term is looked at; the alarms of all of them share ``FALSE_ALARMS``.

    Returns:
        Always the same checks in the same order.
    """
    plans: list[tuple[FidelitySubject, PolicyAction | None, _Measure]] = []
    plans += [(FidelitySubject.ALLOWED, action, _allowed(action)) for action in POLICY_ACTIONS[1:]]
    plans += [(FidelitySubject.REWARD, action, _reward(action)) for action in POLICY_ACTIONS]
    plans.append((FidelitySubject.MISSING, None, _missing))
    level = 1 - FALSE_ALARMS / (2 * looks * (len(plans) + len(POLICY_ACTIONS)))
    checks = []
    for subject, action, measure in plans:
        before, now = _mean(old, measure), _mean(new, measure)
        checks.append(_compare(subject, action, before, now, level))
    fitting = _Mean(value=1.0, error=0.0, freedom=np.inf, stays=MIN_STAYS)
    for action in POLICY_ACTIONS:
        now = _mean(new, _frequency(action))
        checks.append(_compare(FidelitySubject.PROPENSITY, action, fitting, now, level))
    return tuple(checks)


def alarms(checks: Sequence[FidelityCheck]) -> tuple[FidelityCheck, ...]:
    """Return those that are alarms."""
    return tuple(one for one in checks if one.alarm)


_Measure = Callable[[Experience], tuple[BoolArray, Float64Array]]
"""Which choices count, and (N,) their value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mean:
    value: float
    error: float
    freedom: float
    stays: int


def _mean(experience: Experience, measure: _Measure) -> _Mean:
    """Return a mean with its error, by leaving out one stay at a time."""
    counted, values = measure(experience)
    stays = experience.stays[counted]
    if len(np.unique(stays)) < MIN_STAYS:
        return _Mean(value=np.nan, error=np.inf, freedom=1.0, stays=0)
    ones = np.ones(len(stays))
    count, total = sum_by_stay(np.stack([ones, values[counted]], axis=1), stays).T
    value = total.sum() / count.sum()
    without = (total.sum() - total) / (count.sum() - count)
    number = len(count)
    error = np.sqrt((number - 1) / number * ((without - value) ** 2).sum())
    freedom = count.sum() ** 2 / (count**2).sum() - 1
    return _Mean(value=float(value), error=float(error), freedom=float(freedom), stays=number)


def _compare(
    subject: FidelitySubject, action: PolicyAction | None, before: _Mean, now: _Mean, level: float
) -> FidelityCheck:
    """Compare two means; the degrees of freedom are Welch's (1947)."""
    error = float(np.hypot(before.error, now.error))
    margin = np.inf
    if min(before.stays, now.stays) >= MIN_STAYS and np.isfinite(error):
        parts = before.error**4 / before.freedom + now.error**4 / now.freedom
        freedom = max(error**4 / parts, 1.0) if parts > 0 else now.freedom
        margin = t_quantile(level, min(max(CAUTION * freedom, 1.0), 1e6)) * error
    return FidelityCheck(
        subject=subject, action=action, before=before.value, now=now.value, margin=float(margin)
    )


def _allowed(action: PolicyAction) -> _Measure:
    def measure(experience: Experience) -> tuple[BoolArray, Float64Array]:
        everything = np.ones(len(experience), dtype=np.bool_)
        return everything, experience.allowed[:, action].astype(np.float64)

    return measure


def _reward(action: PolicyAction) -> _Measure:
    def measure(experience: Experience) -> tuple[BoolArray, Float64Array]:
        counted = (experience.actions == action) & np.isfinite(experience.rewards)
        return counted, experience.rewards

    return measure


def _missing(experience: Experience) -> tuple[BoolArray, Float64Array]:
    missing = ~np.isfinite(experience.rewards)
    return np.ones(len(experience), dtype=np.bool_), missing.astype(np.float64)


def _frequency(action: PolicyAction) -> _Measure:
    """How often something is done, in units of how often its propensities say that it is."""

    def measure(experience: Experience) -> tuple[BoolArray, Float64Array]:
        drawn = experience.drawn
        if action is not PolicyAction.NOTHING:
            drawn &= experience.allowed[:, action] | (experience.rules == action)
        return drawn, (experience.actions == action) / experience.propensities

    return measure
