"""A ``privacy.db`` that is lost, however it came to be, never turns a no into a yes."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.errors import StorageError
from appliance.storage.keeping.refusals import REFUSALS_FILE
from appliance.storage.store import Storage
from tests.support.clocks import HeldClock
from tests.support.disk import FEATURES, PRIVACY, Disk, rows, settle
from tests.support.kept import BOTH, audited, granted
from tests.support.rows import OTHER_SEAT, SEAT, STUDENT, open_storage
from tests.support.waiting import wait_until

Loss = Callable[[Path], object]
THIRD = "another.db"
OLDER = "older.db"


def cut(path: Path) -> None:
    """Leave the first half."""
    os.truncate(path, path.stat().st_size // 2)


def flip(path: Path) -> None:
    """Destroy all pages but the first."""
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


def put(name: str) -> Loss:
    """Put another file in the place of the database, as ``mv`` does."""

    def replace(path: Path) -> None:
        path.with_name(name).rename(path)

    return replace


def put_another(path: Path) -> None:
    """Put a sound database of another program in its place."""
    path.unlink()
    rows(path, "CREATE TABLE consent (name TEXT)")


LOSSES = [
    pytest.param(put_another, id="another-program's"),
    pytest.param(flip, id="damaged"),
    pytest.param(cut, id="truncated"),
    pytest.param(lambda path: os.truncate(path, 0), id="zero-length"),
    pytest.param(lambda path: path.write_bytes(b"no database" * 999), id="no-database"),
    pytest.param(Path.unlink, id="removed"),
    pytest.param(put(THIRD), id="another-database"),
    pytest.param(put(OLDER), id="older-copy"),
]


@pytest.fixture
def revoked(folder: Path, clock: HeldClock, tmp_path: Path) -> Path:
    """Return the folder of a stopped box with two seats on file, one of them revoked.

    Beside the database lie a copy from before the revocation, and one of another box.
    """
    storage = open_storage(folder, clock, on_file=BOTH)
    storage.stop()
    shutil.copyfile(folder / PRIVACY, folder / OLDER)
    storage = open_storage(folder, clock, on_file=BOTH)
    storage.consent.revoke(SEAT, actor="teacher")
    storage.stop()
    open_storage(tmp_path / "other", clock, on_file=BOTH).stop()
    shutil.copyfile(tmp_path / "other" / PRIVACY, folder / THIRD)
    return folder


@pytest.mark.parametrize("lose", LOSSES)
def test_after_a_loss_every_seat_is_denied_until_somebody_grants_again(
    revoked: Path, clock: HeldClock, lose: Loss
) -> None:
    """Also those of the configuration; a restart forgets neither the loss nor the grant."""
    lose(revoked / PRIVACY)

    storage = open_storage(revoked, clock, on_file=BOTH)
    assert {seat for seat in BOTH if storage.consent.granted(seat)} == set()
    [told] = storage.consent.problems()
    assert "refusals.jsonl was lost" in told
    assert f"nobody is looked at on seat {OTHER_SEAT}" in told
    assert "sudo classbox consent grant SEAT" in told
    storage.stop()

    assert granted(revoked, clock) == set()
    storage = open_storage(revoked, clock, on_file=BOTH)
    assert storage.consent.problems() != ()
    storage.consent.grant(OTHER_SEAT, actor="operator")
    assert storage.consent.problems() == ()
    storage.stop()
    assert granted(revoked, clock) == {OTHER_SEAT}


@pytest.mark.parametrize("lose", LOSSES)
def test_so_it_is_while_the_box_runs(
    revoked: Path, clock: HeldClock, disk: Disk, lose: Loss
) -> None:
    """The writer meets the loss, or finds another file in the place of its own."""
    storage = open_storage(revoked, clock, on_file=BOTH, beat=disk.beat)
    storage.consent.grant(SEAT, actor="operator")
    storage.consent.revoke(SEAT, actor="teacher")
    assert storage.consent.granted(OTHER_SEAT)

    disk.lose(revoked / PRIVACY, lose)
    storage.audit.record("anything", actor="test")  # meets the damage
    wait_until(lambda: not storage.consent.granted(OTHER_SEAT))

    assert not storage.consent.granted(SEAT)
    assert any("refusals.jsonl was lost" in line for line in storage.consent.problems())
    storage.stop()
    assert granted(revoked, clock) == set()


def test_what_is_written_after_a_loss_is_in_the_new_file(revoked: Path, clock: HeldClock) -> None:
    """Not in one that has lost its name."""
    storage = open_storage(revoked, clock, on_file=BOTH)
    (revoked / PRIVACY).unlink()
    settle(storage)

    storage.audit.record("kept", actor="test")
    storage.stop()

    assert "kept" in audited(revoked)


@pytest.mark.parametrize("lost", [(PRIVACY,), (REFUSALS_FILE,), (PRIVACY, REFUSALS_FILE)])
def test_an_earlier_run_leaves_a_sign(
    revoked: Path, clock: HeldClock, lost: tuple[str, ...]
) -> None:
    """Whatever is lost of the two, the other files say that this is no new box."""
    for name in lost:
        (revoked / name).unlink()

    assert granted(revoked, clock) == set()
    assert granted(revoked, clock) == set()


def test_a_box_that_never_got_to_its_first_consent_is_new(folder: Path, clock: HeldClock) -> None:
    """A power cut between the first files and the first record loses nothing."""
    opened = Storage.open(folder, clock=clock, on_file=BOTH)
    opened.start()
    opened.stop()
    for path in folder.glob("*.db*"):
        path.unlink()
    rows(folder / PRIVACY, "SELECT 1")
    log = folder / REFUSALS_FILE
    log.write_text(log.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")

    assert granted(folder, clock) == BOTH


def test_a_command_beside_a_stopped_box_knows_of_the_loss(revoked: Path, clock: HeldClock) -> None:
    """What it grants counts after the next start, and nothing else does."""
    (revoked / PRIVACY).unlink()
    beside = open_storage(revoked, clock, on_file=BOTH, repair=False)
    beside.consent.grant(SEAT, actor="operator")
    beside.stop()

    assert granted(revoked, clock) == {SEAT}


@pytest.mark.parametrize("lose", LOSSES[1:6])
def test_a_loss_is_met_once(folder: Path, clock: HeldClock, lose: Loss) -> None:
    """What is granted after it is not taken for lost, too, because another seat's is."""
    storage = open_storage(folder, clock, on_file={OTHER_SEAT})
    storage.consent.occupancy_changed(SEAT, STUDENT)
    storage.consent.grant(SEAT, actor="teacher")
    storage.stop()
    lose(folder / PRIVACY)

    storage = open_storage(folder, clock, on_file={OTHER_SEAT})
    storage.consent.occupancy_changed(SEAT, STUDENT)
    assert not storage.consent.granted(SEAT)
    storage.consent.grant(OTHER_SEAT, actor="operator")
    storage.consent.reload()
    assert storage.consent.granted(OTHER_SEAT)
    storage.stop()
    storage = open_storage(folder, clock, on_file={OTHER_SEAT})
    assert storage.consent.granted(OTHER_SEAT)
    storage.consent.occupancy_changed(SEAT, STUDENT)
    assert not storage.consent.granted(SEAT)
    storage.stop()


def test_an_ended_consent_does_not_come_back_with_an_older_copy(
    folder: Path, clock: HeldClock
) -> None:
    """The stay was over, though the same pseudonym comes again."""
    storage = open_storage(folder, clock, on_file=())
    storage.consent.occupancy_changed(SEAT, STUDENT)
    storage.consent.grant(SEAT, actor="terminal")
    storage.stop()
    shutil.copyfile(folder / PRIVACY, folder / OLDER)
    storage = open_storage(folder, clock, on_file=())
    storage.consent.occupancy_changed(SEAT, STUDENT)
    storage.consent.occupancy_changed(SEAT, None)
    storage.stop()
    (folder / OLDER).rename(folder / PRIVACY)

    storage = open_storage(folder, clock, on_file=())
    storage.consent.occupancy_changed(SEAT, STUDENT)
    assert not storage.consent.granted(SEAT)
    storage.stop()


def refuse_consent(folder: Path, storage: Storage) -> None:
    """Let every write to the table fail, as a failing disk would."""
    rows(
        folder / PRIVACY,
        """CREATE TRIGGER refuse BEFORE INSERT ON consent
        BEGIN SELECT RAISE(ABORT, 'refused'); END""",
    )
    settle(storage)


def test_a_revocation_that_only_memory_knows_survives_what_others_write(
    folder: Path, clock: HeldClock
) -> None:
    """It is told, tried again, and written as soon as the disk takes it."""
    storage = open_storage(folder, clock, on_file=BOTH)
    refuse_consent(folder, storage)
    with pytest.raises(StorageError, match="refused"):
        storage.consent.revoke(SEAT, actor="teacher")

    rows(folder / PRIVACY, "CREATE TABLE of_another_process (x)")
    settle(storage)
    assert not storage.consent.granted(SEAT)
    [told] = storage.consent.problems()
    assert f"taken back on seat {SEAT} cannot be written; it counts all the same" in told

    rows(folder / PRIVACY, "DROP TRIGGER refuse")
    settle(storage)
    assert storage.consent.problems() == ()
    assert rows(folder / PRIVACY, "SELECT granted, actor FROM consent WHERE seat = 'a01'") == [
        (0, "teacher")
    ]
    storage.stop()


def test_a_revocation_that_the_database_never_took_outlives_the_box(
    folder: Path, clock: HeldClock
) -> None:
    """The refusals have it; the other seat's consent stands."""
    storage = open_storage(folder, clock, on_file=BOTH)
    refuse_consent(folder, storage)
    with pytest.raises(StorageError, match="refused"):
        storage.consent.revoke(SEAT, actor="teacher")
    storage.stop()
    rows(folder / PRIVACY, "DROP TRIGGER refuse")

    assert granted(folder, clock) == {OTHER_SEAT}


def test_the_first_sign_of_a_revocation_elsewhere_is_heeded(
    folder: Path, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands in the refusals; that the database cannot be read is no reason to go on looking."""
    storage = open_storage(folder, clock, on_file=BOTH)
    monkeypatch.setattr(
        storage.consent, "read_in_writer", lambda: (_ for _ in ()).throw(StorageError("no"))
    )
    beside = open_storage(folder, clock, on_file=BOTH, repair=False)
    beside.consent.revoke(SEAT, actor="operator")
    beside.stop()

    wait_until(lambda: not storage.consent.granted(SEAT))
    assert storage.consent.granted(OTHER_SEAT)
    storage.stop()


def test_a_new_box_with_features_alone_has_lost_the_rest(folder: Path, clock: HeldClock) -> None:
    """Somebody has copied half of a state folder."""
    open_storage(folder, clock, on_file=BOTH).stop()
    for path in folder.iterdir():
        if path.name != FEATURES:
            path.unlink()

    assert granted(folder, clock) == set()


def test_a_log_behind_a_link_is_no_log(revoked: Path, clock: HeldClock, tmp_path: Path) -> None:
    """Somebody else may write what it leads to."""
    log = revoked / REFUSALS_FILE
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(log.read_bytes())
    log.unlink()
    log.symlink_to(elsewhere)

    assert granted(revoked, clock) == set()
