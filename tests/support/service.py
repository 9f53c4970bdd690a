"""The real command in a process of its own, with a configuration made for a test."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

SITE, ROOM, BOX, TEACHER = "school", "lab", "box-1", "teacher-1"

NO_BROKER = 1
"""A port on which nobody listens and that nobody is given: tcpmux (RFC 1078) has died out."""


def write_config(
    folder: Path,
    *,
    cameras: Mapping[str, str],
    port: int = NO_BROKER,
    consent: str = "granted",
) -> Path:
    """Write a configuration with one seat per camera.

    Args:
        folder: Where; the state folder is made inside of it.
        cameras: Camera id to the lines of its table, ``source`` at least.
        port: Of the broker on loopback.
        consent: Of every seat.
    """
    lines = [
        "schema = 1",
        f'[box]\nsite = "{SITE}"\nroom = "{ROOM}"\nid = "{BOX}"\nstate_dir = "{folder / "state"}"',
        '[policy]\nprofile = "four-state"',
        "[engines]\ntune = false",  # no test measures in the background
        f'[mqtt]\nhost = "127.0.0.1"\nport = {port}\nteachers = ["{TEACHER}"]',
    ]
    for number, (camera, table) in enumerate(cameras.items(), start=1):
        lines.append(f"[cameras.{camera}]\n{table}")
        lines.append(
            f'[cameras.{camera}.seats.a{number:02d}]\nterminal = "pc-{number:02d}"\n'
            f'consent = "{consent}"'
        )
    config = folder / "config.toml"
    config.touch(mode=0o600)  # a camera may have a password in it
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return config


def classbox(*arguments: str) -> list[str]:
    """Return the command line of ``classbox`` in this environment."""
    return [sys.executable, "-m", "appliance", *arguments]


def run_classbox(*arguments: str, timeout_s: float = 300) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        classbox(*arguments),
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_s,
        cwd=Path(__file__).parents[2],
        env=dict(os.environ),
    )


@dataclass
class Service:
    """``classbox run`` while a block lasts."""

    config: Path
    log: Path = field(init=False)

    def __enter__(self) -> Self:
        """Start the process."""
        self.log = self.config.with_name("service.log")
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                classbox("run", "--config", str(self.config)),
                stdout=log,
                stderr=log,
                cwd=Path(__file__).parents[2],
            )
        return self

    def __exit__(self, *_: object) -> None:
        """Kill what is still running."""
        self.kill()

    @property
    def pid(self) -> int:
        """Return the number of the process."""
        return self._process.pid

    def wait(self, *, timeout_s: float) -> int:
        """Wait until it ends by itself, and return the exit code."""
        return self._process.wait(timeout_s)

    def terminate(self) -> int:
        """Do what systemd does, and return the exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(timeout=30)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()
