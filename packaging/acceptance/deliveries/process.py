"""A part of a run as a process that can be killed, and what it says."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

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
        self._listener: threading.Thread | None = None
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
        self._listener = threading.Thread(target=self._listen, args=(self._process.stdout,))
        self._listener.start()
        until_s = time.monotonic() + READY_S
        while not self._ready.wait(0.05):
            if self._process.poll() is not None or time.monotonic() > until_s:
                last = self._log.read_text(encoding="utf-8")[-500:]
                msg = f"{self._command[2]} is not ready: {last}"
                raise ApplianceError(msg)

    @property
    def ready(self) -> bool:
        """True from when it said so to the kill."""
        return self._ready.is_set()

    def ask(self, *words: object) -> bool:
        """Give it a line; False when it cannot hear."""
        process = self._process
        if process is None or process.stdin is None or not self.ready:
            return False
        try:
            process.stdin.write(" ".join(map(str, words)) + "\n")
            process.stdin.flush()
        except (BrokenPipeError, ValueError):  # killed, and then closed
            return False
        return True

    def kill(self) -> None:
        """End it with SIGKILL; a second call does nothing."""
        process, self._process = self._process, None
        self._ready.clear()
        if process is not None:
            process.kill()
            process.wait()
            if process.stdin is not None:
                with contextlib.suppress(BrokenPipeError):
                    process.stdin.close()
        if self._listener is not None:
            self._listener.join()

    def _listen(self, lines: IO[str] | None) -> None:
        if lines is None:
            return
        with lines:
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
