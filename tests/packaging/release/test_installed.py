"""Files of the clone stand where units, wrapper and manual say that they are."""

import os
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest
from release.deb import DEBIAN, INSTALLED, STORE
from release.payload import START


def test_every_file_that_is_installed_exists(root: Path) -> None:
    """A file that is renamed in the clone is missed here, not on a board."""
    assert [source for source in INSTALLED if not (root / source).is_file()] == []


@pytest.mark.parametrize("name", ["classbox", "classbox-screens"])
def test_the_unit_starts_what_is_installed(root: Path, name: str) -> None:
    """The program of ExecStart is one that the package brings, and so is the unit."""
    unit = ConfigParser(strict=False, interpolation=None)
    unit.read(root / "systemd" / f"{name}.service", encoding="utf-8")

    program = unit["Service"]["ExecStart"].split()[0]
    assert program.removeprefix("/") in INSTALLED.values()
    assert f"usr/lib/systemd/system/{name}.service" in INSTALLED.values()


@pytest.mark.parametrize("name", ["classbox", "classbox-screens"])
def test_the_account_of_the_unit_is_made(root: Path, name: str) -> None:
    """User and group of the service come from sysusers, its folders from tmpfiles."""
    unit = ConfigParser(strict=False, interpolation=None)
    unit.read(root / "systemd" / f"{name}.service", encoding="utf-8")
    account = unit["Service"]["User"]
    users = (root / "systemd" / "classbox.sysusers.conf").read_text(encoding="utf-8")
    folders = (root / "systemd" / "classbox.tmpfiles.conf").read_text(encoding="utf-8")

    assert f"\nu {account} " in users
    further = unit["Service"].get("SupplementaryGroups")  # those who speak for a camera
    assert {line for line in users.splitlines() if line.startswith(f"m {account} ")} == (
        {f"m {account} {further}"} if further else set()
    )
    assert f"d /var/lib/{unit['Service']['StateDirectory']} 0700 {account}" in folders
    assert f"d /etc/{unit['Service']['ConfigurationDirectory']} 0750 root {account}" in folders


def test_the_wrapper_lets_only_the_package_in(tmp_path: Path) -> None:
    """Neither the caller's folder nor the environment can put other code in the way."""
    version = tmp_path / "opt/classbox/versions/1"
    (version / "bin").mkdir(parents=True)
    (version / "bin" / "python3").symlink_to(sys.executable)
    (version / "bin" / "classbox").write_text(
        "import os, sys\nprint(*sys.argv[1:])\nprint(*sys.path)\nprint(os.environ)\n",
        encoding="utf-8",
    )
    (tmp_path / "opt/classbox/current").symlink_to("versions/1")
    wrapper = (DEBIAN / "classbox").read_text(encoding="utf-8")
    caller = tmp_path / "home"
    caller.mkdir()

    done = subprocess.run(
        ["sh", "-c", wrapper.replace("/opt", f"{tmp_path}/opt"), "classbox", "check", "--json"],
        cwd=caller,
        env={**os.environ, "PYTHONPATH": str(caller), "PYTHONHOME": "/nowhere"},
        capture_output=True,
        text=True,
        check=True,
    )

    said, path, environment = done.stdout.splitlines()
    assert said == "check --json"
    assert str(caller) not in path.split()
    # Its children, which time the engines, are started without -I.
    assert "PYTHONPATH" not in environment
    assert "'PYTHONSAFEPATH': '1'" in environment


def test_the_program_is_called_classbox(root: Path) -> None:
    """Usage and messages say what was typed, not how Python was started."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.argv = ['/x/classbox', '--help']\n{START}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=root,
    )

    assert "Usage: classbox" in done.stdout


def test_the_example_and_the_page_for_it_staff_come_along() -> None:
    """Both are in the folder where Debian keeps papers."""
    places = set(INSTALLED.values())

    assert "usr/share/doc/classbox/examples/config.toml" in places
    assert "usr/share/doc/classbox/examples/answers.toml" in places
    assert "usr/share/doc/classbox/OPERATING.md" in places
    assert str(STORE).startswith("opt/classbox/")
