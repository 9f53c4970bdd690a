"""Decisions leave a box without seat, student, id and time, by root's hand, on record."""

import gzip
import json
import os
import stat
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from appliance.commands.policy.handing_out import Stays
from appliance.domain.policy.choices import Choice, ErasedChoice, StoredChoice
from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.intervention.policy.state import FUSED_SIZE, STATE_SIZE
from appliance.storage.store import Storage
from tests.support.backups import call, refusal
from tests.support.choices import make_choice, make_outcome, make_state
from tests.support.decided import keep, make_decisions, taught
from tests.support.disk import PRIVACY, rows, settle
from tests.support.rows import OTHER_SEAT, OTHER_STUDENT, SEAT, STUDENT


@pytest.fixture(autouse=True)
def root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be root, whoever runs the tests."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda *_: None)


def lines(file: Path) -> list[dict[str, Any]]:
    """Return the heading and all decisions."""
    with gzip.open(file, "rt", encoding="utf-8") as text:
        return [json.loads(line) for line in text]


def stays(*choices: Choice, tell_fused: bool = False) -> list[dict[str, Any]]:
    """Return what is told of choices, in the order of ``bound``; stays as they began."""
    taken = Stays(tell_fused=tell_fused)
    taken.take(StoredChoice(choice=one, wall_s=0.0, outcome=None) for one in choices)
    told = [json.loads(line) for line in taken.shuffled(np.random.default_rng(0))]
    began = {one["stay"]: one["bound"] for one in told if one["step"] == 0}
    order = sorted(began, key=lambda number: began[number])
    return sorted(
        (one | {"stay": order.index(one["stay"])} for one in told), key=lambda one: one["bound"]
    )


def test_file_tells_what_was_decided_and_not_about_whom(storage: Storage, config: Path) -> None:
    """Everything a learner needs; no word or number that leads to a person, not even in gzip's."""
    learner = taught()
    made = keep(storage, learner, make_decisions(12, learner=learner))
    other = make_decisions(
        8, learner=learner, seat=OTHER_SEAT, occupancy=OTHER_STUDENT, prefix="other---"
    )
    keep(storage, learner, other)
    storage.choices.settle(make_outcome(made[3].id, complete=False))
    settle(storage)
    file = config.parent / "decisions.jsonl.gz"

    said = call("policy", "export", str(file), "--config", str(config))

    assert "20 choices of 2 stays, 1 with their outcome, 0 with h_fused" in said.stdout
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    head, *told = lines(file)
    assert (head["format"], head["version"], head["policy"]) == (
        "classbox-decisions",
        1,
        learner.version,
    )
    assert len(bytes.fromhex(head["fusion"])) == 32
    sizes = Counter(one["stay"] for one in told)
    assert sorted(sizes.values()) == [8, 12]
    mine = [one for one in told if sizes[one["stay"]] == 12]
    assert [one["step"] for one in mine] == list(range(12))
    for one, choice in zip(mine, made, strict=True):
        assert np.float32(one["state"]).tobytes() == choice.state[FUSED_SIZE:].tobytes()
        assert (one["propensity"], one["action"]) == (choice.propensity, int(choice.action))
        assert one["allowed"] == [int(may) for may in choice.allowed]
    assert [one["outcome"] for one in mine if one["outcome"]] == [
        {
            "fatigue_drop": 0.25,
            "boredom_drop": 0.125,
            "complete": False,
            "reject": False,
            "intrude": False,
        }
    ]
    text = gzip.decompress(file.read_bytes()).decode()
    for word in (SEAT, OTHER_SEAT, STUDENT, OTHER_STUDENT, "decision-", "wall", "at_s", "seed"):
        assert f'"{word}' not in text
    packed = file.read_bytes()
    assert packed[4:8] == b"\0\0\0\0"  # gzip's own time
    assert not packed[3] & 0x08  # gzip's own file name


def test_export_is_put_on_record(storage: Storage, config: Path) -> None:
    """With numbers only, before the file is there."""
    learner = taught()
    keep(storage, learner, make_decisions(3, learner=learner))
    file = config.parent / "decisions.jsonl.gz"

    told = json.loads(call("policy", "export", str(file), "--json", "--config", str(config)).stdout)

    query = "SELECT actor, seat, detail FROM audit WHERE event = 'policy_exported'"
    assert rows(config.parent / "state" / PRIVACY, query) == [
        ("operator", "", "3 choices of 1 stays, 0 with h_fused")
    ]
    assert (told["decisions"], told["stays"], told["finished"]) == (3, 1, 0)


def test_numbers_of_stays_say_nothing() -> None:
    """They are drawn, and the order of the file is theirs."""
    taken = Stays(tell_fused=False)
    for number in range(50):
        choice = make_choice(f"k{number}", occupancy=OccupancyKey(f"o{number}"), value=number / 1)
        taken.take([StoredChoice(choice=choice, wall_s=0.0, outcome=None)])

    one, other = (
        [json.loads(line) for line in taken.shuffled(np.random.default_rng(seed))]
        for seed in (1, 2)
    )

    assert [row["stay"] for row in one] == sorted(row["stay"] for row in one)
    assert [row["value"] for row in one] != [row["value"] for row in other]
    assert sorted(row["value"] for row in one) == [float(number) for number in range(50)]


def test_a_clock_that_began_anew_begins_a_stay() -> None:
    """And so does another student on the seat; steps count from the first decision."""
    told = stays(
        make_choice("a", bound=0.0, at_s=1000.0),
        make_choice("b", bound=0.1, at_s=1030.0),
        make_choice("c", bound=0.2, at_s=50.0),
        make_choice("d", bound=0.3, at_s=70.0, occupancy=OTHER_STUDENT),
        make_choice("e", bound=0.4, at_s=80.0, seat=SeatKey("a07")),
        make_choice("f", bound=0.5, at_s=110.0),
    )

    assert [(one["stay"], one["step"]) for one in told] == [
        (0, 0),
        (0, 3),
        (1, 0),
        (2, 0),
        (3, 0),
        (1, 6),
    ]


def test_h_fused_is_told_only_where_that_was_agreed() -> None:
    """And only where it was kept."""
    choices = [
        make_choice("a", bound=0.0, state=make_state(fused=True)),
        make_choice("b", bound=0.1, at_s=500.0),
    ]

    assert [len(one["state"]) for one in stays(*choices)] == [STATE_SIZE - FUSED_SIZE] * 2
    assert [len(one["state"]) for one in stays(*choices, tell_fused=True)] == [
        STATE_SIZE,
        STATE_SIZE - FUSED_SIZE,
    ]


def test_erased_decisions_are_not_handed_out() -> None:
    """Not even that there was one."""
    taken = Stays(tell_fused=True)
    taken.take([ErasedChoice(id="k1", policy="dqn-1")])

    assert taken.counts.decisions == 0


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        ("user", "by root's hand alone; run: sudo classbox policy export"),
        ("profile", "nothing is chosen by a learned policy"),
    ],
)
@pytest.mark.usefixtures("storage")
def test_what_must_not_be_is_refused(
    config: Path, monkeypatch: pytest.MonkeyPatch, break_it: str, message: str
) -> None:
    """With the reason, and without a file or a line in the audit."""
    file = config.parent / "decisions.jsonl.gz"
    if break_it == "user":
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
    if break_it == "profile":
        text = config.read_text(encoding="utf-8").replace("four-state", "fatigue-only")
        config.write_text(text, encoding="utf-8")

    assert message in str(refusal(call("policy", "export", str(file), "--config", str(config))))
    assert not file.exists()
    query = "SELECT count(*) FROM audit WHERE event = 'policy_exported'"
    assert rows(config.parent / "state" / PRIVACY, query) == [(0,)]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere/decisions.gz", "there is no folder"),
        ("state", "is a folder; name a file in it"),
        ("config.toml", "is there already; write somewhere else, or give --force"),
        ("x.txt", "gzip is written, so the name has to end in .gz, such as"),
    ],
)
@pytest.mark.usefixtures("storage")
def test_a_file_that_cannot_be_written_is_a_wrong_argument(
    config: Path, name: str, message: str
) -> None:
    """What is there stays as it is: it may be the only copy of something."""
    before = config.read_bytes()

    result = call("policy", "export", str(config.parent / name), "--config", str(config))

    assert result.exit_code == 2
    assert message in " ".join(result.output.replace("│", " ").split())
    assert config.read_bytes() == before
    query = "SELECT count(*) FROM audit WHERE event = 'policy_exported'"
    assert rows(config.parent / "state" / PRIVACY, query) == [(0,)]


def test_an_older_export_is_replaced_where_that_is_asked(storage: Storage, config: Path) -> None:
    """And whoever made it is told what it is."""
    learner = taught()
    keep(storage, learner, make_decisions(3, learner=learner))
    file = config.parent / "decisions.jsonl.gz"
    file.write_bytes(b"older")

    said = call("policy", "export", str(file), "--force", "--config", str(config)).stdout

    assert len(lines(file)) == 4
    assert "personal data, pseudonymous" in said


@pytest.mark.usefixtures("storage")
def test_nothing_is_no_export(config: Path) -> None:
    """Nobody takes an empty file for a box's decisions; it is not on record either."""
    file = config.parent / "decisions.jsonl.gz"

    result = call("policy", "export", str(file), "--config", str(config))

    error = refusal(result)
    assert "there is nothing to export; sudo classbox policy status says who decides" in str(error)
    assert error.exit_code == 1
    assert not file.exists()
    query = "SELECT count(*) FROM audit WHERE event = 'policy_exported'"
    assert rows(config.parent / "state" / PRIVACY, query) == [(0,)]
