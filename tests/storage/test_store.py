"""The store as a whole: files, threads, closing, and what happens when a file is damaged."""

import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.errors import StorageError
from appliance.storage.store import Storage
from tests.support.clocks import HeldClock
from tests.support.disk import FEATURES, PRIVACY, Disk, rows
from tests.support.rows import (
    SEAT,
    TERMINAL,
    make_intervention,
    make_reading,
    make_tokens,
    open_storage,
)


def audited(folder: Path) -> list[tuple[object, ...]]:
    """Return events and details of the audit."""
    return rows(folder / "privacy.db", "SELECT event, detail FROM audit ORDER BY id")


def test_nobody_else_may_look_into_the_folder(folder: Path, storage: Storage) -> None:
    """Folder 0700 and files 0600, those of the running logs included."""
    storage.features.append(make_tokens(), [])
    storage.flush()

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert {"privacy.db", "privacy.db-wal", "features.db", "features.db-wal"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def test_open_folder_is_closed_to_others(folder: Path, clock: HeldClock) -> None:
    """A folder that an installer left open is tightened."""
    folder.mkdir(mode=0o755)
    open_storage(folder, clock).stop()

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.usefixtures("storage")
def test_databases_have_their_durability(disk: Disk) -> None:
    """Decisions are synchronous FULL, features NORMAL, both overwrite what they delete."""
    pragmas = {
        name: disk.turn(name, "journal_mode", "synchronous", "secure_delete")
        for name in (PRIVACY, FEATURES)
    }

    assert pragmas == {PRIVACY: ["wal", 2, 1], FEATURES: ["wal", 1, 1]}


def test_closing_leaves_clean_databases(folder: Path, clock: HeldClock) -> None:
    """Everything is on disk, the logs are gone, and the files are sound."""
    storage = open_storage(folder, clock)
    storage.features.append(make_tokens(), [make_reading()])
    storage.decisions.record_intervention(make_intervention(), terminal=TERMINAL)

    assert storage.stop()

    assert sorted(path.name for path in folder.glob("*.db*")) == ["features.db", "privacy.db"]
    for name in ("features.db", "privacy.db"):
        assert rows(folder / name, "PRAGMA integrity_check") == [("ok",)]
    assert rows(folder / "features.db", "SELECT count(*) FROM tokens") == [(1,)]
    assert not [thread for thread in threading.enumerate() if thread.name == "storage.writer"]


def test_closed_store_refuses_decisions_and_counts_features(folder: Path, clock: HeldClock) -> None:
    """After closing nothing is silently lost."""
    storage = open_storage(folder, clock)
    storage.stop()

    with pytest.raises(StorageError, match="storage is closed"):
        storage.decisions.record_intervention(make_intervention(), terminal=TERMINAL)
    storage.features.append(make_tokens(), [])
    assert storage.health().features_dropped == 1


@pytest.mark.parametrize("name", ["features.db", "privacy.db"])
@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda _: b"no database" * 100, id="overwritten"),
        pytest.param(lambda content: content[: len(content) // 2], id="cut"),
        pytest.param(lambda content: content[:4096] + b"\xff" * 4096 + content[8192:], id="a-page"),
    ],
)
def test_corrupt_file_is_moved_aside_at_start(
    folder: Path, clock: HeldClock, name: str, damage: Callable[[bytes], bytes]
) -> None:
    """The box starts with an empty file, says so, and keeps the damaged one."""
    open_storage(folder, clock).stop()
    damaged = damage((folder / name).read_bytes())
    (folder / name).write_bytes(damaged)

    storage = open_storage(folder, clock)
    storage.decisions.record_intervention(make_intervention(), terminal=TERMINAL)
    aside = f"{name}.corrupt-{int(clock.wall_s())}"

    assert storage.health().replaced == (aside,)
    # Behind the file header, whose change counter opening has moved.
    assert (folder / aside).read_bytes()[100:] == damaged[100:]
    assert storage.stop()
    assert ("database_replaced", aside) in audited(folder)


def test_second_corrupt_file_does_not_replace_the_first(folder: Path, clock: HeldClock) -> None:
    """Two damages in one second are two files."""
    for content in (b"first" * 999, b"second" * 999):
        folder.mkdir(exist_ok=True)
        (folder / "features.db").write_bytes(content)
        open_storage(folder, clock).stop()

    assert sorted(path.read_bytes()[:5] for path in folder.glob("*.corrupt-*")) == [
        b"first",
        b"secon",
    ]


def test_programs_beside_the_service_leave_a_corrupt_file(folder: Path, clock: HeldClock) -> None:
    """The command line must not take the file away from under the service."""
    folder.mkdir()
    (folder / "privacy.db").write_bytes(b"no database" * 100)

    with pytest.raises(StorageError, match=r"privacy\.db: file is not a database"):
        open_storage(folder, clock, repair=False)

    assert not list(folder.glob("*.corrupt-*"))


def test_damage_while_running_is_survived(folder: Path, clock: HeldClock, disk: Disk) -> None:
    """A file that breaks under the service is replaced, and the features at hand are kept."""
    storage = open_storage(folder, clock, beat=disk.beat)
    for _ in range(300):
        storage.features.append(make_tokens(), [])
    storage.flush()

    disk.damage(folder / FEATURES)
    storage.features.append(make_tokens(), [])
    assert storage.feature_rows() == 1

    (aside,) = storage.health().replaced
    assert storage.stop()
    assert ("database_replaced", aside) in audited(folder)


def test_folder_that_cannot_be_made_is_explained(tmp_path: Path, clock: HeldClock) -> None:
    """A file in the way is named."""
    (tmp_path / "state").write_text("in the way")

    with pytest.raises(StorageError, match=r"state folder .* cannot be used: File exists"):
        open_storage(tmp_path / "state", clock)


def test_writer_beats(folder: Path, clock: HeldClock) -> None:
    """The watchdog hears from the writer without any work."""
    heard = threading.Event()
    storage = open_storage(folder, clock, beat=lambda name: heard.set() if name else None)

    assert heard.wait(30)
    heard.clear()
    assert heard.wait(30)
    storage.stop()


def test_two_processes_can_open_the_store(folder: Path, clock: HeldClock) -> None:
    """The command line writes beside the service."""
    service, beside = (open_storage(folder, clock) for _ in range(2))
    beside.consent.revoke(SEAT, actor="command line")
    service.decisions.record_intervention(make_intervention(), terminal=TERMINAL)
    beside.stop()
    service.stop()

    assert rows(folder / "privacy.db", "SELECT count(*) FROM decisions") == [(1,)]
