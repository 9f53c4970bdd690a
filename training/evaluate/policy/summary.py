"""From many worlds to the figures that are asked for; every figure is simulated."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from appliance.domain.arrays import Float64Array
from training.evaluate.policy.one_world import EXPLORING, ORACLE, RULES, SIZES
from training.evaluate.policy.scores import EstimateScore, PolicyScore, WorldScore
from training.policy.fast.worlds import StudentType, WorldKind

BELOW = 0.02
"""Of the scale: a run that returns less than the rules by more than this has done harm."""

WORST_BELOW = 0.05
"""Of the scale: the same for the worst type of student."""

NEAR = 0.02
"""How near a doubly robust estimate has to be to the truth, unit of reward."""

EFFECT_NEAR = 0.05
"""How near a randomised effect has to be to the truth, unit of probability."""

SILENT = 0.01
"""Most acting overrides of all decisions of a policy that counts as silent."""

_RESAMPLES = 2000
_ONE_SIDED = 1.645  # quantile .95 of the normal distribution

Score = Callable[[PolicyScore], float]


def summarise(worlds: Sequence[WorldScore], *, seed: int = 0) -> dict[str, object]:
    """Return the figures as a JSON-ready table; ``seed`` draws the resamples of the intervals."""
    by_kind = {kind: [one for one in worlds if one.kind is kind] for kind in WorldKind}
    normal = by_kind[WorldKind.NORMAL]
    scale = mean_of(normal, lambda world: world.policies[ORACLE].mean)
    rng = np.random.default_rng(seed)
    return {
        "data": "simulated",
        "worlds": {kind.value: len(some) for kind, some in by_kind.items()},
        "scale": scale,
        "returns": {kind.value: _returns(some, rng) for kind, some in by_kind.items() if some},
        "gap_share": _gaps(normal, rng),
        "below_rules": {
            name: {size: _below(worlds, _gated(name, size), scale) for size in (0, *SIZES)}
            for name in ("dqn", "bandit")
        },
        "overrides": {
            kind.value: {policy: _overrides(some, policy) for policy in _all_gated()}
            for kind, some in by_kind.items()
            if some
        },
        "silent_in_harmful": {
            name: _silent(by_kind[WorldKind.HARM], name) for name in ("dqn", "bandit")
        },
        "harm_against_rules": {
            policy: _ahead(by_kind[WorldKind.HARM], policy, rng) for policy in _all_gated()
        }
        if by_kind[WorldKind.HARM]
        else {},
        "worst_type": {policy: _worst_type(normal, policy, scale) for policy in _all_gated()},
        "precision": {policy: _precision(worlds, policy) for policy in _all_gated()},
        "robust": {
            name: _estimates([world.robust[name] for world in worlds], near=NEAR)
            for name in ("dqn", "bandit")
        },
        "randomised_effects": {
            name: _estimates([world.effects[name] for world in normal], near=EFFECT_NEAR)
            for name in (normal[0].effects if normal else ())
        },
        "halved_within_two_minutes": _halved(worlds),
        "oracles": _counts([world.oracle for world in worlds]),
        "seconds_a_world": float(np.mean([world.seconds for world in worlds])),
    }


def mean_of(worlds: Sequence[WorldScore], value: Callable[[WorldScore], float]) -> float:
    """Return the mean over worlds; 0 when there is none."""
    return float(np.mean([value(world) for world in worlds])) if worlds else 0.0


def _gated(name: str, size: int) -> str:
    """At 0 decisions on record the gate lets nothing through: the rules."""
    return f"{name}, gated, {size}" if size else RULES


def _all_gated() -> list[str]:
    return [_gated(name, size) for name in ("dqn", "bandit") for size in SIZES]


def _returns(
    worlds: Sequence[WorldScore], rng: np.random.Generator
) -> dict[str, dict[str, object]]:
    """Return each policy's mean, how far it is ahead of rules and how far the gated is of it."""
    return {
        name: {
            "mean": float(_each(worlds, name, lambda score: score.mean).mean()),
            "interval": _interval(_each(worlds, name, lambda score: score.mean), rng),
            "ahead_of_rules": _ahead(worlds, name, rng),
            "gated_dqn_ahead": _difference(worlds, _gated("dqn", 2000), name, rng),
            "gated_bandit_ahead": _difference(worlds, _gated("bandit", 2000), name, rng),
            "shown": float(_each(worlds, name, lambda score: score.shown).mean()),
        }
        for name in worlds[0].policies
    } | {"never": {"mean": 0.0}}


def _each(worlds: Sequence[WorldScore], name: str, value: Score) -> Float64Array:
    return np.array([value(world.policies[name]) for world in worlds])


def _ahead(worlds: Sequence[WorldScore], name: str, rng: np.random.Generator) -> dict[str, object]:
    values = _each(worlds, name, lambda score: score.ahead)
    return {"mean": float(values.mean()), "interval": _interval(values, rng)}


def _difference(
    worlds: Sequence[WorldScore], name: str, other: str, rng: np.random.Generator
) -> dict[str, object]:
    values = _each(worlds, name, lambda score: score.mean)
    values = values - _each(worlds, other, lambda score: score.mean)
    return {"mean": float(values.mean()), "interval": _interval(values, rng)}


def _gaps(worlds: Sequence[WorldScore], rng: np.random.Generator) -> dict[str, dict[str, object]]:
    """Return the share of the way from the rules to the oracle, of sums over the worlds."""
    if not worlds:
        return {}
    whole = _each(worlds, ORACLE, lambda score: score.ahead)
    result: dict[str, dict[str, object]] = {}
    for name in [name for name in worlds[0].policies if name not in {RULES, EXPLORING, ORACLE}]:
        part = _each(worlds, name, lambda score: score.ahead)
        drawn = rng.integers(len(worlds), size=(_RESAMPLES, len(worlds)))
        shares = part[drawn].sum(axis=1) / whole[drawn].sum(axis=1)
        result[name] = {
            "share": float(part.sum() / whole.sum()),
            "interval": [float(one) for one in np.quantile(shares, (0.025, 0.975))],
        }
    return result


def _below(worlds: Sequence[WorldScore], name: str, scale: float) -> dict[str, float]:
    """Return how often a run returns less than the rules less 2 % of the scale.

    ``raw`` counts noise of finitely many students as harm; ``significant`` counts runs whose 95 %
    one-sided interval lies below as a whole.
    """
    ahead = _each(worlds, name, lambda score: score.ahead)
    error = _each(worlds, name, lambda score: score.ahead_error)
    limit = -BELOW * scale
    return {
        "raw": float((ahead < limit).mean()),
        "significant": float((ahead + _ONE_SIDED * error < limit).mean()),
        "worst": float(ahead.min()),
        "typical_error": float(error.mean()),
    }


def _overrides(worlds: Sequence[WorldScore], name: str) -> dict[str, float]:
    acting = _each(worlds, name, lambda score: score.acting)
    return {
        "acting": float(acting.mean()),
        "vetoes": float(_each(worlds, name, lambda score: score.vetoes).mean()),
        "worst_acting": float(acting.max()),
        "worlds_above_1_percent": float((acting > SILENT).mean()),
    }


def _silent(worlds: Sequence[WorldScore], name: str) -> dict[str, float]:
    """Return in how many harmful worlds at most 1 % of decisions are acting overrides, by record.

    With none on record the gate lets nothing through, so a policy is silent from the beginning
    where it is at every size.
    """
    return {
        str(size): float(
            np.mean([world.policies[_gated(name, size)].acting <= SILENT for world in worlds])
        )
        for size in SIZES
        if worlds
    }


def _worst_type(worlds: Sequence[WorldScore], name: str, scale: float) -> dict[str, object]:
    """Return how far each type of student is ahead of the rules, over all worlds."""
    if not worlds:
        return {}
    rows = np.array([world.policies[name].ahead_by_type for world in worlds])
    means = np.nanmean(rows, axis=0)
    return {
        "ahead": {one.name.lower(): float(means[one]) for one in StudentType},
        "worst_of_scale": float(means.min() / scale) if scale else 0.0,
        "holds": bool(means.min() >= -WORST_BELOW * scale),
    }


def _precision(worlds: Sequence[WorldScore], name: str) -> dict[str, float]:
    """Return the share of overrides that are right, all worlds together."""
    scores = [world.policies[name] for world in worlds]
    count = sum(score.overrides for score in scores)
    return {
        "overrides": count,
        "better_gain": sum(score.better_gain for score in scores) / max(count, 1),
        "better_value": sum(score.better_value for score in scores) / max(count, 1),
    }


def _estimates(scores: Sequence[EstimateScore], *, near: float) -> dict[str, float]:
    """Return how far estimates are from the truth, and how often their intervals hold it.

    Where two policies did the same at every choice on record the difference is known to be 0
    there, and where they hardly differ nothing is told: neither is an estimate.
    """
    told = [one for one in scores if np.isfinite(one.value) and one.low < one.high]
    if not told:
        return {"runs": 0}
    errors = np.array([one.value - one.truth for one in told])
    return {
        "runs": len(told),
        "truth": float(np.mean([one.truth for one in told])),
        "estimate": float(np.mean([one.value for one in told])),
        "bias": float(errors.mean()),
        "mean_error": float(np.abs(errors).mean()),
        "within": float((np.abs(errors) <= near).mean()),
        "coverage": float(np.mean([one.covered for one in told])),
    }


def _halved(worlds: Sequence[WorldScore]) -> dict[str, float]:
    shown, helped, alone = np.sum([world.halved for world in worlds], axis=0)
    return {
        "interventions": int(shown),
        "with": float(helped / max(shown, 1)),
        "without": float(alone / max(shown, 1)),
    }


def _counts(names: Sequence[str]) -> Mapping[str, int]:
    return {name: names.count(name) for name in sorted(set(names))}


def _interval(values: Float64Array, rng: np.random.Generator) -> list[float]:
    """Return the 95 % interval of the mean over worlds, by resampling worlds."""
    means = values[rng.integers(len(values), size=(_RESAMPLES, len(values)))].mean(axis=1)
    return [float(one) for one in np.quantile(means, (0.025, 0.975))]
