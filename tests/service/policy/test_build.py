"""A learner is used where root has placed it and the fusion is its own; else the rules go on."""

import os
from pathlib import Path

import numpy as np
import pytest

from appliance.intervention.policy.decider import RULES
from appliance.intervention.policy.learners.artifact import PolicyArtifact
from appliance.intervention.policy.learners.baseline import Baseline
from appliance.intervention.policy.learners.dqn import DqnLearner, draw_networks
from appliance.service.policy.build import LearnedPolicy, artifact_file, build_learned_policy
from appliance.settings.policy import PolicySettings, Profile

FUSION = "f" * 64

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root's file is taken")


def write_artifact(folder: Path, *, fusion: str = FUSION) -> Path:
    """Write one of networks that have learned nothing, where nobody else may write."""
    learner = DqnLearner(draw_networks(np.random.default_rng(0)))
    artifact = PolicyArtifact(
        learner="dqn",
        fusion=fusion,
        weights=learner.dump(),
        baseline=Baseline(),
        report={},
        made="2026-11-30",
    )
    folder.chmod(0o755)
    file = folder / "dqn.policy"
    file.write_bytes(artifact.encode())
    file.chmod(0o644)
    return file


def build(artifact: Path | None, *, learner: str = "dqn", explore: bool = False) -> LearnedPolicy:
    """Build as a box does."""
    settings = PolicySettings.model_validate(
        {
            "profile": Profile.FOUR_STATE,
            "learner": learner,
            "explore": explore,
            "artifact": artifact,
        }
    )
    return build_learned_policy(
        settings, fusion=FUSION, new_id=lambda: "k", new_seed=lambda: 0, monotonic=lambda: 0.0
    )


def test_by_default_nobody_but_the_rules_decides() -> None:
    """No decider, so nothing is chosen and nothing kept."""
    assert build(None, learner="rules") == LearnedPolicy()


def test_chance_needs_no_learner() -> None:
    """What is drawn goes on record as of the rules."""
    built = build(None, learner="rules", explore=True)

    assert built.decider is not None
    assert (built.decider.learner, built.learner, built.refused) == (None, None, "")


@as_root
def test_a_learner_begins_at_its_warm_start(tmp_path: Path) -> None:
    """It judges by a copy: the one that learns must not change under a decision."""
    built = build(write_artifact(tmp_path))

    assert built.decider is not None
    assert built.learner is not None
    assert built.decider.learner is not None
    assert built.decider.learner is not built.learner
    assert built.decider.learner.version == built.learner.version != RULES
    assert built.decider.failures == 0


@as_root
@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (
            "fusion",
            "dqn.policy: the policy artifact of 2026-11-30 was made for another fusion model",
        ),
        (
            "damaged",
            (
                "dqn.policy: the artifact of a learned policy is damaged: its digest has changed; "
                "copy the artifact there once more, or leave artifact out for the packaged one"
            ),
        ),
        ("missing", "cannot be read"),
        ("open", "others than root may write to"),
        ("owner", "others than root may write to"),
        ("learner", 'is of a dqn, and the configuration asks for bandit; set learner = "dqn"'),
    ],
)
@pytest.mark.parametrize("explore", [False, True])
def test_what_cannot_be_used_is_refused_in_a_line(
    tmp_path: Path, fault: str, says: str, *, explore: bool
) -> None:
    """And the rules decide alone; chance goes on, as the school has agreed to it."""
    file = write_artifact(tmp_path, fusion="0" * 64 if fault == "fusion" else FUSION)
    if fault == "damaged":
        file.write_bytes(file.read_bytes()[:-20])
    elif fault == "missing":
        file.unlink()
    elif fault == "open":
        file.chmod(0o666)
    elif fault == "owner":
        os.chown(file, 65534, 65534)

    built = build(file, learner="bandit" if fault == "learner" else "dqn", explore=explore)

    assert says in built.refused
    assert built.refused.startswith("policy: ")
    decide = "the rules and chance decide" if explore else "the rules decide alone"
    assert built.refused.endswith(f"; {decide}")
    assert ("what the rules would do is sometimes left out" in built.research) is explore
    assert "\n" not in built.refused
    assert built.learner is None
    assert (built.decider is not None) is explore


def test_the_packaged_one_is_the_default() -> None:
    """One file for each learner, beside the models."""
    settings = PolicySettings(profile=Profile.FOUR_STATE, learner="dqn")

    assert artifact_file(settings).parts[-3:] == ("optimized_models", "policy", "dqn.policy")
