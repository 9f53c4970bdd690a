"""A student's computer: a virtual screen and the real Veyon, which is started again as it is."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from appliance.terminal.agent.veyon import KEY_NAME, SCREEN_LOCK, VeyonScreen

DISPLAY = ":7"
PORTS = (11100, 11200, 11300)
"""Of Veyon's server, of what it looks at the screen with, of its workers."""
STARTS_WITHIN_S = 30.0
A_KEY = "38"
"""Keycode of the letter a."""


class Desk:
    """Everything on it can be stopped and killed, and is put back."""

    def __init__(self, folder: Path) -> None:
        """Make Veyon's configuration and this computer's key."""
        self._folder = folder
        self._environment = {
            **os.environ,
            "DISPLAY": DISPLAY,
            # Without logind this is how Veyon knows that a user is logged in.
            "XDG_SESSION_CLASS": "user",
            "XDG_SESSION_TYPE": "x11",
            "XDG_SESSION_PATH": "/none",
            "XDG_SESSION_ID": "1",
            "VEYON_LOG_LEVEL": "2",
        }
        self.screen = VeyonScreen()
        self.server: subprocess.Popen[bytes] | None = None
        quiet = {**self._environment, "QT_QPA_PLATFORM": "offscreen"}
        for words in (
            ["authkeys", "create", KEY_NAME],
            ["config", "set", "Authentication/Method", "1"],
        ):
            subprocess.run(["veyon-cli", *words], env=quiet, check=True, capture_output=True)

    @contextlib.contextmanager
    def on(self) -> Iterator[None]:
        """Switch the computer on for a while."""
        with (self._folder / "x.log").open("wb") as log:
            display = subprocess.Popen(
                ["Xvfb", DISPLAY, "-nolock", "-screen", "0", "1024x768x24"], stdout=log, stderr=log
            )
        try:
            self._wait(self.has_keys)
            self.start_veyon()
            yield
        finally:
            self._end_veyon()
            display.kill()
            display.wait()

    def start_veyon(self) -> None:
        """Start Veyon's server again, as its service does when it has ended."""
        self._end_veyon()
        with (self._folder / "veyon.log").open("ab") as log:
            self.server = subprocess.Popen(
                ["veyon-server"], env=self._environment, stdout=log, stderr=log
            )
        self._wait(lambda: set(PORTS) <= _listening())
        time.sleep(0.5)  # its look at the screen comes up after its port

    def has_keys(self) -> bool:
        """Tell whether a student can type."""
        table = subprocess.run(
            ["xmodmap", "-pk"], env=self._environment, capture_output=True, text=True, check=False
        ).stdout
        return any(row.split()[:1] == [A_KEY] and "(a)" in row for row in table.splitlines())

    def free(self) -> bool:
        """Tell whether nothing is locked: no worker of Veyon's, and a keyboard with its keys."""
        return not self.screen.locked() and self.has_keys()

    def shut(self) -> bool:
        """Tell whether a student cannot type."""
        return not self.has_keys()

    def lock_as_teacher(self) -> None:
        """Lock from elsewhere, as Veyon Master does."""
        self._feature("start")
        self._wait(self.screen.locked)

    def unlock_as_teacher(self) -> None:
        """Unlock from elsewhere."""
        self._feature("stop")
        self._wait(self.free)

    def lock_window(self) -> str:
        """Return what the X server says of the lock's window; empty where there is none."""
        tree = subprocess.run(
            ["xwininfo", "-root", "-tree"],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        row = next((row for row in tree.splitlines() if "1024x768" in row and "Veyon" in row), "")
        if not row:
            return ""
        told = subprocess.run(
            ["xwininfo", "-id", row.split()[0]],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        return next((line.split(": ")[1] for line in told.splitlines() if "Map State" in line), "")

    def _feature(self, operation: str) -> None:
        environment = {
            **self._environment,
            "QT_QPA_PLATFORM": "offscreen",
            "VEYON_AUTH_KEY_NAME": KEY_NAME,
        }
        words = ["veyon-cli", "feature", operation, "localhost", SCREEN_LOCK]
        subprocess.run(words, env=environment, check=True, capture_output=True, timeout=30)

    def _end_veyon(self) -> None:
        for program in ("veyon-server", "veyon-worker", "x11vnc"):
            for process in _named(program):  # of this namespace: there are no others
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
        if self.server is not None:
            self.server.wait()
        self._wait(lambda: not set(PORTS) & _listening())

    def _wait(self, condition: Callable[[], bool]) -> None:
        end_s = time.monotonic() + STARTS_WITHIN_S
        while not condition():
            if time.monotonic() > end_s:
                msg = "Veyon or its display did not come up; see the logs"
                raise TimeoutError(msg)
            time.sleep(0.05)


def _named(program: str) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if (entry / "comm").read_text(encoding="utf-8").strip() == program[:15]:
                    found.append(int(entry.name))
    return found


def _listening() -> set[int]:
    ports = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for row in Path(table).read_text(encoding="ascii").splitlines()[1:]:
            fields = row.split()
            if fields[3] == "0A":
                ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports
