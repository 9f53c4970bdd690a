"""What happens on a board when the package is installed, updated, removed and purged."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from release.deb import DEBIAN, EXECUTABLE, MAINTAINER_SCRIPTS

ASKED = """
db_fset() {{ :; }}
db_input() {{ :; }}
db_go() {{ :; }}
db_get() {{ RET={answer}; }}
db_purge() {{ :; }}
db_stop() {{ :; }}
"""
"""Stands in for debconf, with an answer."""


@dataclass(frozen=True, slots=True)
class Board:
    """A folder that the scripts take for the root of a file system."""

    root: Path

    def unpack(self, version: str) -> None:
        """Do what dpkg does before postinst: new files in the package's own folder."""
        store = self.root / "opt/classbox/package"
        shutil.rmtree(store, ignore_errors=True)
        (store / "lib").mkdir(parents=True)
        (store / "lib" / "version.py").write_text(f"VERSION = {version!r}\n", encoding="utf-8")
        (store / "bin").mkdir()
        (store / "bin" / "python3").symlink_to(sys.executable)

    def run(
        self, name: str, *arguments: str, version: str = "1"
    ) -> subprocess.CompletedProcess[str]:
        """Run a maintainer script."""
        text = (DEBIAN / name).read_text(encoding="utf-8").replace("@VERSION@", version)
        for place in ("/opt/classbox", "/var/lib/classbox", "/etc/", "/run/", "/usr/share/debconf"):
            text = text.replace(place, f"{self.root}{place}")
        for stub in ("systemd-sysusers", "systemd-tmpfiles"):
            path = self.root / "stubs" / stub
            path.parent.mkdir(exist_ok=True)
            path.write_text("#!/bin/sh\n", encoding="utf-8")
            path.chmod(0o755)
        return subprocess.run(
            ["sh", "-c", text, name, *arguments],
            env={"PATH": f"{self.root}/stubs:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )

    def install(self, version: str, *, before: str = "") -> None:
        """Unpack a version and configure it."""
        self.unpack(version)
        done = self.run("postinst", "configure", before, version=version)
        assert (done.returncode, done.stderr) == (0, "")

    def versions(self) -> set[str]:
        """Return the versions that lie there."""
        return {path.name for path in (self.root / "opt/classbox/versions").iterdir()}

    def current(self) -> str:
        """Return the version that runs, as its own file says."""
        text = (self.root / "opt/classbox/current/lib/version.py").read_text(encoding="utf-8")
        return text.split("'")[1]


@pytest.fixture
def board(tmp_path: Path) -> Board:
    """Return a board with state and configuration."""
    for folder in ("var/lib/classbox", "etc/classbox"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "kept").touch()
    return Board(tmp_path)


@pytest.mark.parametrize("name", [*MAINTAINER_SCRIPTS, "classbox"])
def test_a_script_is_plain_shell(name: str) -> None:
    """Debian's shell understands it; shellcheck, where it is installed, has nothing to say."""
    path = str(DEBIAN / name)
    assert subprocess.run(["sh", "-n", path], check=False).returncode == 0
    if shutil.which("shellcheck"):
        check = ["shellcheck", "--severity=warning", path]
        assert subprocess.run(check, check=False).returncode == 0


def test_an_installation_is_compiled_and_current(board: Board) -> None:
    """No start compiles anything, and the pyc files stand for the place where they lie."""
    board.install("1")

    assert board.current() == "1"
    compiled = [*(board.root / "opt/classbox/versions/1").rglob("*.pyc")]
    assert len(compiled) == 1
    assert str(board.root / "opt/classbox/versions/1/lib/version.py").encode() in (
        compiled[0].read_bytes()
    )


def test_an_update_keeps_the_version_before_and_no_older(board: Board) -> None:
    """Two versions lie there after any number of updates."""
    for number in range(1, 4):
        board.install(str(number), before=str(number - 1))

    assert board.current() == "3"
    assert board.versions() == {"2", "3"}


def test_unpacking_changes_nothing_that_runs(board: Board) -> None:
    """Until the link is switched, the old version is whole: a power cut before leaves it so."""
    board.install("1")
    board.unpack("2")

    assert board.current() == "1"


def test_the_same_version_again_keeps_the_one_before(board: Board) -> None:
    """A repeated installation does not use up the way back."""
    board.install("1")
    board.install("2", before="1")
    board.install("2", before="2")

    assert board.current() == "2"
    assert board.versions() == {"1", "2"}


def test_what_a_broken_update_left_is_replaced(board: Board) -> None:
    """A half-made folder of an update that was cut off does not stop the next."""
    board.install("1")
    half = board.root / "opt/classbox/versions/.2"
    half.mkdir()
    (half / "junk").touch()
    board.install("2", before="1")

    assert board.current() == "2"
    assert board.versions() == {"1", "2"}


def test_removing_keeps_state_and_configuration(board: Board) -> None:
    """Only the program goes."""
    board.install("1")
    shutil.rmtree(board.root / "opt/classbox/package")
    done = board.run("postrm", "remove")

    assert done.returncode == 0, done.stderr
    assert not (board.root / "opt/classbox").exists()
    assert (board.root / "var/lib/classbox/kept").exists()
    assert (board.root / "etc/classbox/kept").exists()


@pytest.mark.parametrize("answer", ["false", "true", None])
def test_purging_erases_only_what_somebody_said(board: Board, answer: str | None) -> None:
    """A no, and nobody to ask, keep both folders and say where they are; a yes erases them."""
    if answer is not None:
        module = board.root / "usr/share/debconf/confmodule"
        module.parent.mkdir(parents=True)
        module.write_text(ASKED.format(answer=answer), encoding="utf-8")
    done = board.run("postrm", "purge")

    assert done.returncode == 0, done.stderr
    left = [(board.root / folder).exists() for folder in ("var/lib/classbox", "etc/classbox")]
    assert left == [answer != "true"] * 2
    assert ("kept" in done.stderr) is (answer != "true")


def test_scripts_can_be_run_by_dpkg() -> None:
    """All of them are marked as programs."""
    assert {f"DEBIAN/{name}" for name in MAINTAINER_SCRIPTS} <= set(EXECUTABLE)
