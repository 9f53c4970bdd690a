"""Estimates of effects against known truth, in a reduced form; and alarms that stay rare."""

import numpy as np
import pytest

from appliance.domain.policy.choices import PolicyAction
from appliance.domain.policy.experience import Experience
from appliance.intervention.effects.arms import action_effects, halved_shares
from appliance.intervention.effects.fidelity import FidelitySubject, alarms, check_fidelity
from training.policy.alarms import CHANGES, NEW, OLD, take_stays
from training.policy.estimators import try_estimates
from training.policy.logged import HELPFUL, USELESS, Logged, draw_logged


@pytest.fixture(scope="module")
def pool() -> Experience:
    """Stays from which windows are put together."""
    return draw_logged(np.random.default_rng(7), stays=800).experience


@pytest.fixture(scope="module")
def long() -> Logged:
    """A record that is long enough to tell."""
    return draw_logged(np.random.default_rng(8), stays=400)


def test_estimates_hold_the_truth() -> None:
    """Those of policies near the rules on average within .02, and nine in ten intervals or more."""
    found = try_estimates(repetitions=10, choices=600, effects=HELPFUL, seed=3)

    for name in ("rules against never, robust", "gated against rules, robust"):
        assert abs(found[name]["bias"]) <= 0.02
    assert np.mean([row["coverage"] for row in found.values()]) >= 0.9
    assert np.mean([row["above_bound"] for row in found.values()]) >= 0.9


def test_actions_that_do_nothing_are_not_told_to_help() -> None:
    """One interval in twenty errs; of eight there is not a second one."""
    effects = action_effects(
        draw_logged(np.random.default_rng(9), stays=200, effects=USELESS).trial
    )

    told = [one.told for effect in effects for one in (effect.fatigue, effect.boredom)]
    assert sum(told) <= 1


def test_an_action_that_helps_is_told_where_it_helps(long: Logged) -> None:
    """A rest takes fatigue off, by about what is true, and does nothing to boredom."""
    rest = action_effects(long.trial)[PolicyAction.REST - 1]

    assert rest.fatigue.told
    assert rest.fatigue.value == pytest.approx(0.08, abs=0.05)
    assert rest.boredom.low <= 0 <= rest.boredom.high


def test_the_share_that_halves_is_told_with_and_without(long: Logged) -> None:
    """Both are shares, and their difference is that of the two."""
    shares = halved_shares(long.trial, theta=0.5)

    assert 0 <= shares.without.value < shares.with_action.value <= 1
    difference = shares.with_action.value - shares.without.value
    assert shares.difference.value == pytest.approx(difference)


def test_alarms_are_rare_where_nothing_has_changed(pool: Experience) -> None:
    """At one look a term 5 % are allowed: of 30 at most 4 (binomial, .985)."""
    rng = np.random.default_rng(10)
    count = 0
    for _ in range(30):
        stays = rng.permutation(800)[: OLD + NEW]
        old, new = take_stays(pool, stays[:OLD]), take_stays(pool, stays[OLD:])
        count += bool(alarms(check_fidelity(old, new, looks=1)))

    assert count <= 4


@pytest.mark.parametrize(
    ("change", "subject"),
    [
        ("wrong propensities", FidelitySubject.PROPENSITY),
        ("more missing", FidelitySubject.MISSING),
        ("fewer allowed", FidelitySubject.ALLOWED),
    ],
)
def test_what_goes_wrong_raises_its_own_alarm(
    pool: Experience, change: str, subject: FidelitySubject
) -> None:
    """In a window of some hundred stays, among twenty looks."""
    old = take_stays(pool, np.arange(200))
    new = CHANGES[change](take_stays(pool, np.arange(200, 500)))

    assert {one.subject for one in alarms(check_fidelity(old, new))} == {subject}


def test_worse_rewards_of_actions_raise_an_alarm(pool: Experience) -> None:
    """And only rewards do."""
    old = take_stays(pool, np.arange(300))
    new = CHANGES["worse rewards"](take_stays(pool, np.arange(300, 800)))

    raised = alarms(check_fidelity(old, new))
    assert {one.subject for one in raised} == {FidelitySubject.REWARD}
    assert PolicyAction.NOTHING not in {one.action for one in raised}


def test_too_few_stays_raise_no_alarm(pool: Experience) -> None:
    """Nothing is known then, and that is said."""
    few = CHANGES["fewer allowed"](take_stays(pool, np.arange(9)))

    checks = check_fidelity(take_stays(pool, np.arange(100, 200)), few)

    assert not any(one.known or one.alarm for one in checks)
