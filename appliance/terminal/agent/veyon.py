"""Veyon's screen lock on this computer: begin it, see it, end it whatever Veyon does.

Source: Veyon 4.7.5, plugins/screenlock/ScreenLockFeaturePlugin.cpp and
core/src/FeatureWorkerManager.cpp: its server starts a worker process, which takes the keyboard's
map away and covers the screen; the worker puts all back when it is told to, or when it loses its
server. A worker that is killed leaves a keyboard without keys.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from appliance.terminal.programs import start_program

SCREEN_LOCK = "ccb535a2-1d24-4cc1-a709-8b47d2b2ac79"
"""Veyon's name of its screen lock (ScreenLockFeaturePlugin.cpp)."""

KEY_NAME = "classboxagent"
"""Of this computer's own key pair, unless VEYON_AUTH_KEY_NAME says another."""

POLL_S = 0.05
STOP_TAKES_S = 1.3
"""From the begin of ``veyon-cli`` to a free screen; 0.4 to 0.9 s on two busy cores."""
SERVER_TAKES_S = 0.4
"""For a worker to go after its server has ended, or it itself."""
END_TAKES_S = STOP_TAKES_S + 3 * SERVER_TAKES_S
"""From the begin of the end to a free screen, with a Veyon that does not listen."""


class LockableScreen(Protocol):
    """A screen that can be locked; promises in tests/terminal/agent/test_hold.py."""

    def locked(self) -> bool:
        """Tell whether it is locked, by whomever."""
        ...

    def begin(self) -> None:
        """Ask for a lock and return at once."""
        ...

    def end(self) -> bool:
        """End a lock, whoever began it, within three seconds; tell whether the screen is free."""
        ...


class VeyonScreen:
    """``LockableScreen`` of the Veyon Server on this computer."""

    def __init__(
        self,
        *,
        command: str = "veyon-cli",
        processes: Path = Path("/proc"),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Look at nothing yet.

        Args:
            command: Veyon's command line.
            processes: What ``/proc`` is.
            environment: Of the command line; this process's by default.
        """
        self._command = command
        self._processes = processes
        given = os.environ if environment is None else environment
        self._environment = {
            "QT_QPA_PLATFORM": "offscreen",  # it needs no screen, and a service has none
            "VEYON_AUTH_KEY_NAME": KEY_NAME,
            "VEYON_LOG_LEVEL": "2",  # errors; what it logs lies in /tmp for all to read
            **given,
        }
        self._asking: subprocess.Popen[bytes] | None = None

    def locked(self) -> bool:
        """See ``LockableScreen.locked``."""
        return bool(self._workers())

    def begin(self) -> None:
        """See ``LockableScreen.begin``."""
        self._asking = self._feature("start")

    def end(self) -> bool:
        """See ``LockableScreen.end``.

        Asked nicely first. Then the server is ended, because its worker puts the keyboard back when
        it loses it; the worker itself is the last.
        """
        _kill_child(self._asking)
        telling = self._feature("stop")
        self._wait_free(STOP_TAKES_S)
        _kill_child(telling)
        for whom, number in (
            (self._servers, signal.SIGTERM),
            (self._servers, signal.SIGKILL),  # one that is stopped hears nothing else
            (self._workers, signal.SIGKILL),
        ):
            if processes := whom():
                for process in processes:
                    _send(process, number)
                self._wait_free(SERVER_TAKES_S)
        return not self.locked()

    def _wait_free(self, longest_s: float) -> None:
        end_s = time.monotonic() + longest_s
        while self.locked() and time.monotonic() < end_s:
            time.sleep(POLL_S)

    def _feature(self, operation: str) -> subprocess.Popen[bytes] | None:
        try:
            words = (self._command, "feature", operation, "localhost", SCREEN_LOCK)
            return start_program(words, environment=self._environment)
        except OSError:
            return None  # no lock comes; of a lock that is there, the server is ended instead

    def _workers(self) -> list[int]:
        return self._running("veyon-worker", f"{{{SCREEN_LOCK}}}")

    def _servers(self) -> list[int]:
        parents = {_parent(self._processes / str(worker)) for worker in self._workers()}
        return [server for server in self._running("veyon-server") if server in parents]

    def _running(self, program: str, *arguments: str) -> list[int]:
        found = []
        for entry in self._processes.iterdir():
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError):  # it has ended meanwhile
                words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
                if Path(words[0]).name == program and set(arguments) <= set(words[1:]):
                    found.append(int(entry.name))
        return found


def _parent(process: Path) -> int:
    """Return whose child a process is; 0 when it has ended."""
    try:
        # The name, in brackets, may hold anything, a bracket too.
        return int((process / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0


def _send(process: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(process, number)


def _kill_child(child: subprocess.Popen[bytes] | None) -> None:
    if child is not None:
        child.kill()  # of one that has ended it does nothing
        child.wait()
