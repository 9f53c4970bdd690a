"""A running box says what its policy may do and what keeps it from doing so."""

import json
import os
from pathlib import Path

import pytest

from tests.support.clips import write_clip
from tests.support.service import Service, run_classbox, write_config
from tests.support.waiting import wait_until


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's artifact is looked at")
def test_research_and_a_refused_artifact_are_in_log_and_status(tmp_path: Path) -> None:
    """Before anything is seen; the file is named, with the next step."""
    clip = write_clip(tmp_path / "clip.avi", frames=600, fps=15)
    tmp_path.chmod(0o755)
    artifact = tmp_path / "junk.policy"
    artifact.write_bytes(b"junk")
    artifact.chmod(0o644)
    config = write_config(tmp_path, cameras={"a": f'source = "{clip}"\nloop = true'})
    text = config.read_text(encoding="utf-8")
    lines = f'[policy]\nexplore = true\nlearner = "dqn"\nartifact = "{artifact}"'
    config.write_text(text.replace("[policy]", lines), encoding="utf-8")
    problem = (
        f"policy: {artifact}: this is no artifact of a learned policy; copy the artifact there "
        "once more, or leave artifact out for the packaged one; the rules and chance decide"
    )

    with Service(config) as service:
        wait_until(
            lambda: problem in run_classbox("status", "--config", str(config)).stdout, timeout_s=60
        )
        said = run_classbox("status", "--config", str(config)).stdout
        told = json.loads(run_classbox("status", "--json", "--config", str(config)).stdout)
        log = [json.loads(line) for line in service.log.read_text().splitlines()]

    assert "  ! explore is on, so benign actions are drawn by lot" in said
    assert told["research"] in said
    assert "what the rules would do is sometimes left out" in told["research"]
    assert {"problem": problem, "next": ""} in told["problems"]
    events = [line["event"] for line in log]
    assert events.index("policy_explores") < events.index("box_started")
    explores = log[events.index("policy_explores")]
    assert (explores["meaning"], explores["learner"]) == (told["research"], "rules")
