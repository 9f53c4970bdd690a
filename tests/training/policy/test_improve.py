"""Files of boxes become an artifact with its evaluation, or are refused."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from appliance.domain.policy.choices import PolicyAction
from appliance.errors import PolicyError
from appliance.intervention.policy.learners.artifact import load_artifact
from appliance.intervention.policy.learners.loading import start_learner
from appliance.intervention.policy.state import FUSED_SIZE, STATE_SIZE
from training.policy.collect import collect
from training.policy.fast.worlds import SLOW_WORLD
from training.policy.improve import improve_policy
from training.policy.learners import fusion_hash
from training.policy.pooled import FORMAT, read_pooled

HEAD = {"format": FORMAT, "version": 1, "policy": "rules"}


def write(file: Path, lines: list[dict[str, object]], **head: object) -> Path:
    """Write what ``classbox policy export`` would."""
    with gzip.open(file, "wt", encoding="utf-8") as out:
        for line in ({**HEAD, "fusion": fusion_hash(), **head}, *lines):
            out.write(json.dumps(line) + "\n")
    return file


def handed_out(*, decisions: int, seed: int) -> list[dict[str, object]]:
    """Return simulated decisions as a box hands them out."""
    past = collect(SLOW_WORLD, decisions=decisions, seed=seed).experience
    return [
        {
            "stay": int(past.stays[row]),
            "step": round(past.at_s[row] / 10),
            "state": past.states[row, FUSED_SIZE:].tolist(),
            "allowed": past.allowed[row].astype(int).tolist(),
            "rule_action": int(past.rules[row]),
            "action": int(past.actions[row]),
            "propensity": past.propensities[row],
            "outcome": None
            if np.isnan(past.rewards[row])
            else {
                "fatigue_drop": past.rewards[row],
                "boredom_drop": 0.0,
                "complete": False,
                "reject": False,
                "intrude": False,
            },
        }
        for row in range(len(past))
    ]


def test_what_was_handed_out_is_read_as_it_was(tmp_path: Path) -> None:
    """Stays of different files are different stays, though their numbers are the same."""
    past = collect(SLOW_WORLD, decisions=60, seed=1).experience
    files = [write(tmp_path / name, handed_out(decisions=60, seed=1)) for name in ("a.gz", "b.gz")]

    read = read_pooled(files, fusion=fusion_hash())

    assert len(read) == 120
    np.testing.assert_array_equal(read.states[:60], past.states)
    np.testing.assert_array_equal(read.actions, np.tile(past.actions, 2))
    np.testing.assert_allclose(read.rewards, np.tile(past.rewards, 2))
    assert len(np.unique(read.stays)) == 2 * len(np.unique(past.stays))


def test_an_artifact_comes_of_it_with_its_evaluation(tmp_path: Path) -> None:
    """The box can start from it, and the outcomes count as evidence."""
    pytest.importorskip("vowpalwabbit", reason="the extra 'bandit' brings one of the policies")
    lines = handed_out(decisions=600, seed=1)
    report = improve_policy([write(tmp_path / "a.gz", lines)], out=tmp_path / "out")

    written = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert written["decisions"] == report["decisions"] == 600
    assert {"value", "low", "high", "bound", "acting", "vetoes"} <= written["dqn"].keys()
    content = (tmp_path / "out" / "dqn.policy").read_bytes()
    learner = start_learner(load_artifact(content, fusion=fusion_hash()))
    held = learner.judge(np.zeros((1, STATE_SIZE), dtype=np.float32), np.zeros(1, np.int64))
    for action in PolicyAction:
        known = [line for line in lines if line["action"] == action and line["outcome"]]
        assert held.evidence[action] == len(known)


@pytest.mark.parametrize(
    ("lines", "head", "told"),
    [
        ([], {"fusion": "f" * 64}, "another fusion model"),
        ([], {"version": 2}, "no decisions of format"),
        ([{"stay": 1}], {}, "line 2: cannot be read"),
        ([], {}, "no decision in these files"),
    ],
)
def test_a_strange_file_is_refused(
    tmp_path: Path, lines: list[dict[str, object]], head: dict[str, object], told: str
) -> None:
    """With its name and what to do."""
    file = write(tmp_path / "a.gz", lines, **head)

    with pytest.raises(PolicyError, match=told):
        improve_policy([file], out=tmp_path / "out")


def test_an_impossible_number_is_refused(tmp_path: Path) -> None:
    """One that is not finite would spoil all weights."""
    line = {**handed_out(decisions=1, seed=1)[0], "propensity": 0.0}

    with pytest.raises(PolicyError, match="line 2"):
        read_pooled([write(tmp_path / "a.gz", [line])], fusion=fusion_hash())
