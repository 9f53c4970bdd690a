"""A machine to install on: a copy of a blank Debian, booted by ``systemd-nspawn``, no network."""

import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

BOOT_S = 120.0
"""Longest start of systemd."""

STOP_S = 60.0
NAME = "board"
HOSTS = f"127.0.0.1 localhost\n127.0.1.1 {NAME}\n"
"""As Debian's installer writes it."""
LOOK_S = 0.5

ENVIRONMENT = {
    "HOME": "/root",
    "TERM": "dumb",
    "LANG": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
}
"""Of root's, on the machine."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command in the machine said."""

    code: int
    """Exit code; -1 when it took too long."""

    text: str
    """Standard output and error, as they came."""


class Machine:
    """A booted Debian; commands run in it as root."""

    def __init__(self, leader: int) -> None:
        """Take a booted machine by its first process, seen from here."""
        self._leader = str(leader)
        self._started: list[subprocess.Popen[bytes]] = []

    def run(self, command: str, *, timeout_s: float = 300.0) -> Answer:
        """Run what root would type, and wait for its end."""
        try:
            done = subprocess.run(
                self._inside(command),
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=timeout_s,
            )
        except subprocess.TimeoutExpired as late:
            text = (late.output or b"").decode(errors="replace")
            return Answer(-1, f"{text}\nstill running after {timeout_s:g} s")
        return Answer(done.returncode, done.stdout.decode(errors="replace"))

    def start(self, command: str) -> None:
        """Run what somebody would type into another window; it ends with the machine."""
        self._background(self._inside(command))

    def connect(self, command: list[str]) -> None:
        """Run a program of this computer on the machine's network, as a camera would be there."""
        self._background(["nsenter", "--target", self._leader, "--net", "--", *command])

    def end(self) -> None:
        """End what was started beside it."""
        for process in self._started:
            process.kill()
            process.wait()

    def _inside(self, command: str) -> list[str]:
        enter = ["nsenter", "--target", self._leader, "--all", "--root", "--wdns=/root", "--"]
        return [*enter, "bash", "-c", command]

    def _background(self, command: list[str]) -> None:
        quiet = subprocess.DEVNULL
        self._started.append(
            subprocess.Popen(command, env=ENVIRONMENT, stdin=quiet, stdout=quiet, stderr=quiet)
        )


@contextlib.contextmanager
def booted(blank: Path, *, files: Mapping[str, bytes | Path]) -> Iterator[Machine]:
    """Copy a blank Debian, put files on it, boot it, and throw it away in the end.

    Args:
        blank: Stays as it is.
        files: Places on the machine, and what lies there.
    """
    with tempfile.TemporaryDirectory(prefix="machine-", dir=blank.parent) as scratch:
        root = Path(scratch) / "root"
        # Files are shared until they are written, where the file system can do that.
        subprocess.run(["cp", "-a", "--reflink=auto", str(blank), str(root)], check=True)
        named = {"etc/hostname": f"{NAME}\n".encode(), "etc/hosts": HOSTS.encode()}
        for place, content in {**named, **files}.items():
            if isinstance(content, Path):
                shutil.copy(content, root / place)
            else:
                (root / place).write_bytes(content)
        command = ["systemd-nspawn", "--quiet", "--boot", "--directory", str(root)]
        command += ["--machine", NAME, "--private-network", "--console=read-only"]
        command += ["--register=no", "--keep-unit", "--link-journal=no", "--resolv-conf=off"]
        log = Path(scratch) / "console"
        with (
            log.open("wb") as console,
            subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=console, stderr=console
            ) as nspawn,
        ):
            try:
                machine = _started(nspawn, log)
                try:
                    yield machine
                finally:
                    machine.end()
            finally:
                _power_off(nspawn)


def _started(nspawn: "subprocess.Popen[bytes]", log: Path) -> Machine:
    """Return the machine when systemd has done what it does at boot.

    Raises:
        RuntimeError: It did not boot.
    """
    until_s = time.monotonic() + BOOT_S
    children = Path(f"/proc/{nspawn.pid}/task/{nspawn.pid}/children")
    while time.monotonic() < until_s and nspawn.poll() is None:
        # nspawn's own helper is gone again before systemd answers.
        for child in children.read_text(encoding="ascii").split():
            machine = Machine(int(child))
            state = machine.run("systemctl is-system-running", timeout_s=BOOT_S).text.strip()
            if state in {"running", "degraded"}:
                return machine
        time.sleep(LOOK_S)
    msg = f"the machine did not boot:\n{log.read_text(errors='replace')}"
    raise RuntimeError(msg)


def _power_off(nspawn: "subprocess.Popen[bytes]") -> None:
    nspawn.terminate()  # systemd in the machine takes it as an order to power off
    try:
        nspawn.wait(STOP_S)
    except subprocess.TimeoutExpired:
        nspawn.kill()
