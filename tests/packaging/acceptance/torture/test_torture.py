"""A kill takes nothing that was acknowledged; and what would be missing, would be found."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from acceptance.torture.__main__ import Replays, judge, replay_many
from acceptance.torture.decisions import digest_of, new_decider, new_learner, steps
from acceptance.torture.examine import Remains, Said, examine, goes_on
from acceptance.torture.kills import Moment, Torture, torture

from appliance.domain.policy.choices import Choice
from appliance.host.clock import SystemClock
from appliance.storage.store import Storage
from tests.support.choices import make_outcome

GOOD = Replays(equal=5, different=0, no_weights=0, seconds=1.0)


@pytest.fixture
def made(tmp_path: Path) -> list[Choice]:
    """Put two steps on record, the weights they were made with, and one outcome."""
    learner = new_learner()
    rng = np.random.default_rng(3)
    some = steps(new_decider(learner, rng), rng, stay="stay")
    choices = [*next(some), *next(some)]
    storage = Storage.open(tmp_path, clock=SystemClock())
    storage.start()
    storage.choices.keep_policy(learner.version, learner="dqn", weights=learner.dump())
    storage.choices.record_many(choices)
    storage.choices.settle(make_outcome(choices[0].id))
    storage.stop()
    return choices


def look(folder: Path, said: Said) -> Remains:
    """Examine a folder for the first time."""
    return examine(folder, kept=said.kept, settled=said.settled, replayed=set())


def test_what_is_there_is_found_to_be_there(tmp_path: Path, made: list[Choice]) -> None:
    """All of it, equal and whole; what was not acknowledged may be there as well."""
    said = Said(kept={one.id: digest_of(one) for one in made[:9]}, settled={made[0].id})

    assert look(tmp_path, said) == Remains(
        choices=16,
        lost=0,
        changed=0,
        outcomes_lost=0,
        unreadable=0,
        different=0,
        damaged="",
        replaced=0,
    )


def test_what_is_missing_or_other_is_found(tmp_path: Path, made: list[Choice]) -> None:
    """A lost decision, a changed one, a lost outcome, lost weights, a file moved aside."""
    said = Said(kept={"gone": "", made[0].id: "other"}, settled={made[1].id})
    storage = Storage.open(tmp_path, clock=SystemClock())
    storage.start()
    storage.choices.record(replace(made[2], id="lost-weights", policy="dqn-lost"))
    storage.choices.record(replace(made[2], id="other-value", value=made[2].value + 1))
    storage.stop()
    (tmp_path / "privacy.db.corrupt-1").touch()

    found = look(tmp_path, said)

    assert (found.lost, found.changed, found.outcomes_lost, found.replaced) == (1, 1, 1, 1)
    assert (found.unreadable, found.different) == (1, 1)


def test_a_line_that_was_cut_off_by_the_kill_never_counted() -> None:
    """Others are heard in any order."""
    said = Said()
    for line in (
        "ready v1",
        "learning",
        "saving",
        "saved",
        "kept k1 abc",
        "settled k0",
        "active v2",
    ):
        said.hear(line)

    assert said == Said(
        kept={"k1": "abc"},
        settled={"k0"},
        ready="v1",
        active=["v2"],
        learning=1,
        saving=1,
        saved=1,
    )


@pytest.mark.parametrize(
    ("ready", "how"),
    [("v3", "newest"), ("v2", "one before"), ("v1", "lost"), ("v4", "newer")],
)
def test_how_a_policy_goes_on(ready: str, how: str) -> None:
    """With the newest, the one before, or one that was kept and had not decided yet."""
    assert goes_on(["v1", "v2", "v3"], ready) == how


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        ("lost", "2 acknowledged decisions lost"),
        ("changed", "2 acknowledged decisions changed"),
        ("outcomes_lost", "2 acknowledged outcomes lost"),
        ("unreadable", "2 decisions without their weights"),
        ("different", "2 decisions that do not follow again"),
        ("replaced", "2 databases moved aside as damaged"),
    ],
)
def test_every_harm_is_a_problem(harm: str, words: str) -> None:
    """One line each."""
    told = Torture(learned=1)
    assert judge(told, GOOD) == []
    told.worst[harm] = 2

    assert judge(told, GOOD) == [words]


def test_a_lost_policy_damage_and_unequal_replays_are_problems() -> None:
    """And so is a run in which nothing was learned."""
    told = Torture(damage=["row missing"])
    told.policies["lost"] = 1
    told.kills[Moment.KEEPING] = 1

    assert judge(told, Replays(equal=5, different=1, no_weights=2, seconds=1.0)) == [
        "the database is damaged: row missing",
        "1 times the policy of before was lost",
        "nothing was ever learned, so this run says nothing about it",
        "3 replays are not equal",
    ]


def test_replays_of_several_policies_are_equal(tmp_path: Path) -> None:
    """In small; the command makes 10,000."""
    told = replay_many(tmp_path, decisions=203)

    assert (told.equal, told.different, told.no_weights) == (203, 0, 0)


@pytest.mark.long
def test_two_kills(tmp_path: Path) -> None:
    """In small; the command kills 100 times."""
    told = torture(tmp_path / "state", kills=2, seed=1, say=lambda _: None)

    assert told.kills == {Moment.WRITING: 1, Moment.LEARNING: 1}
    assert told.acknowledged > 0
    assert told.last is not None
    assert told.last.choices >= told.acknowledged
    assert judge(told, GOOD) == []
    assert sum(told.worst.values()) == 0
