"""``classbox screens run`` as a process, with a room's folders of keys and a broker that tells."""

import contextlib
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from appliance.mqtt.private_broker import LOOPBACK, PrivateBroker, free_port
from appliance.mqtt.wire.address import BrokerAddress
from tests.support.certificates import Authority
from tests.support.pages import PASSWORD, Caller
from tests.support.waiting import wait_until

SITE, ROOM = "north-school", "lab-2"
"""Of the shipped ACL."""

TERMINALS = ("pc-01", "pc-02")


@dataclass(kw_only=True)
class ServedRoom:
    """The screens of a room; a context manager."""

    folder: Path
    broker: PrivateBroker
    authority: Authority
    terminals: tuple[str, ...] = TERMINALS
    more: str = ""
    """More lines of ``screens.toml``."""
    port: int = field(default_factory=free_port)
    told: list[str] = field(default_factory=list)
    """What systemd was told after the start."""

    def __post_init__(self) -> None:
        """Write what setup would have written."""
        self.config = self.folder / "screens.toml"
        self.state = self.folder / "state"
        for name in self.terminals:
            self.write_identity(name, self.folder / "terminals" / name)
        for name in ("teacher-1", "it-1"):
            self.write_identity(name, self.folder / "people" / name)
        certificate, key = self.authority.sign("screens", host=LOOPBACK)
        self.certificate, self.key = self.folder / "screens.crt", self.folder / "screens.key"
        self.take_certificate(certificate, key)
        self.config.write_text(
            f"""schema = 1
[screens]
site = "{SITE}"
room = "{ROOM}"
port = {self.port}
cert_file = "screens.crt"
key_file = "screens.key"
state_dir = "state"
terminals = "terminals"
teacher = "people/teacher-1"
it = "people/it-1"
{self.more}
"""
        )

    def write_identity(self, name: str, folder: Path) -> None:
        """Write the folder of a terminal or a person."""
        folder.mkdir(parents=True)
        certificate, key = self.authority.sign(name)
        (folder / f"{name}.crt").write_bytes(certificate.read_bytes())
        (folder / f"{name}.key").write_bytes(key.read_bytes())
        (folder / f"{name}.key").chmod(0o600)
        (folder / "ca.crt").write_bytes(self.authority.certificate.read_bytes())
        (folder / "terminal.toml").write_text(
            f"""schema = 1
[terminal]
site = "{SITE}"
room = "{ROOM}"
id = "{name}"
[mqtt]
host = "{LOOPBACK}"
port = {self.broker.port}
ca_file = "ca.crt"
cert_file = "{name}.crt"
key_file = "{name}.key"
"""
        )

    def take_certificate(self, certificate: Path, key: Path) -> None:
        """Put a pair in place, as a renewal does: one file after the other."""
        self.certificate.write_bytes(certificate.read_bytes())
        self.key.write_bytes(key.read_bytes())
        self.key.chmod(0o600)

    def address(self, name: str) -> BrokerAddress:
        """Return the address of another client of the room."""
        certificate, key = self.authority.sign(name, file=f"{name}-beside")
        return BrokerAddress(
            host=LOOPBACK,
            port=self.broker.port,
            ca_file=self.authority.certificate,
            cert_file=certificate,
            key_file=key,
        )

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the screens."""
        return subprocess.run(
            [sys.executable, "-m", "appliance", "screens", *words, "--config", str(self.config)],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def __enter__(self) -> Self:
        """Start, and wait until systemd would be told."""
        notify = self.folder / "notify"
        self._log = (self.folder / "log").open("wb")
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(str(notify))
        self._notify.settimeout(60)
        self.process = subprocess.Popen(
            [sys.executable, *("-m", "appliance", "screens", "run", "--config", str(self.config))],
            env={**os.environ, "NOTIFY_SOCKET": str(notify)},
            stderr=self._log,
        )
        assert self._notify.recv(100) == b"READY=1"
        self._listening = threading.Thread(target=self._listen, name="test.notify", daemon=True)
        self._listening.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        if self.process.poll() is None:
            self.end()
        self._log.close()
        self._listening.join(5)
        self._notify.close()

    def _listen(self) -> None:
        self._notify.settimeout(0.2)
        while self.process.poll() is None:
            with contextlib.suppress(TimeoutError):
                self.told.append(self._notify.recv(100).decode())

    def end(self) -> float:
        """Stop it as systemd does; return how long that took, seconds."""
        began_s = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)
        return time.monotonic() - began_s

    @property
    def log(self) -> str:
        """What it has logged."""
        return (self.folder / "log").read_text()

    def caller(self) -> Caller:
        """A browser that trusts the room's authority."""
        context = ssl.create_default_context(cafile=str(self.authority.certificate))
        return Caller(port=self.port, context=context)

    def enrolled(self, terminal: str) -> Caller:
        """A browser that has used a code."""
        code = self.command("code", terminal).stdout.rpartition("/enrol#")[2].strip()
        caller = self.caller()
        assert caller.post("/enrol", {"code": code}).json == {"go": "/seat"}
        return caller

    def signed_in(self, name: str, role: str) -> Caller:
        """A browser in which somebody has signed in."""
        password = self.folder / "password"
        password.write_text(PASSWORD)
        made = self.command(
            *("account", "add", name, "--role", role, "--password-file", str(password))
        )
        assert made.returncode == 0, made.stderr
        caller = self.caller()
        wait_until(
            lambda: caller.post("/sign-in", {"name": name, "password": PASSWORD}).status == 200
        )
        return caller

    def resident_mb(self) -> float:
        """Memory of the process, MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024
