"""From random schools to the artifacts that ship."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from appliance.intervention.policy.artifact import PolicyArtifact
from appliance.intervention.policy.bandit import BanditLearner
from appliance.intervention.policy.dqn import DqnLearner
from training.policy.artifacts import now, write_artifacts
from training.policy.collect import P_ACT
from training.policy.fast.worlds import WorldKind
from training.policy.learners import fusion_hash
from training.policy.schools import school
from training.policy.warm_start import MEMBERS, fit_bandit, fit_baseline, teach_networks
from training.progress import tracked

KINDS = (WorldKind.NORMAL,) * 3 + (WorldKind.NULL, WorldKind.HARM)
"""Shares of schools, of each member's too: three in five are normal, one is null, one harmful.

Were they all normal, it would take long until a learner believes that nothing helps.
"""

OWN_SHARE = 0.5
"""Share of the schools that are a member's own.

Members that know one school each disagree so much that hardly anything is ever sure; members that
know all alike would be sure of what real schools do not bear out. Chosen on tuning worlds.
"""

SCHOOL_SEEDS = 1_000_000
"""Schools of the warm start have seeds from here on, times the seed; those of evaluations, others.
"""


def build_warm_start(out: Path, *, schools: int, students: int, work: Path, seed: int) -> None:
    """Simulate schools, teach both learners and write their artifacts.

    Args:
        out: Folder.
        schools: How many, a multiple of five; each member has a half of its own of them.
        students: Lessons in each.
        work: Keeps the schools.
        seed: Decides everything.
    """
    kept = [
        school(
            work,
            kind=KINDS[number % len(KINDS)],
            seed=seed * SCHOOL_SEEDS + number,
            students=students,
            p_act=P_ACT,
        )
        for number in tracked(range(schools), "schools")
    ]
    owners = share_out(schools, rng=np.random.default_rng(seed))
    baseline, fusion = fit_baseline(kept), fusion_hash()
    networks = teach_networks(kept, owners, rng=np.random.default_rng(seed))
    told = {
        "schools": float(schools),
        "lessons": float(schools * students),
        "decisions": float(sum(len(one.experience) for one in kept)),
        "actions": float(sum((one.experience.actions > 0).sum() for one in kept)),
    }
    weights = {
        "dqn": DqnLearner(networks, baseline).dump(),
        "bandit": BanditLearner(fit_bandit(kept, owners), baseline).dump(),
    }
    made = now()
    artifacts = {
        name: PolicyArtifact(
            learner=name, fusion=fusion, weights=content, baseline=baseline, report=told, made=made
        )
        for name, content in weights.items()
    }
    write_artifacts(out, artifacts, report={"data": "simulated", "seed": seed, **told})


def share_out(schools: int, *, rng: np.random.Generator) -> Sequence[Sequence[int]]:
    """Return the schools of each member: half of them, in which all kinds have their share.

    Five that follow each other have the shares of ``KINDS``, so fives are drawn.
    """
    fives = schools // len(KINDS)
    each = max(1, round(fives * OWN_SHARE))
    return [
        [
            five * len(KINDS) + one
            for five in sorted(rng.permutation(fives)[:each].tolist())
            for one in range(len(KINDS))
        ]
        for _ in range(MEMBERS)
    ]
