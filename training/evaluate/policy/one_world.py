"""One randomised world, in which every policy meets the same simulated students."""

import time

import numpy as np

from appliance.domain.policy.choices import POLICY_STEP_S
from appliance.intervention.policy.gate import Gate
from appliance.intervention.policy.learner import Learner
from training.evaluate.policy.estimates import estimate_effects, estimate_gains
from training.evaluate.policy.scores import PolicyScore, WorldScore
from training.policy.collect import SimulatedExperience, collect
from training.policy.fast.worlds import StudentType, WorldKind, draw_world
from training.policy.learners import WarmStart
from training.policy.oracle import LESSONS, Oracle, consult
from training.policy.playing.gated import Gated
from training.policy.playing.play import Played, Policy, play
from training.policy.playing.rivals import AtRandom, ByRules, Exploring, Greedy, LinearThompson

SIZES = (500, 2000, 6000)
"""Pooled decisions on record that a policy is learned from; at 0 the gate lets nothing through."""

RIVALS_SIZE = 2000
"""What the ungated rivals learn from."""

STUDENTS = 120
"""Lessons of each policy."""

LITERAL, RANDOM, RULES, ORACLE = "literal rules", "random", "rules", "oracle"
EXPLORING = "rules, exploring"


def judge_world(
    kind: WorldKind,
    *,
    seed: int,
    warm: WarmStart,
    gate: Gate,
    students: int = STUDENTS,
    lessons: int = LESSONS,
    draw_every_s: float = POLICY_STEP_S,
) -> WorldScore:
    """Return what every policy is worth in a world.

    Args:
        kind: What actions do in it.
        seed: Decides world, students and all that is drawn.
        warm: What learners begin with.
        gate: Of the gated policies.
        students: Lessons of each policy.
        lessons: That the oracle learns from.
        draw_every_s: Least time between two draws about a student in what policies learn from.
    """
    began_s = time.process_time()
    rngs = np.random.default_rng(seed).spawn(5)
    world = draw_world(rngs[0], kind)
    numbers = [int(one) for one in rngs[1].integers(2**31, size=3)]
    past = collect(world, decisions=max(SIZES), seed=numbers[0], draw_every_s=draw_every_s)
    oracle = consult(world, seed=numbers[1], networks=warm.networks, lessons=lessons)
    learned = {
        name: {size: _taught(name, warm, past, size, seed=seed) for size in SIZES}
        for name in ("dqn", "bandit")
    }
    policies: dict[str, Policy] = {
        RANDOM: AtRandom(rngs[2]),
        LITERAL: ByRules(),
        RULES: ByRules(),
        EXPLORING: Exploring(rngs[3]),
        "linear Thompson": _thompson(warm, past, rng=rngs[4]),
        "bandit, ungated": Greedy(learned["bandit"][RIVALS_SIZE]),
        "dqn, ungated": Greedy(learned["dqn"][RIVALS_SIZE]),
        **{
            f"{name}, gated, {size}": Gated(learner, gate)
            for name, by_size in learned.items()
            for size, learner in by_size.items()
        },
        ORACLE: oracle.policy,
    }
    names = list(policies)
    played = play(
        world,
        list(policies.values()),
        students=students,
        seed=numbers[2],
        literal=[names.index(LITERAL)],
        without_rules=[names.index(RANDOM)],
    )
    tried = past.last(max(SIZES) - RIVALS_SIZE)  # not those of which the policy learned
    return WorldScore(
        kind=kind,
        seed=seed,
        policies={name: _score(played, names, name, oracle) for name in names},
        oracle=oracle.name,
        robust={
            name: estimate_gains(tried, policies[f"{name}, gated, {RIVALS_SIZE}"], oracle)
            for name in learned
        },
        effects=estimate_effects(past, oracle),
        halved=_halved(played, names.index(RULES)),
        seconds=time.process_time() - began_s,
    )


def _taught(
    name: str, warm: WarmStart, past: SimulatedExperience, size: int, *, seed: int
) -> Learner:
    learner = warm.learner(name)
    learner.learn(past.first(size).experience, rng=np.random.default_rng([seed, size]))
    return learner


def _thompson(
    warm: WarmStart, past: SimulatedExperience, *, rng: np.random.Generator
) -> LinearThompson:
    known = past.first(RIVALS_SIZE).experience
    above = known.rewards - warm.baseline.fit(known).predict(known.states)
    return LinearThompson.learn(known, above, rng=rng)


def _score(played: Played, names: list[str], name: str, oracle: Oracle) -> PolicyScore:
    one = names.index(name)
    ahead = played.returns[one] - played.returns[names.index(RULES)]
    done = played.overrides[one]
    rows = np.arange(len(done.actions))
    better = {}
    for what, values in (("gain", oracle.gains), ("value", oracle.foresight)):
        held = values.values(done.states)
        better[what] = int((held[rows, done.actions] > held[rows, done.rules]).sum())
    by_type = [ahead[played.types == one] for one in StudentType]
    return PolicyScore(
        mean=float(played.returns[one].mean()),
        ahead=float(ahead.mean()),
        ahead_error=float(ahead.std(ddof=1) / np.sqrt(len(ahead))),
        ahead_by_type=tuple(float(part.mean()) if len(part) else np.nan for part in by_type),
        shown=float(played.shown[one].mean()),
        acting=played.acting(one),
        vetoes=played.vetoes(one),
        overrides=len(rows),
        better_gain=better["gain"],
        better_value=better["value"],
    )


def _halved(played: Played, rules: int) -> tuple[int, int, int]:
    return played.halved(rules)
