"""Whoever owns a state folder reaches nothing beyond it, neither alone nor by way of root."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.errors import StorageError
from appliance.storage.ballast import BALLAST_FILE
from appliance.storage.folder import make_private_file, prepare_folder, read_kept
from tests.support.clocks import HeldClock
from tests.support.disk import FEATURES, PRIVACY, settle
from tests.support.rows import SEAT, open_storage
from tests.support.service import write_config

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
SERVICE = 54321
"""Somebody's number who is neither root nor on this machine."""

DATABASES = (PRIVACY, f"{PRIVACY}-wal", f"{PRIVACY}-shm", f"{FEATURES}-wal", f"{FEATURES}-journal")


@pytest.fixture
def victim(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Return the state folder of a service's account, and a file outside that is not its own."""
    folder.mkdir(mode=0o700)
    secret = folder.with_name("secret")
    secret.write_text("root:x", encoding="utf-8")
    secret.chmod(0o644)
    if os.geteuid() == 0:
        os.chown(folder, SERVICE, SERVICE)
    before = secret.stat()
    yield folder, secret
    after = secret.stat()
    assert (after.st_uid, after.st_gid, after.st_mode) == (
        before.st_uid,
        before.st_gid,
        before.st_mode,
    )
    assert secret.read_text(encoding="utf-8") == "root:x"


@pytest.mark.parametrize("name", DATABASES)
def test_a_link_in_the_place_of_a_database_is_refused(
    victim: tuple[Path, Path], clock: HeldClock, name: str
) -> None:
    """Also one that SQLite would open by itself; the file behind it keeps owner and mode."""
    folder, secret = victim
    (folder / name).symlink_to(secret)

    with pytest.raises(StorageError, match=f"{name} cannot be used: it is a link"):
        open_storage(folder, clock)


def test_what_is_kept_is_read_through_no_link(victim: tuple[Path, Path]) -> None:
    """Nor from a pipe, which is not waited for; there is one way to read, for all who do."""
    folder, secret = victim
    (folder / "link").symlink_to(secret)
    os.mkfifo(folder / "pipe")
    (folder / "kept").write_text("å", encoding="utf-8")

    assert read_kept(folder / "kept") == "å"
    assert read_kept(folder / "pipe") == ""
    with pytest.raises(OSError, match="symbolic links"):
        read_kept(folder / "link")
    sources = [path.read_text(encoding="utf-8") for path in Path("appliance").rglob("*.py")]
    assert sum("O_NOFOLLOW | os.O_NONBLOCK" in text for text in sources) == 1


@pytest.mark.parametrize("name", ["refusals.jsonl", "refusals.part", BALLAST_FILE])
def test_other_files_are_made_beside_no_link(
    victim: tuple[Path, Path], clock: HeldClock, name: str
) -> None:
    """A link in their place is not followed; a revocation counts all the same."""
    folder, secret = victim
    (folder / name).symlink_to(secret)

    storage = open_storage(folder, clock)
    settle(storage)
    storage.consent.revoke(SEAT, actor="teacher")
    assert storage.consent.refused(SEAT)
    storage.stop()


@ROOT
def test_a_second_name_of_a_file_is_not_given_away(victim: tuple[Path, Path]) -> None:
    """Where the kernel lets an account make one (fs.protected_hardlinks = 0)."""
    folder, secret = victim
    os.link(secret, folder / PRIVACY)

    with pytest.raises(StorageError, match="cannot be used"):
        make_private_file(folder / PRIVACY)


@ROOT
def test_what_root_makes_belongs_to_the_owner_of_the_folder(
    victim: tuple[Path, Path], clock: HeldClock
) -> None:
    """``sudo classbox consent grant`` leaves nothing that the service cannot open."""
    folder, _ = victim
    storage = open_storage(folder, clock)
    storage.consent.revoke(SEAT, actor="operator")
    settle(storage)

    theirs = {path.name for path in folder.iterdir() if path.stat().st_uid == SERVICE}
    assert theirs == {path.name for path in folder.iterdir()}
    assert {PRIVACY, f"{PRIVACY}-wal", FEATURES, "refusals.jsonl", BALLAST_FILE} <= theirs
    storage.stop()


@ROOT
def test_the_command_of_root_is_not_led_elsewhere(tmp_path: Path) -> None:
    """The real command, on a folder in which the service's account has laid a link."""
    config = write_config(tmp_path, cameras={"front": 'source = "clip.avi"'}, consent="ask")
    state, secret = tmp_path / "state", tmp_path / "shadow"
    prepare_folder(state)
    secret.write_text("root:x", encoding="utf-8")
    secret.chmod(0o640)
    (state / f"{PRIVACY}-wal").symlink_to(secret)
    os.chown(state, SERVICE, SERVICE)

    done = subprocess.run(
        [sys.executable, "-m", "appliance", "consent", "revoke", "a01", "--config", str(config)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 1
    assert f"{PRIVACY}-wal cannot be used: it is a link" in done.stderr
    assert "Traceback" not in done.stderr
    assert (secret.stat().st_uid, stat.S_IMODE(secret.stat().st_mode)) == (0, 0o640)
    assert secret.read_text(encoding="utf-8") == "root:x"


def test_a_pipe_in_the_place_of_a_database_holds_nobody(folder: Path) -> None:
    """Opening one for reading waits until somebody writes."""
    folder.mkdir(mode=0o700)
    os.mkfifo(folder / PRIVACY)

    with pytest.raises(StorageError, match="no plain file"):
        make_private_file(folder / PRIVACY)
