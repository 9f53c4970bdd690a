"""Are the alarms of fidelity as rare as they say, and do they come when something is wrong?

``python -m training.policy.alarms [--terms 200]``: terms of 20 weekly looks at synthetic choices,
first with nothing wrong, then with one thing wrong from the first week on; simulated.
"""

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import fields, replace

import numpy as np

from appliance.domain.arrays import IntArray
from appliance.domain.policy.choices import PolicyAction
from appliance.domain.policy.experience import Experience
from appliance.intervention.effects.fidelity import LOOKS, alarms, check_fidelity
from training.policy.logged import draw_logged

POOL = 4000
"""Stays from which terms are put together."""

OLD, NEW = 80, 40
"""Stays of the old window and of each new one."""


def take_stays(pool: Experience, stays: IntArray) -> Experience:
    """Return the choices of some stays; those of the pool are numbered from 0 on, in order."""
    first, last = np.searchsorted(pool.stays, stays), np.searchsorted(pool.stays, stays, "right")
    rows = np.concatenate([np.arange(begin, end) for begin, end in zip(first, last, strict=True)])
    return Experience(**{one.name: getattr(pool, one.name)[rows] for one in fields(Experience)})


def unchanged(experience: Experience) -> Experience:
    """Leave everything as it is."""
    return experience


def wrong_propensities(experience: Experience) -> Experience:
    """Record a third more than the truth for whatever was drawn instead of nothing."""
    acted = experience.actions != PolicyAction.NOTHING
    alone = experience.rules == PolicyAction.NOTHING
    recorded = np.where(acted & alone, experience.propensities / 1.5, experience.propensities)
    quiet = ~acted & alone & (experience.propensities < 1)
    recorded = np.where(quiet, 1 - (1 - experience.propensities) / 1.5, recorded)
    return replace(experience, propensities=recorded)


def more_missing(experience: Experience) -> Experience:
    """Lose every third reward of each stay."""
    lost = np.arange(len(experience)) % 3 == 0
    return replace(experience, rewards=np.where(lost, np.nan, experience.rewards))


def worse_rewards(experience: Experience) -> Experience:
    """Take .2 from the reward of each action."""
    acted = experience.actions != PolicyAction.NOTHING
    return replace(experience, rewards=experience.rewards - 0.2 * acted)


def fewer_allowed(experience: Experience) -> Experience:
    """Never allow a hint any more."""
    allowed = experience.allowed.copy()
    allowed[:, PolicyAction.HINT] = False
    return replace(experience, allowed=allowed)


CHANGES: Mapping[str, Callable[[Experience], Experience]] = {
    "nothing": unchanged,
    "wrong propensities": wrong_propensities,
    "more missing": more_missing,
    "worse rewards": worse_rewards,
    "fewer allowed": fewer_allowed,
}


def first_alarm(
    pool: Experience,
    change: Callable[[Experience], Experience],
    *,
    rng: np.random.Generator,
    looks: int = LOOKS,
) -> int | None:
    """Return the look of one term that raises the first alarm; None when none does."""
    stays = rng.permutation(int(pool.stays[-1]) + 1)
    old = take_stays(pool, stays[:OLD])
    for look in range(looks):
        begin = OLD + look * NEW
        new = change(take_stays(pool, stays[begin : begin + NEW]))
        if alarms(check_fidelity(old, new, looks=looks)):
            return look
    return None


def main() -> None:
    """Print the share of terms with an alarm, and the week in which it comes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--terms", type=int, default=200)
    parser.add_argument("--seed", type=int, default=15)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    pool = draw_logged(rng, stays=POOL).experience
    result = {}
    for name, change in CHANGES.items():
        terms = options.terms if change is unchanged else max(options.terms // 10, 5)
        found = [first_alarm(pool, change, rng=rng) for _ in range(terms)]
        weeks = [look + 1 for look in found if look is not None]
        result[name] = {
            "terms": terms,
            "alarmed": len(weeks) / terms,
            "median_week": float(np.median(weeks)) if weeks else None,
        }
        print(f"{name:20}", result[name])
    print(json.dumps({"simulated": True, **result}))


if __name__ == "__main__":
    main()
