"""A box is put into one file and back, as an operator does it."""

import io
import json
import os
import signal
import sqlite3
import stat
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest
from typer.testing import CliRunner, Result

from appliance.__main__ import build_app
from appliance.commands.keep.configuration import copy_configuration
from appliance.errors import ApplianceError
from appliance.storage.folder import FolderLock
from tests.support.clocks import HeldClock
from tests.support.disk import FEATURES, PRIVACY, rows
from tests.support.kept import fill, seats_stored
from tests.support.rows import OTHER_SEAT, SEAT, make_tokens, open_storage
from tests.support.service import run_classbox, write_config

CAMERAS = {
    "a": 'source = "rtsp://me:s3cret@camera-a/live?token=hush"\n# "rtsp://old:f0rgotten@camera-b"',
    "b": 'source = "/dev/video1"',
}
SECRETS = ("s3cret", "hush", "f0rgotten", "me:")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return the configuration of a stopped box with something about two students on it."""
    folder = tmp_path / "box"
    folder.mkdir()
    config = write_config(folder, cameras=CAMERAS)
    text = config.read_text(encoding="utf-8")
    password = '[mqtt]\nusername = "box-1"\npassword_file = "/etc/classbox/mqtt.password"'
    config.write_text(text.replace("[mqtt]", password), encoding="utf-8")
    storage = open_storage(folder / "state", HeldClock(), on_file={SEAT, OTHER_SEAT})
    fill(storage)
    storage.stop()
    return config


@pytest.fixture
def state(config: Path) -> Path:
    """Return its state folder."""
    return config.parent / "state"


@pytest.fixture
def archive(config: Path, tmp_path: Path) -> Path:
    """Return a backup of it."""
    file = tmp_path / "box-1.tar.gz"
    assert call("backup", str(file), "--config", str(config)).exit_code == 0
    return file


def call(command: str, *arguments: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(build_app(command), [command, *arguments])


def refusal(result: Result) -> ApplianceError:
    """Return the error that ended a command."""
    assert isinstance(result.exception, ApplianceError), result.exception
    return result.exception


def restore(archive: Path, config: Path) -> Result:
    """Put a backup back without a question."""
    return call("restore", str(archive), "--yes", "--config", str(config), "--json")


def members(archive: Path) -> dict[str, bytes]:
    """Return the files of an archive."""
    with tarfile.open(archive) as tar:
        return {
            entry.name: content.read()
            for entry in tar
            if (content := tar.extractfile(entry)) is not None
        }


def rewrite(archive: Path, change: Callable[[dict[str, bytes]], object]) -> None:
    """Make an archive anew with other members, as somebody might who knows how."""
    files = members(archive)
    change(files)
    with tarfile.open(archive, "w:gz") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))


def change_manifest(**values: object) -> Callable[[dict[str, bytes]], None]:
    """Return a change of the first member."""

    def change(files: dict[str, bytes]) -> None:
        manifest = json.loads(files["manifest.json"]) | values
        files["manifest.json"] = json.dumps(manifest).encode()

    return change


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


def test_a_backup_that_is_ended_leaves_nothing(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither plain copies in the state folder nor half an archive elsewhere."""

    def end(out: BinaryIO, *_: object) -> None:
        out.write(b"half")
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("appliance.commands.keep.archive._write", end)
    result = call("backup", str(tmp_path / "x.tar.gz"), "--config", str(config))

    assert result.exit_code == 128 + signal.SIGTERM
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


def test_erased_and_revoked_stay_so(archive: Path, config: Path, state: Path) -> None:
    """The whole way, with the commands that people type."""
    at = ("--config", str(config))
    assert run_classbox("erase", "a01", "--yes", *at).returncode == 0
    assert run_classbox("consent", "revoke", "a02", *at).returncode == 0

    first = run_classbox("restore", str(archive), "--yes", *at)
    second = run_classbox("restore", str(archive), "--yes", *at, "--json")

    assert first.returncode == 0, first.stderr
    assert "erased since the backup, and again now: a01" in first.stdout
    assert "consent stopped: a02" in first.stdout
    told = json.loads(second.stdout)
    assert (told["erased_seats"], told["erasures_known"]) == (["a01"], True)
    assert (told["consent_lost"], told["configuration"]) == (False, [])
    assert seats_stored(state) == ({OTHER_SEAT}, {OTHER_SEAT})
    consent = rows(state / PRIVACY, "SELECT seat, granted FROM consent ORDER BY seat")
    assert consent == [("a01", 1), ("a02", 0)]


def test_a_box_that_is_lost_altogether_comes_back(archive: Path, config: Path, state: Path) -> None:
    """Databases and configuration; what nobody can know is said, and what is to be put back."""
    for path in state.iterdir():
        path.unlink()
    masked = members(archive)["configuration/config.toml"]
    config.unlink()

    result = call("restore", str(archive), "--yes", "--config", str(config))

    assert result.exit_code == 0, result.exception
    assert config.read_bytes() == masked
    assert stat.S_IMODE(config.stat().st_mode) == 0o640
    assert "every seat is denied until somebody grants it" in result.stdout
    assert "cannot be known" in result.stdout
    assert "  mqtt.password_file (/etc/classbox/mqtt.password)" in result.stdout
    assert seats_stored(state) == ({SEAT, OTHER_SEAT}, {SEAT, OTHER_SEAT})


def test_a_configuration_that_has_changed_is_not_replaced(archive: Path, config: Path) -> None:
    """The backup's lies beside, under a name that is not read; one that is the same does not."""
    unchanged = json.loads(restore(archive, config).stdout)
    text = config.read_text(encoding="utf-8") + "[storage]\nretention_days = 9\n"
    config.write_text(text, encoding="utf-8")
    changed = json.loads(restore(archive, config).stdout)

    assert unchanged["configuration_beside"] == []
    assert changed["configuration_beside"] == [f"{config}.restored"]
    assert config.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        pytest.param(lambda file: file.write_bytes(b"anything"), "no backup of", id="no archive"),
        pytest.param(Path.unlink, "No such file", id="not there"),
        pytest.param(
            lambda file: file.write_bytes(file.read_bytes()[:-900]), "damaged", id="cut off"
        ),
        pytest.param(
            lambda file: rewrite(
                file, lambda files: files.update({PRIVACY: files[PRIVACY][:-1] + b"!"})
            ),
            "privacy.db is not what the manifest promises",
            id="altered",
        ),
        pytest.param(
            lambda file: rewrite(file, lambda files: files.update({"evil": b"x"})),
            "evil is not what the manifest promises",
            id="one too many",
        ),
        pytest.param(
            lambda file: rewrite(file, lambda files: files.pop(FEATURES)),
            "features.db is missing",
            id="one too few",
        ),
        pytest.param(
            lambda file: rewrite(file, lambda files: files.pop("manifest.json")),
            "no backup of classbox",
            id="without manifest",
        ),
        pytest.param(
            lambda file: rewrite(file, change_manifest(kind="holiday pictures")),
            "no backup of classbox",
            id="foreign",
        ),
        pytest.param(
            lambda file: rewrite(file, change_manifest(format=2)),
            "format 2 was written by another classbox",
            id="another format",
        ),
        pytest.param(
            lambda file: rewrite(file, change_manifest(box="school/lab/box-9")),
            "a backup of school/lab/box-9, and",
            id="another box",
        ),
        pytest.param(
            lambda file: rewrite(file, change_manifest(schemas={PRIVACY: 99, FEATURES: 1})),
            "privacy.db has version 99, written by classbox 0.1.0",
            id="newer",
        ),
        pytest.param(
            lambda file: rewrite(file, change_manifest(schemas={PRIVACY: "two", FEATURES: 1})),
            "no backup of classbox",
            id="a number that is none",
        ),
        pytest.param(
            lambda file: rewrite(file, change_manifest(left_out=None)),
            "no backup of classbox",
            id="a list that is none",
        ),
        pytest.param(
            lambda file: rewrite(
                file, change_manifest(files={str(Path("..", "evil")): {"sha256": "0", "bytes": 1}})
            ),
            "no backup of classbox",
            id="a way out of the folder",
        ),
    ],
)
def test_what_is_no_sound_backup_of_this_box_changes_nothing(
    archive: Path,
    config: Path,
    state: Path,
    damage: Callable[[Path], object],
    problem: str,
) -> None:
    """Exit code 65, a line with the next step, and everything as it was."""
    before = {path.name: path.read_bytes() for path in state.iterdir()}
    damage(archive)

    error = refusal(restore(archive, config))

    assert problem in str(error)
    assert error.exit_code == 65
    assert {path.name: path.read_bytes() for path in state.iterdir()} == before


def test_a_running_box_is_not_restored(archive: Path, config: Path, state: Path) -> None:
    """The message says how to stop it."""
    lock = FolderLock.shared(state)
    error = refusal(restore(archive, config))
    lock.release()

    assert "sudo systemctl stop classbox" in str(error)


def test_nobody_restores_by_mistake(archive: Path, config: Path, state: Path) -> None:
    """It asks first."""
    before = (state / PRIVACY).read_bytes()
    result = CliRunner().invoke(
        build_app("restore"), ["restore", str(archive), "--config", str(config)], input="n\n"
    )

    assert result.exit_code == 1
    assert "Replace the databases of school/lab/box-1" in result.stdout
    assert (state / PRIVACY).read_bytes() == before


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
