"""Are the estimates of effects right? Tried on synthetic choices whose effects are known.

``python -m training.policy.estimators [--repetitions 200] [--choices 2000] [--json]``: bias, mean
error and coverage of the 95 % interval of each estimate; all of it is simulated.
"""

import argparse
import json
from collections.abc import Callable, Mapping

import numpy as np

from appliance.domain.arrays import Float64Array
from appliance.domain.policy.choices import PolicyAction
from appliance.intervention.effects.arms import action_effects, could_be_done
from appliance.intervention.effects.estimates import always, gain_robust, gain_weighted, never
from appliance.intervention.effects.intervals import Estimate
from appliance.intervention.effects.quiet import quiet_weights
from appliance.intervention.effects.reward_model import predict_rewards
from appliance.intervention.policy.state import MEAN_P
from training.policy.logged import HELPFUL, USELESS, Effects, Logged, draw_logged, first_choices

Policy = Callable[[Logged], Float64Array]
Told = dict[str, list[tuple[Estimate, float]]]
"""Estimates with the truth of each record, by name."""

CHOICES_PER_STAY = 30


def rules(logged: Logged) -> Float64Array:
    """Do what the rules would do."""
    return always(logged.experience.rules)


def nothing(logged: Logged) -> Float64Array:
    """Do nothing."""
    return never(logged.experience)


def evenly(logged: Logged) -> Float64Array:
    """Do whatever could be drawn, evenly."""
    supported = logged.supported.astype(np.float64)
    return np.asarray(supported / supported.sum(axis=1, keepdims=True))


def learned(logged: Logged) -> Float64Array:
    """Rest above an intensity of .5, turn difficulty otherwise, withhold the rules' pushes."""
    fatigued = logged.experience.states[:, MEAN_P.start + 2]
    actions = np.where(logged.supported[:, PolicyAction.DIFFICULTY], PolicyAction.DIFFICULTY, 0)
    rest = logged.supported[:, PolicyAction.REST] & (fatigued > 0.5)
    return always(np.where(rest, PolicyAction.REST, actions))


def gated(logged: Logged) -> Float64Array:
    """Do what the rules would do, but turn difficulty where boredom is above .5."""
    bored = logged.experience.states[:, MEAN_P.start + 3]
    turn = logged.supported[:, PolicyAction.DIFFICULTY] & (bored > 0.5)
    return always(np.where(turn, PolicyAction.DIFFICULTY, logged.experience.rules))


COMPARISONS: Mapping[str, tuple[Policy, Policy]] = {
    "rules against never": (rules, nothing),
    "evenly against never": (evenly, nothing),
    "learned against rules": (learned, rules),
    "gated against rules": (gated, rules),
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
            print(f"  {name:34}", "  ".join(f"{key} {value:6.3f}" for key, value in row.items()))
    if options.json:
        print(json.dumps({"simulated": True, **result}))


def try_estimates(
    *, repetitions: int, choices: int, effects: Effects, seed: int
) -> dict[str, dict[str, float]]:
    """Return bias, error and coverage of each estimate over records of so many choices."""
    told: Told = {}
    for repetition in range(repetitions):
        rng = np.random.default_rng((seed, repetition))
        stays = choices // CHOICES_PER_STAY + 20
        logged = first_choices(draw_logged(rng, stays=stays, effects=effects), choices)
        _try_gains(logged, told)
        _try_actions(logged, told)
    return {name: _sum_up(pairs) for name, pairs in told.items()}


def _try_gains(logged: Logged, told: Told) -> None:
    experience = logged.experience
    model = predict_rewards(experience, quiet_weights(experience))
    for name, (policy, baseline) in COMPARISONS.items():
        probabilities, against = policy(logged), baseline(logged)
        truth = float(((probabilities - against) * logged.gains).sum(axis=1).mean())
        weighted = gain_weighted(experience, probabilities, against=against)
        robust = gain_robust(experience, probabilities, against=against, model=model)
        told.setdefault(f"{name}, weighted", []).append((weighted, truth))
        told.setdefault(f"{name}, robust", []).append((robust, truth))


def _try_actions(logged: Logged, told: Told) -> None:
    for effect in action_effects(logged.trial):
        action = effect.action
        could = could_be_done(logged.trial, action)
        for column, estimate in enumerate((effect.fatigue, effect.boredom)):
            truth = float(logged.drop_gains[could, action, column].mean())
            name = f"{action.name.lower()} on {('fatigue', 'boredom')[column]}"
            told.setdefault(name, []).append((estimate, truth))


def _sum_up(pairs: list[tuple[Estimate, float]]) -> dict[str, float]:
    truth = float(np.mean([true for _, true in pairs]))  # of all students, not of one record's
    estimates = [estimate for estimate, _ in pairs]
    values = np.array([one.value for one in estimates])
    told = np.isfinite(values)  # not where an arm was never drawn; the interval is infinite then
    errors = values[told] - truth
    return {
        "truth": truth,
        "told": float(told.mean()),
        "bias": float(errors.mean()),
        "mean_error": float(np.abs(errors).mean()),
        "coverage": float(np.mean([one.low <= truth <= one.high for one in estimates])),
        "above_bound": float(np.mean([one.bound <= truth for one in estimates])),
        "half_width": float(np.median([(one.high - one.low) / 2 for one in estimates])),
        "effective": float(np.mean([one.effective for one in estimates])),
        "covered": float(np.mean([one.covered for one in estimates])),
    }


if __name__ == "__main__":
    main()
