"""Features go in batches, decisions at once; full queues and full disks are counted."""

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database

from appliance.errors import StorageError
from appliance.storage import batches as batches_module
from appliance.storage.ballast import Ballast
from appliance.storage.batches import COMMIT_BATCHES
from appliance.storage.counts import Store
from appliance.storage.database import DatabaseFile
from appliance.storage.migrations import PRIVACY as MIGRATIONS
from appliance.storage.store import Storage
from appliance.storage.writer import StorageWriter
from tests.support.clocks import HeldClock
from tests.support.disk import FEATURES, PRIVACY, Disk, rows, settle
from tests.support.rows import TERMINAL, make_intervention, make_tokens, open_storage
from tests.support.waiting import wait_until


def committed(folder: Path) -> int:
    """Count the tokens that another connection sees."""
    return int(rows(folder / FEATURES, "SELECT count(*) FROM tokens")[0][0])


def decided(folder: Path) -> int:
    """Count the decisions that another connection sees."""
    return int(rows(folder / PRIVACY, "SELECT count(*) FROM decisions")[0][0])


def test_features_are_committed_when_their_time_has_come(
    folder: Path, clock: HeldClock, storage: Storage
) -> None:
    """Just before ``commit_s`` nothing is written; exactly then all is, in one go."""
    storage.features.append(make_tokens(at_s=0.0), [])
    clock.now_s = 4.5
    storage.features.append(make_tokens(at_s=4.5), [])
    settle(storage)
    assert committed(folder) == 0
    assert storage.health().features_waiting == 2

    clock.now_s = 5.0
    settle(storage)
    assert committed(folder) == 2
    assert storage.health().features_waiting == 0


def test_many_features_are_committed_at_once(folder: Path, storage: Storage) -> None:
    """A full batch does not wait for its time."""
    for _ in range(COMMIT_BATCHES - 1):
        storage.features.append(make_tokens(), [])
    settle(storage)
    assert committed(folder) == 0

    storage.features.append(make_tokens(), [])
    settle(storage)
    assert committed(folder) == COMMIT_BATCHES


def test_full_queue_drops_the_oldest_and_counts(
    folder: Path, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the disk hangs the newest features are kept."""
    monkeypatch.setattr(batches_module, "BATCHES", 4)
    with closing(sqlite3.connect(folder / PRIVACY)) as other:
        other.execute("BEGIN IMMEDIATE")
        hanging = threading.Thread(
            target=storage.decisions.record_intervention,
            args=[make_intervention()],
            kwargs={"terminal": TERMINAL},
        )
        hanging.start()
        for number in range(7):
            storage.features.append(make_tokens(at_s=float(number)), [])
        assert storage.health().features_dropped == 3
        assert hanging.is_alive()
    hanging.join()
    storage.flush()

    kept = rows(folder / FEATURES, "SELECT at_s FROM tokens ORDER BY id")
    assert kept == [(3.0,), (4.0,), (5.0,), (6.0,)]


def test_full_disk_keeps_decisions_and_the_ballast(storage: Storage, disk: Disk) -> None:
    """Features wait, health says so, decisions go on, and all is written with room again."""
    settle(storage)
    assert storage.health().ballast_held
    disk.limit(FEATURES, pages_more=0)
    for _ in range(500):
        storage.features.append(make_tokens(), [])
    storage.flush()

    # A batch that the writer is just trying again is not waiting at that moment.
    wait_until(lambda: storage.health().features_waiting == 500)
    health = storage.health()
    assert health.disk_full
    assert health.ballast_held
    assert "features.db: database or disk is full" in health.last_error
    storage.decisions.record_intervention(make_intervention(), terminal=TERMINAL)

    disk.limit(FEATURES, pages_more=10_000)
    assert storage.feature_rows() == 500
    assert not storage.health().disk_full
    assert storage.health().features_dropped == 0


def test_full_disk_gives_up_the_ballast_for_a_decision(
    folder: Path, storage: Storage, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the decision fits once the reserve is free, it is kept; the reserve is taken again."""
    settle(storage)
    given_up: list[bool] = []
    free = Ballast.free

    def free_and_lift(ballast: Ballast) -> bool:
        given_up.append(free(ballast))
        disk.limit_at_once(PRIVACY, pages_more=10_000)
        return given_up[-1]

    monkeypatch.setattr(Ballast, "free", free_and_lift)
    disk.limit(PRIVACY, pages_more=0)
    for number in range(40):
        decision = replace(make_intervention(f"c{number}"), reason="x" * 500)
        storage.decisions.record_intervention(decision, terminal=TERMINAL)

    assert given_up[0]
    assert decided(folder) == 40
    settle(storage)
    assert storage.health().ballast_held
    assert not storage.health().disk_full


def test_oldest_features_give_way_on_a_full_disk(
    folder: Path, storage: Storage, disk: Disk
) -> None:
    """Newer features find room where older ones were."""
    settle(storage)
    for _ in range(500):
        storage.features.append(make_tokens(at_s=1.0), [])
    storage.flush()
    disk.limit(FEATURES, pages_more=0)
    for _ in range(500):
        storage.features.append(make_tokens(at_s=2.0), [])
    storage.flush()  # refused; room is made after it
    settle(storage)
    storage.flush()

    kept = rows(folder / FEATURES, "SELECT at_s, count(*) FROM tokens GROUP BY at_s")
    assert kept == [(2.0, 500)]
    assert not storage.health().disk_full
    assert storage.health().ballast_held


def test_what_a_full_disk_refuses_at_the_end_is_counted(
    folder: Path, clock: HeldClock, disk: Disk
) -> None:
    """Closing does not wait for room that never comes."""
    storage = open_storage(folder, clock, beat=disk.beat)
    disk.limit(FEATURES, pages_more=0)
    for _ in range(500):
        storage.features.append(make_tokens(), [])

    assert storage.stop()
    assert storage.health().features_dropped == 500
    assert committed(folder) == 0


def test_failing_job_is_its_callers_and_leaves_nothing(tmp_path: Path, clock: HeldClock) -> None:
    """An error inside a job rolls it back and reaches the caller; the next job works."""
    path = tmp_path / PRIVACY
    file = DatabaseFile(path, migrations=MIGRATIONS, synchronous="FULL", wall_s=0.0)
    writer = StorageWriter(
        files={Store.PRIVACY: file},
        ballast=Ballast(tmp_path / "ballast"),
        clock=clock,
        commit_s=5.0,
        write_batch=lambda _database, _batch: None,
    )
    writer.start()

    def half_done(database: Database) -> None:
        database.table("feedback").insert(
            {"command": "c", "kind": "rated", "terminal": "t", "wall_s": 1.0}
        )
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        writer.run(Store.PRIVACY, half_done)
    with pytest.raises(StorageError, match=r"privacy\.db: no such table: missing"):
        writer.run(Store.PRIVACY, lambda base: base.execute("DELETE FROM missing"))

    assert writer.run(Store.PRIVACY, lambda base: base.table("feedback").count) == 0
    assert writer.close()


KILLED = """
import os, sys
from pathlib import Path
from tests.support.clocks import *
from tests.support.rows import *
storage = open_storage(Path(sys.argv[1]), HeldClock())
storage.decisions.record_intervention(make_intervention(), terminal=TERMINAL)
storage.outbox.put(make_entry())
os._exit(9)
"""


def test_decision_is_on_disk_when_the_call_returns(folder: Path, clock: HeldClock) -> None:
    """A process that dies right after deciding has decided."""
    run = subprocess.run([sys.executable, "-c", KILLED, str(folder)], check=False, timeout=30)
    assert run.returncode == 9

    storage = open_storage(folder, clock)
    assert decided(folder) == 1
    assert [entry.id for entry in storage.outbox.pending()] == ["c1"]
    storage.stop()
