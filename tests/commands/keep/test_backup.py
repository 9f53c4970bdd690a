"""A box is put into one file, without its secrets, while it works."""

import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import tarfile
import threading
from pathlib import Path
from typing import BinaryIO

import pytest

from appliance.commands.keep.configuration import copy_configuration
from tests.support.backups import call, members, refusal
from tests.support.clocks import HeldClock
from tests.support.disk import FEATURES, PRIVACY, rows
from tests.support.kept import seats_stored
from tests.support.rows import OTHER_SEAT, SEAT, make_tokens, open_storage
from tests.support.service import write_config

SECRETS = ("s3cret", "hush", "f0rgotten", "me:")

ENDED_HALFWAY = """
import os, signal, sys
from appliance.__main__ import main
from appliance.commands.keep import archive

def end(out, *_):
    out.write(b"half")
    os.kill(os.getpid(), signal.SIGTERM)

archive._write = end
sys.exit(main())
"""


def test_a_backup_says_what_it_is(archive: Path, config: Path) -> None:
    """Version, box, time, schemas and hashes come first; only its owner may read it."""
    files = members(archive)
    assert next(iter(files)) == "manifest.json"
    manifest = json.loads(files["manifest.json"])

    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert manifest["box"] == "school/lab/box-1"
    assert manifest["schemas"].keys() == {PRIVACY, FEATURES}
    assert manifest["files"].keys() == files.keys() - {"manifest.json"}
    assert manifest["files"].keys() >= {PRIVACY, FEATURES, "refusals.jsonl"}
    assert not list(archive.parent.glob(".*"))  # nothing half written
    assert sorted(path.name for path in (config.parent / "state").glob(".*")) == []


def test_its_size_is_told_in_a_unit_that_fits(archive: Path, config: Path) -> None:
    """A young box has some kilobytes, not 0.0 MB."""
    said = call("backup", str(archive), "--config", str(config)).stdout

    size = said.removeprefix(f"{archive}: ").split(",")[0]
    assert size == f"{archive.stat().st_size / 1e3:.0f} kB"


def test_no_secret_is_in_it_and_each_is_named(archive: Path, config: Path) -> None:
    """Passwords in URLs are masked, also in comments; files with secrets are not taken."""
    files = members(archive)
    result = call("backup", str(archive), "--config", str(config), "--json")

    for secret in SECRETS:
        assert not [name for name, content in files.items() if secret.encode() in content]
    assert b"rtsp://***@camera-a/live?***" in files["configuration/config.toml"]
    assert json.loads(result.stdout)["left_out"] == [
        "mqtt.password_file (/etc/classbox/mqtt.password)",
        "cameras.a.source (user and password of rtsp://***@camera-a/live?***)",
        "settings from the environment (CLASSBOX_…)",
    ]


def test_a_password_that_cannot_be_masked_is_refused(config: Path, tmp_path: Path) -> None:
    """Rather no backup than one with a password in it."""
    (config.parent / "config.d").mkdir()
    more = config.parent / "config.d" / "camera.toml"
    more.write_text('cameras.b.source = "rtsp://me:pass word@camera"', encoding="utf-8")

    result = call("backup", str(tmp_path / "x.tar.gz"), "--config", str(config))

    assert f"{more}: cameras.b.source: write its password without" in str(refusal(result))
    assert not (tmp_path / "x.tar.gz").exists()


def test_every_file_of_the_configuration_is_in_it(config: Path, tmp_path: Path) -> None:
    """``config.d`` as well."""
    (config.parent / "config.d").mkdir()
    (config.parent / "config.d" / "more.toml").write_text("storage.retention_days = 9\n")
    call("backup", str(tmp_path / "x.tar.gz"), "--config", str(config))

    assert members(tmp_path / "x.tar.gz")["configuration/config.d/more.toml"] == (
        b"storage.retention_days = 9\n"
    )


def test_a_backup_beside_a_writing_box_is_of_one_moment(config: Path, tmp_path: Path) -> None:
    """Its databases are sound, and the box writes on meanwhile."""
    storage = open_storage(config.parent / "state", HeldClock())
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            storage.features.append(make_tokens(), [])
            storage.flush()

    writer = threading.Thread(target=write)
    writer.start()
    result = call("backup", str(tmp_path / "x.tar.gz"), "--config", str(config))
    stop.set()
    writer.join()
    failed = storage.health().writes_failed
    storage.stop()

    assert (result.exit_code, failed) == (0, 0)
    with tarfile.open(tmp_path / "x.tar.gz") as tar:
        tar.extractall(tmp_path / "out", filter="data")
    for name in (PRIVACY, FEATURES):
        assert rows(tmp_path / "out" / name, "PRAGMA integrity_check") == [("ok",)]
        assert not (tmp_path / "out" / f"{name}-wal").exists()
    assert seats_stored(tmp_path / "out") == ({SEAT, OTHER_SEAT}, {SEAT, OTHER_SEAT})


def test_a_failing_backup_leaves_the_one_before(
    archive: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new one takes its name only when it is whole."""
    before = archive.read_bytes()

    def fail(out: BinaryIO, *_: object) -> None:
        out.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("appliance.commands.keep.archive._write", fail)
    result = call("backup", str(archive), "--config", str(config))

    assert "cannot be written: No space left on device" in str(refusal(result))
    assert archive.read_bytes() == before
    assert not list(archive.parent.glob(".*.part"))


def test_a_backup_that_is_ended_leaves_nothing(config: Path, tmp_path: Path) -> None:
    """Neither plain copies in the state folder nor half an archive elsewhere."""
    words = ["backup", str(tmp_path / "x.tar.gz"), "--config", str(config)]
    ended = subprocess.run([sys.executable, "-c", ENDED_HALFWAY, *words], check=False, timeout=60)

    assert ended.returncode == 128 + signal.SIGTERM
    assert [path.name for path in tmp_path.iterdir()] == ["box"]
    assert not list((config.parent / "state").glob(".*"))


def test_a_new_backup_belongs_to_whoever_had_the_old_one(archive: Path, config: Path) -> None:
    """So that whoever fetches it every night still can."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(archive, 12345, 12345)
    call("backup", str(archive), "--config", str(config))

    assert archive.stat().st_uid == 12345
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600


def test_a_file_system_that_closes_nothing_is_named(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stick formatted for Windows keeps no mode."""
    real = Path.replace

    def replace(path: Path, target: Path) -> Path:
        path.chmod(0o755)
        return real(path, target)

    monkeypatch.setattr(Path, "replace", replace)
    result = call("backup", str(tmp_path / "x.tar.gz"), "--config", str(config))

    assert result.exit_code == 0
    assert "its file system lets others read it; lock it away" in result.stderr


@pytest.mark.parametrize(
    ("file", "problem"),
    [("state/x.tar.gz", "write it to another disk"), ("no/x.tar.gz", "there is no folder")],
)
def test_a_place_that_is_none_is_refused(config: Path, file: str, problem: str) -> None:
    """Beside the databases it would be lost with them, and no erasure would reach it."""
    result = call("backup", str(config.parent / file), "--config", str(config))
    assert problem in str(refusal(result))


def test_an_erasure_while_copies_are_made_ends_the_backup(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It deletes the copies, and the backup says so instead of writing half of them."""

    def erase_then_copy(config: Path, folder: Path) -> None:
        storage = open_storage(config.parent / "state", HeldClock())
        storage.erasure.erase(actor="teacher", seat=SEAT)
        storage.stop()
        copy_configuration(config, folder)

    monkeypatch.setattr("appliance.commands.keep.backup.copy_configuration", erase_then_copy)
    result = call("backup", str(tmp_path / "x.tar.gz"), "--config", str(config))

    assert "something was erased while the copies were made" in str(refusal(result))
    assert not (tmp_path / "x.tar.gz").exists()


def test_a_box_that_never_ran_has_nothing_to_back_up(tmp_path: Path) -> None:
    """Which is said."""
    config = write_config(tmp_path, cameras={"a": 'source = "/dev/video0"'})
    (tmp_path / "state").mkdir()

    result = call("backup", str(tmp_path / "x.tar.gz"), "--config", str(config))

    assert "there is no such database; has the box run yet?" in str(refusal(result))


def test_an_older_database_is_backed_up_as_it_is(config: Path, state: Path, tmp_path: Path) -> None:
    """So that the backup before an update fits the program before it."""
    with sqlite3.connect(state / PRIVACY) as database:
        database.execute("PRAGMA user_version = 1")
    database.close()

    call("backup", str(tmp_path / "x.tar.gz"), "--config", str(config))

    manifest = json.loads(members(tmp_path / "x.tar.gz")["manifest.json"])
    assert manifest["schemas"][PRIVACY] == 1
    assert rows(state / PRIVACY, "PRAGMA user_version") == [(1,)]
