"""What is too old or too much goes; what is exactly in time stays."""

from pathlib import Path

import pytest

from appliance.storage import retention
from appliance.storage.ballast import BALLAST_FILE, SPARE_FACTOR, Ballast, free_bytes
from appliance.storage.keeping.copies import DAY_S
from appliance.storage.retention import EVERY_S
from appliance.storage.store import Storage
from tests.support.choices import make_choice, make_outcome
from tests.support.clocks import HeldClock
from tests.support.disk import FEATURES, PRIVACY, rows, settle
from tests.support.rows import (
    TERMINAL,
    make_alert,
    make_entry,
    make_feedback,
    make_intervention,
    make_reading,
    make_tokens,
    open_storage,
)


def fill(storage: Storage) -> None:
    """Put one row of everything."""
    storage.features.append(make_tokens(), [make_reading()])
    storage.flush()
    storage.decisions.record_alert(make_alert())
    storage.decisions.record_intervention(make_intervention(), terminal=TERMINAL)
    storage.decisions.record_feedback(make_feedback())
    storage.choices.record(make_choice())
    storage.choices.settle(make_outcome())
    storage.choices.keep_policy(make_choice().policy, learner="dqn", weights=b"weights")
    storage.outbox.put(make_entry())
    storage.checkpoints.put("episodes", {"a": 1})
    storage.audit.record("paused", actor="teacher")


def counts(folder: Path) -> dict[str, int]:
    """Count the rows of every table."""
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return {
        name: int(rows(folder / file, f"SELECT count(*) FROM {name}")[0][0])  # noqa: S608 - its own
        for file in (PRIVACY, FEATURES)
        for (name,) in rows(folder / file, tables)
    }


def test_rows_go_when_they_are_older_than_allowed(
    folder: Path, storage: Storage, clock: HeldClock
) -> None:
    """Exactly 30 days old they stay; in the next round they are gone, from every table.

    But for the policy, which is nobody's and decides next.
    """
    fill(storage)
    clock.now_s = 30 * DAY_S
    settle(storage)
    assert min(count for name, count in counts(folder).items() if name != "consent") == 1

    clock.now_s += EVERY_S
    settle(storage)
    left = counts(folder)
    assert left.pop("policies") == 1
    assert set(left.values()) == {0}


def test_policies_stay_as_long_as_they_can_be_asked(
    folder: Path, storage: Storage, clock: HeldClock
) -> None:
    """One that has made a choice on record, the newest, and whatever is younger than a day."""
    for day, version in enumerate(("asked", "never-asked", "newest")):
        clock.now_s = day * DAY_S
        storage.choices.keep_policy(version, learner="dqn", weights=b"weights")
        if version == "asked":
            storage.choices.record(make_choice(policy=version))

    def versions() -> list[str]:
        clock.now_s += EVERY_S
        settle(storage)
        return [row[0] for row in rows(folder / PRIVACY, "SELECT version FROM policies")]

    assert versions() == ["asked", "newest"]
    storage.erasure.erase(actor="teacher", seat=make_choice().seat)
    assert versions() == ["newest"]


def test_nothing_happens_between_two_rounds(
    folder: Path, storage: Storage, clock: HeldClock
) -> None:
    """The disk is left alone for an hour."""
    clock.now_s = 30 * DAY_S - EVERY_S / 2
    settle(storage)  # a round
    clock.now_s = 0.0
    fill(storage)
    clock.now_s = 30 * DAY_S + EVERY_S / 4  # too old, but half a round too early
    settle(storage)

    assert counts(folder)["tokens"] == 1


def test_many_rows_go_in_pieces_and_all_of_them(
    folder: Path, storage: Storage, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long purge gives way to other work and still ends."""
    monkeypatch.setattr(retention, "ROWS", 10)
    for _ in range(135):
        storage.features.append(make_tokens(), [])
    storage.flush()
    clock.now_s = 31 * DAY_S

    left = []
    for _ in range(16):
        settle(storage)
        left.append(counts(folder)["tokens"])

    assert sorted(left, reverse=True) == left
    assert len(set(left)) > 2
    assert left[-1] == 0


def test_too_many_features_push_out_the_oldest(
    folder: Path, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Above the size limit the oldest go, whatever their age, and the file shrinks."""
    monkeypatch.setattr(retention, "ROWS", 100)
    limit = 200_000
    storage = open_storage(folder, clock, features_bytes=limit)
    settle(storage)  # the first look at the size is over before there is anything to trim
    for number in range(3000):
        clock.now_s = number / 5
        storage.features.append(make_tokens(at_s=clock.now_s), [])
        if number % 500 == 0:
            storage.flush()  # the queue is bounded, and the test is faster than a camera
    storage.flush()
    assert rows(folder / FEATURES, "PRAGMA page_count")[0][0] * 4096 > limit

    clock.now_s = EVERY_S + 600
    for _ in range(40):
        settle(storage)

    ((low, high),) = rows(folder / FEATURES, "SELECT min(at_s), max(at_s) FROM tokens")
    assert low > 100.0
    assert high == 2999 / 5
    storage.stop()
    assert (folder / "features.db").stat().st_size <= limit * 1.2


def test_corrupt_copies_go_with_their_age(folder: Path, clock: HeldClock) -> None:
    """A damaged file holds features too, so it is not kept longer than they are."""
    folder.mkdir()
    (folder / "features.db").write_bytes(b"no database" * 99)
    storage = open_storage(folder, clock)
    (aside,) = folder.glob("features.db.corrupt-*")

    clock.now_s = aside.stat().st_mtime - clock.wall_s() + 30 * DAY_S + EVERY_S
    settle(storage)

    assert not aside.exists()
    storage.stop()


def test_ballast_is_taken_only_where_there_is_plenty(tmp_path: Path) -> None:
    """Its blocks are really there; on a crowded disk it stays away."""
    ballast = Ballast(tmp_path / "ballast", size=65536)
    assert ballast.hold()
    assert (tmp_path / "ballast").stat().st_blocks * 512 >= 65536
    assert ballast.free()
    assert not ballast.free()
    assert not ballast.held

    crowded = Ballast(tmp_path / "ballast", size=free_bytes(tmp_path) // SPARE_FACTOR * 2)
    assert not crowded.hold()
    assert not crowded.held


def test_ballast_returns_in_the_next_round(
    folder: Path, storage: Storage, clock: HeldClock
) -> None:
    """After it was given up it is taken again when there is room."""
    settle(storage)
    (folder / BALLAST_FILE).unlink()
    assert not storage.health().ballast_held
    clock.now_s = EVERY_S
    settle(storage)

    assert storage.health().ballast_held
