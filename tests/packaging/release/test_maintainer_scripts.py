"""What happens on a board when the package is installed, updated, removed and purged."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from email.parser import Parser
from pathlib import Path

import pytest
from release.deb import DEBIAN, EXECUTABLE, MAINTAINER_SCRIPTS

from appliance.commands.broker.config import Identity, broker_config

ASKED = """
db_fset() { :; }
db_input() { :; }
db_go() { return ${BACK:-0}; }
db_get() { [ "$1" = classbox/keep ] || return 10; RET=$ANSWER; return ${UNKNOWN:-0}; }
db_purge() { :; }
db_stop() { :; }
"""
"""Stands in for debconf, with an answer."""

STUBS = {
    "systemd-sysusers": "",
    "systemd-tmpfiles": "",
    "deb-systemd-invoke": 'echo "$@" >> "$TOLD"',
}
"""Programs that do nothing here, or say what they were told."""

ERASED = (
    "var/lib/classbox",
    "etc/classbox",
    "var/lib/classbox-screens",
    "etc/classbox-screens",
    "etc/systemd/system/classbox-screens.service.d",
    "etc/systemd/system/classbox-agent.service.d",
    "var/lib/classbox-agent",
)
BROKER = ("etc/mosquitto/conf.d/classbox.conf", "etc/mosquitto/classbox")


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
        for stub, script in STUBS.items():
            path = self.root / "stubs" / stub
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
            path.chmod(0o755)
        return subprocess.run(
            ["sh", "-c", text, name, *arguments],
            env={"TOLD": f"{self.root}/told", "PATH": f"{self.root}/stubs:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )

    def install(self, version: str, *, before: str = "") -> str:
        """Unpack a version, configure it and return what was said."""
        self.unpack(version)
        done = self.run("postinst", "configure", before, version=version)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def ask(self, *, answer: str, back: str = "0", unknown: str = "0") -> None:
        """Let debconf be there.

        Args:
            answer: What it has to the question; empty as after the end of a frontend.
            back: Exit code of showing the question.
            unknown: Exit code of asking for the answer.
        """
        module = self.root / "usr/share/debconf/confmodule"
        module.parent.mkdir(parents=True)
        told = f"ANSWER={answer}\nBACK={back}\nUNKNOWN={unknown}\n"
        module.write_text(told + ASKED, encoding="utf-8")

    def set_up_broker(self, identity: Identity = Identity.CERTIFICATES) -> None:
        """Put there what the broker reads, on a machine where systemd runs."""
        settings, folder = (self.root / place for place in BROKER)
        settings.parent.mkdir(parents=True)
        folder.mkdir()
        settings.write_text(broker_config(identity=identity), encoding="utf-8")
        acl = Path(__file__).parents[3] / "mqtt_contracts/mosquitto/acl"
        shutil.copy(acl, folder / "acl")
        (folder / "broker.key").touch()
        (self.root / "run/systemd/system").mkdir(parents=True)

    def told(self) -> str:
        """Return what services were told, a line each."""
        path = self.root / "told"
        return path.read_text(encoding="utf-8") if path.exists() else ""

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
    for folder in ERASED:
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


def test_the_first_installation_says_what_comes_next(board: Board) -> None:
    """An update does not: the box is set up."""
    assert board.install("1") == "Next: sudo classbox setup\n"
    assert board.install("2", before="1") == ""


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
    assert all((board.root / folder / "kept").exists() for folder in ERASED)


def test_purging_erases_on_an_explicit_no_to_keeping(board: Board) -> None:
    """All folders go when somebody said that they need not be kept."""
    board.ask(answer="false")
    done = board.run("postrm", "purge")

    assert (done.returncode, done.stderr) == (0, "")
    assert not any((board.root / folder).exists() for folder in ERASED)


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({"answer": "true"}, id="yes, or a dialog that was killed"),
        pytest.param({"answer": ""}, id="a frontend that died"),
        pytest.param({"answer": "false", "back": "30"}, id="the question was left"),
        pytest.param({"answer": "false", "unknown": "10"}, id="no such question"),
        pytest.param(None, id="no debconf"),
    ],
)
def test_purging_keeps_without_an_explicit_no(board: Board, asked: dict[str, str] | None) -> None:
    """All is kept, the broker's part too, and it says where it is."""
    board.set_up_broker()
    if asked is not None:
        board.ask(**asked)
    done = board.run("postrm", "purge")

    assert done.returncode == 0
    assert all((board.root / place).exists() for place in (*ERASED, *BROKER))
    assert "kept" in done.stderr
    assert board.told() == ""


def test_the_question_keeps_by_default() -> None:
    """So a frontend that asks nobody keeps; "yes" is also what a killed dialog answers."""
    fields = Parser().parsestr((DEBIAN / "templates").read_text(encoding="utf-8"))

    assert (fields["Template"], fields["Type"], fields["Default"]) == (
        "classbox/keep",
        "boolean",
        "true",
    )
    assert fields["Description"].startswith("Keep ")


def test_erasing_takes_the_brokers_part_and_restarts_it(board: Board) -> None:
    """Nothing of the room stays in Mosquitto's folders, and Mosquitto goes on without it."""
    board.set_up_broker()
    board.ask(answer="false")
    done = board.run("postrm", "purge")

    assert done.returncode == 0, done.stderr
    assert not any((board.root / place).exists() for place in BROKER)
    assert board.told() == "try-restart mosquitto.service\n"


def test_erasing_leaves_a_broker_that_setup_did_not_configure(board: Board) -> None:
    """The folder stays with it, because that configuration may name it."""
    board.set_up_broker(Identity.PASSWORDS)
    board.ask(answer="false")
    done = board.run("postrm", "purge")

    assert done.returncode == 0, done.stderr
    assert all((board.root / place).exists() for place in BROKER)
    assert board.told() == ""


def test_scripts_can_be_run_by_dpkg() -> None:
    """All of them are marked as programs."""
    assert {f"DEBIAN/{name}" for name in MAINTAINER_SCRIPTS} <= set(EXECUTABLE)
