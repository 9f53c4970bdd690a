"""Who decides, how often, and what came of it, in numbers."""

import json
from pathlib import Path

import pytest

from appliance.commands.policy.deciding import who_decides
from appliance.commands.policy.plain import CHOICES
from appliance.domain.policy.choices import ChoiceReason, PolicyAction
from appliance.errors import PolicyError
from appliance.service.policy.build import start_configured
from appliance.service.policy.standing import PolicyStanding
from appliance.settings.load import load_settings
from appliance.storage.store import Storage
from appliance.storage.tables.choice_archive import ChoiceArchive
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
    storage.choices.record(make_choice("k5", seat=OTHER_SEAT, policy="dqn-old"))
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
        "drawn": 4,
        "drawn_outcomes": 3,
        "drawn_changed": 1,
        "reasons": {
            "rule": 1,
            "not_sure": 0,
            "little_evidence": 0,
            "learner_failed": 0,
            "override": 2,
            "randomised": 1,
        },
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
    kept = {one["version"]: one for one in told["policies"]}
    assert {
        version: (one["decisions"], one["erased"], one["bytes"]) for version, one in kept.items()
    } == {"dqn-new": (2, 0, 5), "dqn-old": (2, 1, 3)}
    assert decided.health().writes_failed == 0


def test_numbers_for_people(decided: Storage, config: Path) -> None:
    """A few lines and a table."""
    del decided
    said = call("policy", "status", "--config", str(config))

    assert said.exit_code == 0
    told = " ".join(said.stdout.split())
    assert "4 drawn by lot, outcomes of 3 known; in 1 the lot changed what was done" in told
    assert "4 on record; in 2 what was learned replaced what the rules say (in 1 of them" in told
    assert told.count("1 more about a student who was erased, of which nothing else is kept") == 2
    assert "2 versions kept" in told
    assert CHOICES in told
    assert "decision" not in told
    assert "a short rest 3 3 +0.375 2 1 1" in told
    assert "The reward of a choice is what came of it in one number" in told


def test_a_box_that_has_learned_nothing_says_so(storage: Storage, config: Path) -> None:
    """No weights, no decisions, and no table without a line."""
    settle(storage)

    said = call("policy", "status", "--config", str(config)).stdout

    assert "nothing has been learned, no version is kept" in said
    assert "choices       none on record" in said
    assert "mean reward" not in said


def test_a_lot_whose_outcome_is_not_known_yet_is_counted(storage: Storage, config: Path) -> None:
    """Also where it fell on what would have been done anyway, whose reason is not "randomised"."""
    storage.choices.record(make_choice(reason=ChoiceReason.RULE, propensity=0.6))
    storage.choices.keep_policy("dqn-new", learner="dqn", weights=b"newer")
    settle(storage)
    exploring(config)

    said = call("policy", "status", "--config", str(config)).stdout

    assert "1 drawn by lot, outcomes of none known yet; an outcome takes 2 minutes" in said
    assert "in 0 the lot changed what was done" in said
    assert "drawn by lot  on ([policy] explore = true): chance decides" in said
    assert "1 version kept" in said


def exploring(config: Path, *lines: str) -> None:
    """Let chance have a say, and whatever else is asked for."""
    more = "\n".join(["[policy]", "explore = true", *lines])
    config.write_text(config.read_text().replace("[policy]", more))


@pytest.mark.parametrize("content", [None, b"no artifact"])
def test_an_artifact_that_is_refused_is_said_with_its_reason(
    storage: Storage, config: Path, content: bytes | None
) -> None:
    """The one of the service; the rules decide then, whatever is on record."""
    storage.choices.keep_policy("dqn-new", learner="dqn", weights=b"newer")
    settle(storage)
    file = config.parent / "own.policy"
    if content is not None:
        file.write_bytes(content)
    exploring(config, 'learner = "dqn"', f'artifact = "{file}"')
    with pytest.raises(PolicyError) as refusal:
        start_configured(load_settings(config).policy, fusion="f" * 64)

    said = call("policy", "status", "--config", str(config)).stdout
    told = json.loads(call("policy", "status", "--json", "--config", str(config)).stdout)

    why = str(refusal.value)
    together = f'the rules and chance together, because learner = "dqn" cannot be used here: {why}'
    assert together in said
    assert "alone" not in said.splitlines()[0]
    assert (told["refused"], told["version"]) == (why, "rules")


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("", "the rules and chance together until dqn has learned anew, because"),
        ("dqn-old", "version dqn-old;"),
    ],
)
def test_a_box_that_has_gone_back_says_to_what(
    storage: Storage, config: Path, version: str, said: str
) -> None:
    """Where its warm start is still the one that the configuration asks for."""
    exploring(config, 'learner = "dqn"')
    warm = who_decides(load_settings(config), ChoiceArchive(config.parent / "state")).version
    standing = PolicyStanding(warm=warm, version=version, drifted=("the reward of a hint",))
    storage.checkpoints.put("policy", standing.saved())
    settle(storage)

    told = call("policy", "status", "--config", str(config)).stdout

    assert warm.startswith("dqn-")
    assert said in told
    assert "because what it rests on has changed: the reward of a hint" in told


def test_a_standing_of_another_warm_start_does_not_count(storage: Storage, config: Path) -> None:
    """What was learned must not outlive what it was learned from."""
    exploring(config, 'learner = "dqn"')
    standing = PolicyStanding(warm="dqn-other", version="dqn-old")
    storage.checkpoints.put("policy", standing.saved())
    settle(storage)

    deciding = who_decides(load_settings(config), ChoiceArchive(config.parent / "state"))

    assert deciding.version not in {"dqn-old", "rules"}
    assert (deciding.refused, deciding.drifted) == ("", ())
