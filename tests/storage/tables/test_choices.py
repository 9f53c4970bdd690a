"""A choice is kept to the bit before anything comes of it, and learned from when it is finished."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from appliance.domain.policy.choices import (
    STATE_SIZE,
    Choice,
    ErasedChoice,
    PolicyAction,
    StoredChoice,
)
from appliance.errors import StorageError
from appliance.intervention.policy import state as layout
from appliance.storage.store import Storage
from appliance.storage.tables import choices as module
from appliance.storage.tables.choice_rows import pack_state, unpack_state
from tests.support.choices import make_choice, make_outcome, make_state
from tests.support.clocks import NOON_S, HeldClock
from tests.support.disk import PRIVACY, Disk, rows, settle
from tests.support.rows import OTHER_SEAT, OTHER_STUDENT, SEAT, open_storage


def content(choice: Choice) -> dict[str, Any]:
    """Return all fields, the state as its bytes."""
    values = {field.name: getattr(choice, field.name) for field in fields(choice)}
    return values | {"state": choice.state.tobytes()}


def stored(storage: Storage, identity: str = "k1") -> StoredChoice:
    """Return a choice that is on record."""
    found = storage.choices.get(identity)
    assert isinstance(found, StoredChoice)
    return found


@pytest.mark.parametrize("fused", [False, True])
def test_choice_is_kept_to_the_bit(folder: Path, clock: HeldClock, fused: bool) -> None:
    """Every field comes back as it went in, also in another process's eyes and after a restart."""
    choice = make_choice(state=make_state(fused=fused))
    storage = open_storage(folder, clock)
    storage.choices.record(choice)
    # Beside the open store: what record has returned from, is on disk.
    assert rows(folder / PRIVACY, "SELECT id, wall_s, erased FROM choices") == [("k1", NOON_S, 0)]
    storage.stop()

    again = open_storage(folder, clock)
    found = stored(again)
    again.stop()

    assert content(found.choice) == content(choice)
    assert (found.wall_s, found.outcome) == (NOON_S, None)


def test_unknown_choice_is_none(storage: Storage) -> None:
    """Nothing is made up."""
    assert storage.choices.get("nobody") is None


def test_state_without_h_fused_takes_a_sixth_of_the_room() -> None:
    """Leading zeros are left out; a zero with a sign is a number like any other."""
    assert len(pack_state(make_state())) == (STATE_SIZE - layout.FUSED_SIZE) * 4
    assert len(pack_state(make_state(fused=True))) == STATE_SIZE * 4
    nothing = np.zeros(STATE_SIZE, dtype=np.float32)
    assert pack_state(nothing) == b""
    signed = nothing.copy()
    signed[3] = -0.0

    for state in (nothing, signed):
        assert unpack_state(pack_state(state)).tobytes() == state.tobytes()


def test_sizes_agree_with_the_layout_of_the_state() -> None:
    """Storage knows the number alone, the policy what each of them is."""
    assert STATE_SIZE == layout.STATE_SIZE


@pytest.mark.parametrize("propensity", [0.0, 1.0000001, -0.1, float("nan")])
def test_choice_without_a_propensity_is_not_written(storage: Storage, propensity: float) -> None:
    """And says so, so that nothing comes of it."""
    with pytest.raises(StorageError):
        storage.choices.record(make_choice(propensity=propensity))

    assert storage.choices.get("k1") is None


def test_step_is_one_transaction_in_order(folder: Path, storage: Storage) -> None:
    """All of a step or nothing of it; an empty step costs nothing."""
    storage.choices.record_many([])
    storage.choices.record_many([make_choice("k1"), make_choice("k2", propensity=0.0)])
    storage.choices.record_many([make_choice("k3"), make_choice("k4")])
    settle(storage)

    assert rows(folder / PRIVACY, "SELECT id FROM choices ORDER BY rowid") == [("k3",), ("k4",)]
    assert storage.health().writes_failed == 1


def test_first_outcome_counts(storage: Storage) -> None:
    """A duplicate and a contradiction change nothing."""
    storage.choices.record(make_choice())
    storage.choices.settle(make_outcome())
    storage.choices.settle(make_outcome(reject=True, fatigue_drop=None, boredom_drop=None))

    assert stored(storage).outcome == make_outcome()


def test_outcome_of_nothing_known_is_not_kept(folder: Path, storage: Storage) -> None:
    """A choice that was purged or never was."""
    storage.choices.settle(make_outcome("nobody"))
    settle(storage)

    assert rows(folder / PRIVACY, "SELECT * FROM outcomes") == []


def test_policy_is_kept_once_and_by_its_version(storage: Storage) -> None:
    """Weights of a version never change; unknown ones are none."""
    storage.choices.keep_policy("dqn-1", learner="dqn", weights=b"\x00one")
    storage.choices.keep_policy("dqn-1", learner="dqn", weights=b"other")

    assert storage.choices.policy("dqn-1") == b"\x00one"
    assert storage.choices.policy("dqn-2") is None


@pytest.mark.parametrize("many", [False, True])
def test_weights_outlive_a_damaged_database(
    folder: Path, storage: Storage, disk: Disk, many: bool
) -> None:
    """The box goes on with an empty file; what it chooses from then on can be made again."""
    for version in ("dqn-1", "dqn-2", "dqn-3"):
        storage.choices.keep_policy(version, learner="dqn", weights=version.encode())
    storage.choices.record(make_choice("before"))
    disk.damage(folder / PRIVACY)
    if many:
        storage.choices.record_many([make_choice("after")])
        settle(storage)
    else:
        storage.choices.record(make_choice("after"))

    assert len(storage.health().replaced) == 1
    assert storage.choices.get("before") is None
    assert stored(storage, "after").choice.id == "after"
    query = "SELECT version, CAST(weights AS TEXT) FROM policies ORDER BY version"
    assert rows(folder / PRIVACY, query) == [("dqn-2", "dqn-2"), ("dqn-3", "dqn-3")]


def fill(storage: Storage) -> None:
    """Two students in turn; one choice is open, one has no reward."""
    for number in range(6):
        own = number % 2 == 0
        storage.choices.record(
            make_choice(
                f"k{number}",
                seat=SEAT if own else OTHER_SEAT,
                occupancy=make_choice().occupancy if own else OTHER_STUDENT,
                at_s=10.0 * number,
                state=make_state(number=number),
                action=PolicyAction(number % 5),
            )
        )
    for number in (0, 1, 3, 4, 5):
        drop = None if number == 3 else 0.25
        storage.choices.settle(make_outcome(f"k{number}", fatigue_drop=drop, boredom_drop=drop))


def test_experience_holds_what_is_finished_stay_by_stay(storage: Storage) -> None:
    """In the order of time within each; a missing reward is missing, not zero."""
    fill(storage)

    found = storage.choices.experience()

    assert found.at_s.tolist() == [0.0, 40.0, 10.0, 30.0, 50.0]
    assert found.stays.tolist() == [0, 0, 1, 1, 1]
    assert found.actions.tolist() == [0, 4, 1, 3, 0]
    assert found.rules.tolist() == [0] * 5
    np.testing.assert_array_equal(found.rewards, [1.0, 1.0, 1.0, np.nan, 1.0])
    assert found.propensities.tolist() == [0.1 + 0.2] * 5
    assert found.states[1].tobytes() == make_state(number=4).tobytes()
    assert found.allowed.tolist() == [[True, True, False, False, True]] * 5
    assert [found.states.dtype, found.actions.dtype] == [np.dtype("f4"), np.dtype("i8")]


def test_experience_of_nothing_has_its_shapes(storage: Storage) -> None:
    """A new box learns from nothing."""
    found = storage.choices.experience()

    assert (len(found), found.states.shape, found.allowed.shape) == (0, (0, STATE_SIZE), (0, 5))


@pytest.mark.parametrize("piece", [1, 2, 3, 50])
def test_newest_are_taken_in_pieces(
    storage: Storage, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    """Whatever the size of a piece: the newest so many."""
    monkeypatch.setattr(module, "PIECE", piece)
    fill(storage)

    assert storage.choices.experience(limit=3).at_s.tolist() == [40.0, 30.0, 50.0]
    assert len(storage.choices.experience(limit=5)) == 5
    assert len(storage.choices.experience(limit=9)) == 5


def test_clock_that_began_anew_ends_a_stay(storage: Storage) -> None:
    """After a restart of the machine capture time says nothing about before."""
    for number, at_s in enumerate((500.0, 510.0, 20.0, 30.0)):
        storage.choices.record(make_choice(f"k{number}", at_s=at_s))
        storage.choices.settle(make_outcome(f"k{number}"))

    assert storage.choices.experience().stays.tolist() == [0, 0, 1, 1]


def test_who_is_erased_while_it_is_read_is_not_learned_from(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read anew when an erasure came between two pieces."""
    monkeypatch.setattr(module, "PIECE", 2)
    fill(storage)
    stacked: list[int] = []
    read = storage.choices._read_finished  # noqa: SLF001 - the moment between two pieces

    def read_and_erase(limit: int) -> list[dict[str, Any]]:
        found = read(limit)
        stacked.append(len(found))
        if len(stacked) == 1:
            storage.erasure.erase(actor="teacher", seat=SEAT)
        return found

    monkeypatch.setattr(storage.choices, "_read_finished", read_and_erase)

    assert storage.choices.experience().at_s.tolist() == [10.0, 30.0, 50.0]
    assert stacked == [5, 3]


def test_erased_choice_says_that_it_was_one(storage: Storage) -> None:
    """Its id and the learner's version stay; what comes of it later is not kept."""
    storage.choices.record(make_choice())
    storage.erasure.erase(actor="teacher", seat=SEAT)
    storage.choices.settle(make_outcome())

    assert storage.choices.get("k1") == ErasedChoice(id="k1", policy="dqn-0123456789abcdef")
    assert len(storage.choices.experience()) == 0


def test_new_outcomes_are_counted_and_old_choices_read_without_them(
    storage: Storage, clock: HeldClock
) -> None:
    """A learner compares what is new with what it has believed."""
    for number in range(5):
        clock.now_s += 10
        storage.choices.record(make_choice(f"k{number}", at_s=100.0 * number))
        storage.choices.settle(make_outcome(f"k{number}"))
    since_s = clock.wall_s() - 20

    assert storage.choices.count_finished(since_s=since_s) == 2
    old = storage.choices.experience(skip=2)
    new = storage.choices.experience(2)

    assert old.at_s.tolist() == [0.0, 100.0, 200.0]
    assert new.at_s.tolist() == [300.0, 400.0]


def test_an_erasure_changes_the_count(storage: Storage) -> None:
    """What is being learned can tell that it must not be."""
    storage.choices.record(make_choice())
    before = storage.choices.count_erasures()

    storage.erasure.erase(actor="test", seat=SEAT)

    assert storage.choices.count_erasures() != before
