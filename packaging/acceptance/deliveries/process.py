"""A part of a run as a process that can be killed, and what it says."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import appliance
from appliance.errors import ApplianceError

READY_S = 60.0
"""Longest start on a busy machine."""


class SpokenProcess:
    """Started, killed and started again; a thread of its own listens."""

    def __init__(self, module: str, *words: object, log: Path, hear: Callable[[str], None]) -> None:
        """Name the program; ``start`` runs it.

        Args:
            module: Run with ``python -m``.
            words: Its arguments.
            log: Gets its standard error.
            hear: Told of each whole line, on another thread.
        """
        self._command = [sys.executable, "-m", module, *map(str, words)]
        self._log = log
        self._hear = hear
        self._ready = threading.Event()
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Run it and wait until it says ``ready``.

        Raises:
            ApplianceError: It ended or does not say so.
        """
        self._ready.clear()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=_surroundings(),
            )
        if self._process.stdout is not None:
            threading.Thread(target=self._listen, args=(iter(self._process.stdout),)).start()
        until_s = time.monotonic() + READY_S
        while not self._ready.wait(0.05):
            if self._process.poll() is not None or time.monotonic() > until_s:
                last = self._log.read_text(encoding="utf-8")[-500:]
                msg = f"{self._command[2]} is not ready: {last}"
                raise ApplianceError(msg)

    def ask(self, *words: object) -> None:
        """Give it a line; one that is gone does not hear it."""
        if self._process is not None and self._process.stdin is not None:
            try:
                self._process.stdin.write(" ".join(map(str, words)) + "\n")
                self._process.stdin.flush()
            except BrokenPipeError:
                return

    def kill(self) -> None:
        """End it with SIGKILL; a second call does nothing."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _listen(self, lines: Iterator[str]) -> None:
        for line in lines:
            if line == "ready\n":
                self._ready.set()
            if line.endswith("\n"):  # one without its end was cut off by the kill
                self._hear(line.strip())


def _surroundings() -> dict[str, str]:
    """Return the environment in which the process finds this code, and takes one core."""
    roots = [str(Path(__file__).parents[2]), str(Path(appliance.__file__).parents[1])]
    alone = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return {**os.environ, **alone, "PYTHONPATH": os.pathsep.join(roots)}
