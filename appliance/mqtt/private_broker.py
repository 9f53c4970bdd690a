"""A Mosquitto of our own on loopback, for the demo and for tests."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import time
import weakref
from pathlib import Path
from typing import Self

from appliance.errors import BrokerError, MissingProgramError

START_TIMEOUT_S = 10.0
STOP_SIGNALS = 5
STOP_SIGNAL_EVERY_S = 2.0
"""A signal can be lost (see ``_answers``), and a broker that hangs must not hold up the demo."""
LOOPBACK = "127.0.0.1"
HELLO = b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x0a\x00\x00"
"""A CONNECT of MQTT 3.1.1 without a client id; any answer will do, also a refusal or a hang-up."""
DEFAULT_CONFIG = f"""\
listener {{port}} {LOOPBACK}
allow_anonymous true
persistence true
persistence_location {{folder}}/
"""
"""Plain and anonymous: nobody outside this machine can reach it."""


class PrivateBroker:
    """Starts, kills and restarts one broker on one port; a context manager.

    Everything it writes stays in its folder.
    """

    def __init__(
        self, folder: Path, *, port: int | None = None, config: str = DEFAULT_CONFIG
    ) -> None:
        """Write the configuration; ``start`` runs it.

        Args:
            folder: Empty or from an earlier run; holds configuration, log and persistence.
            port: On loopback; a free one by default.
            config: Mosquitto's configuration; ``{port}`` and ``{folder}`` are filled in.

        Raises:
            MissingProgramError: Mosquitto is not installed.
        """
        self._program = find_mosquitto()
        self._folder = folder
        if port is None:
            port, held = _hold_port()
            weakref.finalize(self, os.close, held)
        self.port = port
        """Where clients connect."""
        folder.mkdir(parents=True, exist_ok=True)
        # Mosquitto started by root would otherwise become a user who cannot write here.
        user = f"user {pwd.getpwuid(os.geteuid()).pw_name}\nlog_dest stderr\n"
        text = config.replace("{port}", str(self.port)).replace("{folder}", str(folder))
        (folder / "mosquitto.conf").write_text(user + text, encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run the broker and wait until it answers.

        Raises:
            BrokerError: It ended or did not answer in time; the log's last line is in the message.
        """
        log_file = self._folder / "mosquitto.log"
        with log_file.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - a fixed program, our own configuration
                [self._program, "-c", self._folder / "mosquitto.conf"], stdout=log, stderr=log
            )
        until_s = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < until_s and self._process.poll() is None:
            if _answers(self.port):
                return
            time.sleep(0.02)
        self.kill()
        last = log_file.read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2]
        msg = f"mosquitto does not answer on {LOOPBACK}:{self.port}: {last}"
        raise BrokerError(msg)

    def stop(self) -> None:
        """End the broker properly: it writes its sessions first. A second call does nothing."""
        for _ in range(STOP_SIGNALS):
            if self._process is None:
                return
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SIGNAL_EVERY_S)
                self._process = None
        self.kill()

    def kill(self) -> None:
        """End the broker as a power cut would: it forgets its sessions."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(START_TIMEOUT_S)
            self._process = None

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()


def _answers(port: int) -> bool:
    # An open port is not enough: Mosquitto 2.0.11 listens before its loop runs, and a SIGTERM that
    # arrives in between is forgotten, so that a broker stopped at once would never end.
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1.0) as probe:
            probe.sendall(HELLO)
            probe.recv(1)
    except ConnectionResetError:
        return True
    except OSError:
        return False
    return True


def find_mosquitto() -> str:
    """Return the path of the broker's program.

    Raises:
        MissingProgramError: It is not installed.
    """
    # Debian puts it into /usr/sbin, which is not on every user's path.
    path = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if path is None:
        msg = "mosquitto is not installed; run: sudo apt-get install mosquitto"
        raise MissingProgramError(msg)
    return path


def _hold_port() -> tuple[int, int]:
    """Return a free TCP port on loopback, and the descriptor that keeps it from everybody else.

    A socket that is bound and does not listen: nobody is given its port, nobody is answered on it,
    and whoever sets SO_REUSEADDR too, as Mosquitto does, may listen on it.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind((LOOPBACK, 0))
        port: int = held.getsockname()[1]
        return port, held.detach()


def free_port() -> int:
    """Return a TCP port on loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port
