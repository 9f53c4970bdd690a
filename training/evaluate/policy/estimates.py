"""What the box would estimate from its record, beside what the simulator knows."""

from collections.abc import Mapping

import numpy as np

from appliance.domain.affect import Affect
from appliance.domain.arrays import Float64Array, IntArray
from appliance.domain.policy.choices import PolicyAction
from appliance.domain.policy.experience import Experience
from appliance.domain.policy.trials import ChoiceTrial
from appliance.intervention.effects.arms import action_effects, could_be_done
from appliance.intervention.effects.estimates import always, gain_robust
from appliance.intervention.effects.intervals import Estimate
from training.evaluate.policy.scores import EstimateScore
from training.policy.collect import SimulatedExperience, action_probabilities
from training.policy.oracle import Oracle
from training.policy.playing.play import Policy
from training.policy.playing.situations import Situations


def estimate_gains(record: SimulatedExperience, policy: Policy, oracle: Oracle) -> EstimateScore:
    """Estimate what a policy gains over the rules at a decision, and look the truth up.

    Args:
        record: Decisions of which the policy did not learn.
        policy: Which.
        oracle: Its tens of thousands of decisions in the same world, with true gains, tell the
            truth, by a model corrected by the inverse of the known propensities.
    """
    known = record.experience
    chosen = _tried(policy, known)
    told = gain_robust(known, always(chosen), against=always(known.rules))
    return _beside(told, _true_gain(policy, oracle))


def estimate_effects(record: SimulatedExperience, oracle: Oracle) -> Mapping[str, EstimateScore]:
    """Estimate the effect of each action on Delta F and Delta B at 2 min, and look the truth up."""
    effects = action_effects(_trial(record))
    whole = _trial(oracle.sample)
    result = {}
    for effect in effects:
        rows = could_be_done(whole, effect.action) & (whole.experience.actions == effect.action)
        weights = 1 / whole.experience.propensities[rows]
        truths = weights @ oracle.sample.gain_drops[rows] / max(weights.sum(), 1e-9)
        for affect, told, truth in (
            (Affect.FATIGUED, effect.fatigue, truths[0]),
            (Affect.BORED, effect.boredom, truths[1]),
        ):
            name = f"{effect.action.name.lower()} on {affect.value}"
            result[name] = _beside(told, float(truth))
    return result


def _trial(record: SimulatedExperience) -> ChoiceTrial:
    past = record.experience
    return ChoiceTrial(
        experience=past, drops=record.drops, bases=past.rules, visits=past.stays, wall_s=past.at_s
    )


def _true_gain(policy: Policy, oracle: Oracle) -> float:
    past, gains = oracle.sample.experience, oracle.sample.gains
    chosen = _tried(policy, past)
    chances = action_probabilities(past.allowed, past.rules)
    expected = oracle.gains.values(past.states)
    difference = _gain_of(chosen, past, gains, chances, expected)
    difference -= _gain_of(past.rules, past, gains, chances, expected)
    return float(np.where(chosen == past.rules, 0.0, difference).mean())


def _tried(policy: Policy, past: Experience) -> IntArray:
    """Return (N,) what a policy would do; the rule's where chance had no say, as in a lock.

    No record can tell what a rest would have been worth that is never withheld.
    """
    rows = np.arange(len(past))
    chosen = policy.act(Situations.of(past))
    chances = action_probabilities(past.allowed, past.rules)
    told = (chances[rows, chosen] > 0) & (chances[rows, past.rules] > 0)
    return np.where(told, chosen, past.rules)


def _gain_of(
    chosen: IntArray,
    past: Experience,
    gains: Float64Array,
    chances: Float64Array,
    expected: Float64Array,
) -> Float64Array:
    """Return (N,) estimates without bias of the gains of (N,) actions; of nothing it is 0."""
    rows = np.arange(len(chosen))
    hit = (chosen == past.actions) & (chosen != PolicyAction.NOTHING)
    held = np.where(chosen == PolicyAction.NOTHING, 0.0, expected[rows, chosen])
    inverse = np.where(hit, 1 / np.maximum(chances[rows, past.actions], 1e-9), 0.0)
    return np.asarray(held + inverse * (gains - held))


def _beside(told: Estimate, truth: float) -> EstimateScore:
    return EstimateScore(value=told.value, low=told.low, high=told.high, truth=truth)
