"""Are the estimates of effects right? Tried on synthetic choices whose effects are known.

``python -m training.policy.estimators [--repetitions 200] [--choices 2000] [--json]``: mean error
and coverage of the 95 % interval of each estimate of each policy; simulated.
"""

import argparse
import json
from collections.abc import Callable, Mapping

import numpy as np

from appliance.domain.arrays import Float64Array
from appliance.domain.choices import PolicyAction
from appliance.intervention.effects.estimates import always, gain_robust, gain_weighted, never
from appliance.intervention.effects.intervals import Estimate
from appliance.intervention.policy.state import MEAN_P
from training.policy.logged import HELPFUL, USELESS, Effects, Logged, draw_logged, first_choices

Policy = Callable[[Logged], Float64Array]


def _rules(logged: Logged) -> Float64Array:
    return always(logged.experience.rules)


def _random(logged: Logged) -> Float64Array:
    """Whatever could be drawn, evenly."""
    supported = logged.supported.astype(np.float64)
    return supported / supported.sum(axis=1, keepdims=True)


def _learned(logged: Logged) -> Float64Array:
    """Withholds the rules' pushes, rests above an intensity of .5, turns difficulty otherwise."""
    experience = logged.experience
    fatigued = experience.states[:, MEAN_P.start + 2]
    actions = np.where(logged.supported[:, PolicyAction.DIFFICULTY], PolicyAction.DIFFICULTY, 0)
    rest = logged.supported[:, PolicyAction.REST] & (fatigued > 0.5)
    return always(np.where(rest, PolicyAction.REST, actions))


COMPARISONS: Mapping[str, tuple[Policy, Policy]] = {
    "rules against never": (_rules, lambda logged: never(logged.experience)),
    "random against never": (_random, lambda logged: never(logged.experience)),
    "learned against never": (_learned, lambda logged: never(logged.experience)),
    "learned against rules": (_learned, _rules),
    "never against rules": (lambda logged: never(logged.experience), _rules),
}


def truth_of(logged: Logged, policy: Policy, against: Policy) -> float:
    """Return the true mean of the gains on these choices."""
    return float(((policy(logged) - against(logged)) * logged.gains).sum(axis=1).mean())


def try_estimates(
    *, repetitions: int, choices: int, effects: Effects, seed: int
) -> dict[str, dict[str, float]]:
    """Return error and coverage of each estimate of each comparison."""
    found: dict[str, list[Estimate]] = {}
    truths: dict[str, list[float]] = {}
    for repetition in range(repetitions):
        rng = np.random.default_rng((seed, repetition))
        logged = first_choices(draw_logged(rng, stays=choices // 25 + 10, effects=effects), choices)
        for name, (policy, against) in COMPARISONS.items():
            truths.setdefault(name, []).append(truth_of(logged, policy, against))
            for kind, estimate in (("weighted", gain_weighted), ("robust", gain_robust)):
                told = estimate(logged.experience, policy(logged), against=against(logged))
                found.setdefault(f"{name}, {kind}", []).append(told)
    return {name: _sum_up(told, truths[name.split(",")[0]]) for name, told in found.items()}


def _sum_up(told: list[Estimate], truths: list[float]) -> dict[str, float]:
    truth = float(np.mean(truths))  # of the population: each record has its own mean
    values = np.array([one.value for one in told])
    inside = [one.low <= truth <= one.high for one in told]
    return {
        "truth": truth,
        "mean": float(values.mean()),
        "bias": float(values.mean() - truth),
        "mean_error": float(np.abs(values - truth).mean()),
        "within_02": float((np.abs(values - truth) <= 0.02).mean()),
        "coverage": float(np.mean(inside)),
        "above_bound": float(np.mean([one.bound <= truth for one in told])),
        "half_width": float(np.median([(one.high - one.low) / 2 for one in told])),
        "freedom": float(np.mean([one.freedom for one in told])),
        "effective": float(np.mean([one.effective for one in told])),
        "covered": float(np.mean([one.covered for one in told])),
    }


def main() -> None:
    """Print a table, and with ``--json`` one object as the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=200)
    parser.add_argument("--choices", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result = {}
    for world, effects in (("helpful", HELPFUL), ("useless", USELESS)):
        result[world] = try_estimates(
            repetitions=options.repetitions,
            choices=options.choices,
            effects=effects,
            seed=options.seed,
        )
        print(f"{world}: {options.repetitions} records of {options.choices} choices, simulated")
        for name, row in result[world].items():
            print(f"  {name:34}", "  ".join(f"{key} {value:7.3f}" for key, value in row.items()))
    if options.json:
        print(json.dumps({"simulated": True, **result}))


if __name__ == "__main__":
    main()
