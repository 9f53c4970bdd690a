"""A box comes back from one file, as an operator does it."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from appliance.commands.command_line import build_app
from appliance.storage.folder import FolderLock
from appliance.storage.pause import PauseFile
from tests.support.backups import call, change_manifest, members, refusal, rewrite
from tests.support.disk import FEATURES, PRIVACY, rows
from tests.support.kept import seats_stored
from tests.support.rows import OTHER_SEAT, SEAT
from tests.support.service import run_classbox


def restore(archive: Path, config: Path) -> Result:
    """Put a backup back without a question."""
    return call("restore", str(archive), "--yes", "--config", str(config), "--json")


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


def test_a_disk_that_is_full_is_not_said_to_be_the_archives_fault(
    archive: Path, config: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The present databases stay, and nothing half unpacked."""
    before = {path.name: path.read_bytes() for path in state.iterdir()}

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("appliance.commands.keep.archive.os.fsync", fail)
    error = refusal(restore(archive, config))

    assert "cannot be written: No space left on device" in str(error)
    assert error.exit_code == 1
    assert {path.name: path.read_bytes() for path in state.iterdir()} == before


def test_a_pause_outlives_a_restore(archive: Path, config: Path, state: Path) -> None:
    """Somebody said no to the cameras after the backup."""
    assert call("pause", "--why", "exam week", "--config", str(config)).exit_code == 0

    restore(archive, config)

    note = PauseFile(state).read()
    assert note is not None
    assert note.why == "exam week"
