"""A box as a process of its own, at a broker on loopback, which dies and comes back on request."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from appliance.mqtt.private_broker import LOOPBACK

SITE, ROOM, BOX = "school", "lab", "box-1"
STOP_S = 30.0
CLASSBOX = Path(sys.executable).with_name("classbox")


IN_A_ROOM_OF_ITS_OWN = """
while [ "$1" != -- ]; do mount --bind "$1" "$2" || exit 1; shift 2; done
shift; exec "$@"
"""
"""Puts folders over others for the program after the dashes, and for nobody else."""


class RunningBox:
    """``classbox run`` with its files in one folder; a context manager."""

    def __init__(
        self, folder: Path, *, port: int, instead: Mapping[Path, Path] | None = None
    ) -> None:
        """Make the folder; ``start`` runs the box.

        Args:
            folder: Gets the configuration, the log, the state and, unless forbidden, core files.
            port: Of the broker.
            instead: Folders of the machine, and those that the box sees in their place; only root
                can do that.
        """
        self.config = folder / "config.toml"
        self.log = folder / "log" / "box.log"
        self.state = folder / "state"
        self.cores = folder / "working-folder"
        """Where the process runs, and so where the kernel writes its core."""
        for made in (self.log.parent, self.state, self.cores):
            made.mkdir(parents=True, mode=0o700)
        self._port = port
        self._command = [str(CLASSBOX), "run", "--config", str(self.config)]
        if instead:
            pairs = [str(path) for pair in instead.items() for path in reversed(pair)]
            room = ["unshare", "--mount", "sh", "-c", IN_A_ROOM_OF_ITS_OWN, "sh", *pairs, "--"]
            self._command = [*room, *self._command]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Do nothing yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self.end(signal.SIGKILL)

    def configure(self, sources: Mapping[str, str], *, seats: int) -> None:
        """Write the configuration: the seats of a camera stand side by side."""
        lines = [
            "schema = 1",
            f'[box]\nsite = "{SITE}"\nroom = "{ROOM}"\nid = "{BOX}"\nstate_dir = "{self.state}"',
            '[policy]\nprofile = "four-state"',
            "[engines]\ntune = false",
            f'[mqtt]\nhost = "{LOOPBACK}"\nport = {self._port}',
        ]
        for camera, source in sources.items():
            lines.append(f'[cameras.{camera}]\nsource = "{source}"')
            lines += [
                f"[cameras.{camera}.seats.{camera}-{seat}]\n"
                f"region = [{seat / seats}, 0.0, {(seat + 1) / seats}, 1.0]\n"
                f'terminal = "pc-{camera}-{seat}"\nconsent = "granted"'
                for seat in range(seats)
            ]
        self.config.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def start(self) -> None:
        """Run the box, with as much leave to write core files as this machine gives."""
        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (most, most))
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.cores,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )

    @property
    def pid(self) -> int:
        """Number of the process; 0 while there is none."""
        return 0 if self._process is None else self._process.pid

    def running(self) -> bool:
        """Tell whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def swapped_kb(self) -> int:
        """Return how much of the process lies in swap, kB."""
        if self._process is None:
            return 0
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        except FileNotFoundError:
            return 0
        rows = dict(line.split(":", 1) for line in status.splitlines())
        return int(rows.get("VmSwap", "0").split()[0])

    def end(self, how: signal.Signals) -> None:
        """Send a signal and wait for the end; a second call does nothing."""
        if self._process is not None:
            self._process.send_signal(how)
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def ask(self, *arguments: str) -> str | None:
        """Run a command on this box.

        Returns:
            None where this version has no such command; else what it said.
        """
        known = subprocess.run([CLASSBOX, arguments[0], "--help"], capture_output=True, check=False)
        if known.returncode != 0:
            return None
        run = subprocess.run(
            [CLASSBOX, *arguments, "--config", self.config],
            capture_output=True,
            text=True,
            check=False,
        )
        return run.stdout + run.stderr
