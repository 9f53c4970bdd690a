"""A new artifact from what many boxes have handed out, and what it is worth by their record.

These decisions are real when boxes made them; nothing is simulated here but the warm start.
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

import numpy as np

from appliance.domain.arrays import BoolArray
from appliance.domain.policy.choices import PolicyAction
from appliance.domain.policy.experience import Experience
from appliance.errors import PolicyError
from appliance.intervention.effects.estimates import always, gain_robust
from appliance.intervention.effects.intervals import Estimate
from appliance.intervention.policy.gate import Gate
from appliance.intervention.policy.learner import Learner
from training.policy.artifacts import now, write_artifacts
from training.policy.learners import LEARNERS, WarmStart, fusion_hash
from training.policy.playing.gated import Gated
from training.policy.playing.situations import Situations
from training.policy.pooled import read_pooled


def improve_policy(
    files: Sequence[Path], *, out: Path, start: Path | None = None, seed: int = 1
) -> dict[str, object]:
    """Teach both learners on all decisions and write their artifacts.

    What they are worth is estimated by learning from one half of the stays and asking the other,
    both ways round: the policy that is written has seen all of them.

    Args:
        files: Of ``classbox policy export``.
        out: Folder.
        start: Folder of the warm start; None is the one that ships.
        seed: Of mini-batches.

    Returns:
        The report, as it was written.

    Raises:
        PolicyError: A file cannot be used, or there is nothing in them.
    """
    warm = WarmStart.load(start)
    record = read_pooled(files, fusion=fusion_hash())
    if not len(record):
        msg = "there is no decision in these files"
        raise PolicyError(msg, next_step="give files in which there are some")
    report: dict[str, object] = {
        "files": len(files),
        "decisions": len(record),
        "stays": len(np.unique(record.stays)),
        "outcomes": record.count_outcomes().tolist(),
        "randomised": int((record.propensities < 1).sum()),
    }
    artifacts = {}
    for name in LEARNERS:
        evaluation = _evaluate(name, warm, record, seed=seed)
        report[name] = evaluation
        learner = _taught(name, warm, record, seed=seed)
        begun = warm.dqn if name == "dqn" else warm.bandit
        numbers = {key: value for key, value in evaluation.items() if np.isfinite(value)}
        artifacts[name] = replace(begun, weights=learner.dump(), report=numbers, made=now())
    write_artifacts(out, artifacts, report=report)
    return report


def _taught(name: str, warm: WarmStart, record: Experience, *, seed: int) -> Learner:
    learner = warm.learner(name)
    learner.learn(record, rng=np.random.default_rng(seed))
    return learner


def _evaluate(name: str, warm: WarmStart, record: Experience, *, seed: int) -> dict[str, float]:
    """Return what the gated policy gains over the rules at a decision, by the record itself."""
    odd = np.unique(record.stays, return_inverse=True)[1] % 2 == 1
    told: list[Estimate] = []
    acting, vetoes = [], []
    for half in (odd, ~odd):
        if half.all() or not half.any():
            continue
        learner = _taught(name, warm, _part(record, half), seed=seed)
        asked = _part(record, ~half)
        done = Gated(learner, Gate()).act(Situations.of(asked))
        told.append(gain_robust(asked, always(done), against=always(asked.rules)))
        other = done != asked.rules
        acting.append(float((other & (done != PolicyAction.NOTHING)).mean()))
        vetoes.append(float((other & (done == PolicyAction.NOTHING)).mean()))
    if not told:
        return {}
    # Each half's interval holds by itself, so the means of their ends are on the wide side.
    ends = {
        key: float(np.mean([getattr(one, key) for one in told]))
        for key in ("value", "low", "high", "bound", "effective")
    }
    return {**ends, "acting": float(np.mean(acting)), "vetoes": float(np.mean(vetoes))}


def _part(record: Experience, rows: BoolArray) -> Experience:
    return Experience(**{one.name: getattr(record, one.name)[rows] for one in fields(record)})
