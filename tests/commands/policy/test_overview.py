"""Who decides, how often, and what came of it, in numbers."""

import json
from pathlib import Path

import pytest

from appliance.domain.policy.choices import ChoiceReason, PolicyAction
from appliance.storage.store import Storage
from tests.support.backups import call
from tests.support.choices import make_choice, make_outcome
from tests.support.disk import settle
from tests.support.rows import OTHER_SEAT


@pytest.fixture
def decided(storage: Storage) -> Storage:
    """Put four decisions with three outcomes, of which one has no reward; one more is erased."""
    storage.choices.keep_policy("dqn-old", learner="dqn", weights=b"old")
    storage.choices.keep_policy("dqn-new", learner="dqn", weights=b"newer")
    nothing = PolicyAction.NOTHING
    storage.choices.record(make_choice("k1", policy="dqn-new"))
    storage.choices.record(make_choice("k2", policy="dqn-new", reason=ChoiceReason.RANDOMISED))
    storage.choices.record(
        make_choice("k3", policy="dqn-old", action=nothing, rule_action=PolicyAction.HINT)
    )
    storage.choices.record(make_choice("k4", policy="dqn-old", reason=ChoiceReason.RULE))
    storage.choices.record(make_choice("k5", seat=OTHER_SEAT))
    storage.choices.settle(make_outcome("k1"))
    storage.choices.settle(make_outcome("k2", complete=False, reject=True))
    storage.choices.settle(make_outcome("k4", fatigue_drop=None, boredom_drop=None, intrude=True))
    storage.erasure.erase(actor="teacher", seat=OTHER_SEAT)
    settle(storage)
    return storage


def test_numbers_for_machines(decided: Storage, config: Path) -> None:
    """By reason and by action; the mean is over rewards that are known."""
    told = json.loads(call("policy", "status", "--json", "--config", str(config)).stdout)

    assert (told["learner"], told["version"], told["explore"]) == ("rules", "rules", False)
    assert told["decisions"] == {
        "all": 5,
        "erased": 1,
        "rule": 1,
        "not_sure": 0,
        "little_evidence": 0,
        "learner_failed": 0,
        "override": 2,
        "randomised": 1,
        "vetoes": 1,
    }
    nothing, rest = told["actions"]
    assert (nothing["action"], nothing["outcomes"], nothing["mean_reward"]) == ("nothing", 0, None)
    assert rest == {
        "action": "rest",
        "decisions": 3,
        "outcomes": 3,
        "rewards": 2,
        "mean_reward": pytest.approx(((0.375 + 0.5) + (0.375 - 0.5)) / 2),
        "completed": 2,
        "rejected": 1,
        "intruded": 1,
    }
    assert told["training"] == {
        "versions": 2,
        "since": "2026-11-18T11:06:40+00:00",
        "outcomes_since": 0,
    }
    assert {one["version"]: (one["decisions"], one["bytes"]) for one in told["policies"]} == {
        "dqn-new": (2, 5),
        "dqn-old": (2, 3),
    }
    assert decided.health().writes_failed == 0


def test_numbers_for_people(decided: Storage, config: Path) -> None:
    """A few lines and a table."""
    del decided
    said = call("policy", "status", "--config", str(config))

    assert said.exit_code == 0
    assert "decisions  5, of them 2 overrides (1 vetoes), 1 drawn by lot" in said.stdout
    assert "1 erased" in said.stdout
    (row,) = (line.split() for line in said.stdout.splitlines() if line.strip().startswith("rest"))
    assert row == ["rest", "3", "3", "+0.375", "2", "1", "1"]


def test_a_box_that_has_learned_nothing_says_so(storage: Storage, config: Path) -> None:
    """No weights, no decisions."""
    settle(storage)

    said = call("policy", "status", "--config", str(config)).stdout

    assert "nothing has been learned, no weights are kept" in said
    assert "decisions  0, of them" in said
