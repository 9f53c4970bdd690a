"""The rest of the school: the server behind its cable, and the agent as its unit runs it."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from acceptance.locks.apart import runs
from acceptance.locks.server import COOKIE

DESK_IP, SERVER_IP, PORT = "10.77.0.1", "10.77.0.2", 8443
RESTART_S = 1.0
"""RestartSec of classbox-agent.service."""


class Office:
    """Server, cable and agent; each can be taken away, and is put back."""

    def __init__(self, folder: Path) -> None:
        """Make the server's certificate and enrol the agent."""
        self._folder = folder
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
             "-nodes", "-days", "2", "-keyout", "server.key", "-out", "server.crt", "-subj",
             "/CN=screens", "-addext", f"subjectAltName=IP:{SERVER_IP}"],
            cwd=folder, check=True, capture_output=True,
        )  # fmt: skip
        self.state = folder / "agent"
        self.state.mkdir(mode=0o700)
        (self.state / "cookie").write_text(COOKIE, encoding="ascii")
        self.server: subprocess.Popen[bytes] | None = None
        self.agent: subprocess.Popen[bytes] | None = None
        self.restarts = True
        self._pulled = False
        self._closing = threading.Event()
        self._unit = threading.Thread(target=self._restart, daemon=True)

    def open(self) -> None:
        """Start all of it."""
        self.start_server()
        self._start_agent()
        self._unit.start()

    def close(self) -> None:
        """End all of it."""
        self._closing.set()
        self._unit.join()
        for process in (self.server, self.agent):
            if process is not None:
                process.kill()
                process.wait()

    def start_server(self) -> None:
        """Start the server in a network of its own, at the other end of a new cable."""
        if self.server is not None:
            self.server.kill()
            self.server.wait()
        _run("ip", "link", "del", "cable", check=False)
        with (self._folder / "server.log").open("ab") as log:
            # It waits for its end of the cable before it listens.
            inside = (
                f"read _; ip link set cable-2 up; ip addr add {SERVER_IP}/24 dev cable-2; exec "
                f"{sys.executable} -m acceptance.locks.server {SERVER_IP} {PORT} {self._folder}"
            )
            self.server = subprocess.Popen(
                ["unshare", "--net", "sh", "-c", inside],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        _run("ip", "link", "add", "cable", "type", "veth", "peer", "name", "cable-2")
        time.sleep(0.1)
        _run("ip", "link", "set", "cable-2", "netns", str(self.server.pid))
        _run("ip", "addr", "add", f"{DESK_IP}/24", "dev", "cable")
        _run("ip", "link", "set", "cable", "up")
        self._pulled = False
        self.tell("")

    def pull(self) -> None:
        """Pull the cable."""
        self._pulled = True
        _run("ip", "link", "set", "cable", "down")

    def whole(self) -> bool:
        """Tell whether the server runs and its cable is in."""
        return runs(self.server) and not self._pulled

    def tell(self, line: str) -> None:
        """Say something to the server."""
        if self.server is not None and self.server.stdin is not None:
            self.server.stdin.write(f"{line}\n".encode())
            self.server.stdin.flush()

    def agent_is_heard(self) -> bool:
        """Tell whether the server has an agent."""
        if self.server is None or self.server.stdout is None:
            return False
        self.tell("agents")
        return self.server.stdout.readline().strip() == b"1"

    def holder(self) -> int | None:
        """Return the process that holds a lock."""
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    words = (entry / "cmdline").read_bytes().split(b"\0")
                    if b"appliance.terminal.agent.hold" in words:
                        return int(entry.name)
        return None

    def signal_agent(self, number: int) -> None:
        """Send a signal to the agent itself."""
        if self.agent is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.agent.pid, number)

    def signal_holder(self, number: int) -> None:
        """Send a signal to what holds the lock."""
        holder = self.holder()
        if holder is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(holder, number)

    def repair(self) -> None:
        """Put back what can be put back without a restart."""
        self.signal_agent(signal.SIGCONT)
        self.signal_holder(signal.SIGCONT)
        self.restarts = True

    def _start_agent(self) -> None:
        with (self._folder / "agent.log").open("ab") as log:
            self.agent = subprocess.Popen(
                [sys.executable, "-m", "appliance", "terminal", "--agent",
                 f"https://{SERVER_IP}:{PORT}", "--state", str(self.state),
                 "--ca", str(self._folder / "server.crt")],
                stdout=log, stderr=log,
            )  # fmt: skip

    def _restart(self) -> None:
        while not self._closing.wait(RESTART_S):
            if self.restarts and self.agent is not None and self.agent.poll() is not None:
                self._start_agent()


def _run(*words: str, check: bool = True) -> None:
    subprocess.run(words, check=check, capture_output=True)
