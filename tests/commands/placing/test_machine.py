"""Files of the machine are whole, have their modes, and follow no link."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.commands.placing.machine import Machine, NewFile
from appliance.errors import ConfigError

FILE = Path("/etc/classbox/config.toml")
FOLDER = Path("/etc/classbox/credentials")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """An empty machine."""
    return Machine(tmp_path)


def test_a_file_has_its_mode_from_the_beginning(machine: Machine) -> None:
    """Whatever the umask says."""
    old = os.umask(0)
    try:
        machine.write(FILE, NewFile(content=b"x", mode=0o640))
    finally:
        os.umask(old)

    assert stat.S_IMODE(machine.path(FILE).stat().st_mode) == 0o640
    assert stat.S_IMODE(machine.path(FILE.parent).stat().st_mode) == 0o755


def test_what_stands_already_is_left_alone(machine: Machine) -> None:
    """The second run writes nothing, a mode that differs is put right."""
    file = NewFile(content=b"x", mode=0o600)

    assert machine.write(FILE, file)
    inode = machine.path(FILE).stat().st_ino
    assert not machine.write(FILE, file)
    assert machine.path(FILE).stat().st_ino == inode
    machine.path(FILE).chmod(0o644)
    assert machine.write(FILE, file)
    assert stat.S_IMODE(machine.path(FILE).stat().st_mode) == 0o600


def write_one(machine: Machine) -> None:
    """Write a file."""
    machine.write(FILE, NewFile(content=b"new"))


def write_some(machine: Machine) -> None:
    """Write a folder of files."""
    machine.write_together(FOLDER, {"box.crt": NewFile(content=b"new")})


@pytest.mark.parametrize("write", [write_one, write_some])
def test_a_link_in_place_of_a_folder_leads_nowhere(
    machine: Machine, tmp_path: Path, write: Callable[[Machine], None]
) -> None:
    """Somebody else may have put it there: nothing is written behind it."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "classbox").symlink_to(elsewhere)

    with pytest.raises(ConfigError, match="/etc/classbox"):
        write(machine)
    assert list(elsewhere.iterdir()) == []


def test_a_link_in_place_of_a_file_is_replaced(machine: Machine, tmp_path: Path) -> None:
    """Its target stays what it was."""
    target = tmp_path / "target"
    target.write_text("old")
    machine.path(FILE).parent.mkdir(parents=True)
    machine.path(FILE).symlink_to(target)

    write_one(machine)

    assert target.read_text() == "old"
    assert not machine.path(FILE).is_symlink()
    assert machine.path(FILE).read_text() == "new"


def test_files_that_belong_together_change_together(machine: Machine) -> None:
    """What else stands in the folder stays, what a run that was cut off left goes."""
    machine.write_together(FOLDER, {"a": NewFile(content=b"1"), "b": NewFile(content=b"1")})
    machine.write(FOLDER / "kept", NewFile(content=b"kept", mode=0o600))
    left_over = machine.path(FOLDER).with_name(".credentials.new")
    left_over.mkdir()
    (left_over / "rest").touch()

    machine.write_together(FOLDER, {"a": NewFile(content=b"2"), "b": NewFile(content=b"2")})

    home = machine.path(FOLDER)
    assert {each.name: each.read_bytes() for each in home.iterdir()} == {
        "a": b"2",
        "b": b"2",
        "kept": b"kept",
    }
    assert stat.S_IMODE((home / "kept").stat().st_mode) == 0o600
    assert [each.name for each in home.parent.iterdir()] == ["credentials"]


def test_a_full_disk_leaves_the_old_file(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """And says which file could not be written."""
    write_one(machine)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match=r"config\.toml: cannot be written: No space left"):
        machine.write(FILE, NewFile(content=b"newer"))
    assert machine.path(FILE).read_bytes() == b"new"
    assert [each.name for each in machine.path(FILE).parent.iterdir()] == ["config.toml"]
