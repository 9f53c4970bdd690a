"""From what worlds say to the figures that are asked for."""

import json

import pytest

from appliance.intervention.policy.gate import Gate
from training.evaluate.policy import one_world
from training.evaluate.policy.one_world import ORACLE, RULES, SIZES
from training.evaluate.policy.scores import EstimateScore, PolicyScore, WorldScore
from training.evaluate.policy.show import Figures, show
from training.evaluate.policy.summary import summarise
from training.policy import oracle
from training.policy.fast.worlds import WorldKind
from training.policy.learners import WarmStart

NAMES = ("dqn", "bandit")
GATED = [f"{name}, gated, {size}" for name in NAMES for size in SIZES]


def score(ahead: float, *, acting: float = 0.02) -> PolicyScore:
    """Return a policy that is ahead of the rules by so much."""
    return PolicyScore(
        mean=0.1 + ahead,
        ahead=ahead,
        ahead_error=0.01,
        ahead_by_type=(ahead, ahead, ahead, ahead - 0.1),
        shown=1.0,
        acting=acting,
        vetoes=0.001,
        overrides=10,
        better_gain=9,
        better_value=8,
    )


def world(kind: WorldKind, *, gated: float, acting: float = 0.02) -> WorldScore:
    """Return a world in which the oracle is .4 ahead of the rules, which return .1."""
    told = EstimateScore(value=0.05, low=0.0, high=0.1, truth=0.04)
    return WorldScore(
        kind=kind,
        seed=1,
        policies={
            RULES: score(0.0),
            ORACLE: score(0.4),
            **{name: score(gated, acting=acting) for name in GATED},
        },
        oracle="network",
        robust=dict.fromkeys(NAMES, told),
        effects={"hint on bored": told},
        halved=(10, 6, 5),
        seconds=1.0,
    )


@pytest.fixture
def table() -> Figures:
    """Three worlds, one of each kind; as another program reads it."""
    worlds = [
        world(WorldKind.NORMAL, gated=0.3),
        world(WorldKind.NULL, gated=0.0, acting=0.0),
        world(WorldKind.HARM, gated=-0.2, acting=0.5),
    ]
    read: Figures = json.loads(json.dumps(summarise(worlds)))
    return read


def test_everything_that_is_asked_for_is_there(table: Figures) -> None:
    """One object with every figure about simulated policies, which says that it is simulated."""
    assert table["data"] == "simulated"
    assert table.keys() >= {
        "returns",
        "gap_share",
        "below_rules",
        "overrides",
        "silent_in_harmful",
        "harm_against_rules",
        "worst_type",
        "precision",
        "robust",
        "randomised_effects",
        "halved_within_two_minutes",
    }


def test_the_figures_follow_from_the_worlds(table: Figures) -> None:
    """The scale is the oracle's return in normal worlds, .5; harm counts in all."""
    name = "dqn, gated, 2000"
    figures = {
        "scale": table["scale"],
        "gap": table["gap_share"][name]["share"],
        "below": table["below_rules"]["dqn"]["2000"]["significant"],
        "at none": table["below_rules"]["dqn"]["0"]["raw"],
        "null": table["overrides"]["null"][name]["acting"],
        "silent": table["silent_in_harmful"]["dqn"]["500"],
        "precision": table["precision"][name]["better_gain"],
        "worst": table["worst_type"][name]["worst_of_scale"],
        "coverage": table["robust"]["dqn"]["coverage"],
        "halved": table["halved_within_two_minutes"]["without"],
    }

    assert figures == pytest.approx(
        {
            "scale": 0.5,
            "gap": 0.75,
            "below": 1 / 3,
            "at none": 0.0,
            "null": 0.0,
            "silent": 0.0,
            "precision": 0.9,
            "worst": 0.4,
            "coverage": 1.0,
            "halved": 0.5,
        }
    )


def test_it_is_told_to_people(table: Figures, capsys: pytest.CaptureFixture[str]) -> None:
    """With the word that it is simulated."""
    times = {"rules": {}, "masks": {}, "fast_world": {}, "minutes": 1.0, "processor_minutes": 1.0}
    show({**table, **times})

    printed = capsys.readouterr().out
    assert printed.count("simulated") > 5
    assert "dqn, gated, 6000" in printed


def test_a_world_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every policy in it, with little of everything; the rules are not ahead of themselves."""
    pytest.importorskip("vowpalwabbit", reason="the extra 'bandit' brings one of the policies")
    monkeypatch.setattr(one_world, "SIZES", (40, 80))
    monkeypatch.setattr(one_world, "RIVALS_SIZE", 40)
    monkeypatch.setattr(oracle, "CANDIDATE_STUDENTS", 5)

    found = one_world.judge_world(
        WorldKind.NORMAL, seed=3, warm=WarmStart.load(), gate=Gate(), students=6, lessons=20
    )

    assert {"dqn, gated, 80", RULES, ORACLE, "linear Thompson"} <= found.policies.keys()
    assert found.policies[RULES].ahead == 0
    assert found.policies[RULES].overrides == 0
    assert found.robust["dqn"].low <= found.robust["dqn"].value
