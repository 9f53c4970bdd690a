"""A computer lab on one machine: Mosquitto with certificates, a box, ```classbox screens``."""

import http.client
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from acceptance.deliveries.process import SpokenProcess
from acceptance.flood.school import BOX, TOPICS, School, surroundings
from appliance.errors import ApplianceError
from appliance.mqtt.private_broker import LOOPBACK, free_port

START_S = 30.0
"""Longest start of the server on a busy machine."""


class Lab:
    """Everything that a room with screens runs; each part can be killed on its own."""

    def __init__(
        self, folder: Path, *, seats: int, hear: Callable[[str], None], extra: str = ""
    ) -> None:
        """Write everybody's files; ``start`` runs the parts.

        Args:
            folder: Empty.
            seats: Terminals, ``pc-1`` and on.
            hear: Told of each line of the box's process.
            extra: More of ``screens.toml``.
        """
        self.terminals = tuple(f"pc-{number}" for number in range(1, seats + 1))
        self.folder = folder
        """Everybody's files."""
        self.school = School(folder / "school")
        self.port = free_port()
        self._server: subprocess.Popen[bytes] | None = None
        self._box = SpokenProcess(
            "acceptance.screens.box",
            folder / "school",
            folder / "box",
            self.school.port,
            *self.terminals,
            log=folder / "box.log",
            hear=hear,
        )
        self.config = folder / "screens.toml"
        """Of the server."""
        self._write(extra)

    def start(self) -> None:
        """Run broker, box and server.

        Raises:
            ApplianceError: A part does not start.
        """
        self.school.start()
        self._box.start()
        self.start_server()

    def stop(self) -> None:
        """End everything."""
        self.kill_server()
        self._box.kill()
        self.school.kill()

    @property
    def box(self) -> SpokenProcess:
        """The box's process."""
        return self._box

    @property
    def server(self) -> int:
        """Process id of the server.

        Raises:
            ApplianceError: It does not run.
        """
        if self._server is None:
            msg = "the server of the screens does not run"
            raise ApplianceError(msg)
        return self._server.pid

    def start_server(self) -> None:
        """Run ``classbox screens run`` and wait until it answers.

        Raises:
            ApplianceError: It does not.
        """
        log_file = self.folder / "screens.log"
        with log_file.open("ab") as log:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "appliance", "screens", "run", "--config", self.config],
                stdout=log,
                stderr=log,
                env=surroundings(),
            )
        until_s = time.monotonic() + START_S
        while time.monotonic() < until_s and self._server.poll() is None:
            try:
                connection = self.connect()
                connection.request("GET", "/enrol", headers={"Host": self.host})
                connection.getresponse().read()
            except OSError:
                time.sleep(0.05)
            else:
                return
        msg = f"the screens do not start: {log_file.read_text(encoding='utf-8')[-800:]}"
        raise ApplianceError(msg)

    def kill_server(self) -> None:
        """End the server with SIGKILL; a second call does nothing."""
        server, self._server = self._server, None
        if server is not None:
            server.send_signal(signal.SIGKILL)
            server.wait()

    @property
    def host(self) -> str:
        """Host and port, as a browser says them."""
        return f"localhost:{self.port}"

    @property
    def origin(self) -> str:
        """Of every page."""
        return f"https://{self.host}"

    def connect(
        self, timeout_s: float = 10.0, *, source: str = LOOPBACK
    ) -> http.client.HTTPSConnection:
        """Return a connection that trusts the room's authority only.

        Args:
            timeout_s: Of each wait.
            source: Own address; any of 127.0.0.0/8.
        """
        return http.client.HTTPSConnection(
            LOOPBACK,
            self.port,
            timeout=timeout_s,
            context=self.trust(),
            source_address=(source, 0),
        )

    def trust(self) -> ssl.SSLContext:
        """Return what trusts the room's authority only."""
        return ssl.create_default_context(cafile=self.folder / "school" / "ca.crt")

    def command(self, *words: str, given: str = "") -> str:
        """Run ``classbox screens …`` and return what it prints.

        Raises:
            ApplianceError: It failed.
        """
        done = subprocess.run(
            [sys.executable, "-m", "appliance", "screens", *words, "--config", self.config],
            input=given,
            capture_output=True,
            text=True,
            env=surroundings(),
            check=False,
        )
        if done.returncode:
            msg = f"classbox screens {' '.join(words)}: {done.stderr or done.stdout}"
            raise ApplianceError(msg)
        return done.stdout

    def _write(self, extra: str) -> None:
        for name in self.terminals:
            self._hand_out(name, self.folder / "terminals" / name)
        for name in ("teacher-1", "it-1"):
            self._hand_out(name, self.folder / "people" / name)
        self.school.serve_pages()
        self.school.address(BOX)
        own = self.folder / "school"
        self.config.write_text(
            f"""schema = 1
[screens]
site = "{TOPICS.site}"
room = "{TOPICS.room}"
host = "{LOOPBACK}"
port = {self.port}
origin = "{self.origin}"
cert_file = "{own / "screens.crt"}"
key_file = "{own / "screens.key"}"
state_dir = "{self.folder / "screens"}"
terminals = "{self.folder / "terminals"}"
teacher = "{self.folder / "people" / "teacher-1"}"
it = "{self.folder / "people" / "it-1"}"
{extra}
""",
            encoding="utf-8",
        )

    def _hand_out(self, name: str, folder: Path) -> None:
        folder.mkdir(parents=True, mode=0o700)
        address = self.school.address(name)
        files = {"ca_file": address.ca_file, "cert_file": address.cert_file}
        files["key_file"] = address.key_file
        lines = [f'{key} = "{path}"' for key, path in files.items()]
        text = "\n".join(
            [
                "schema = 1",
                "[terminal]",
                f'site = "{TOPICS.site}"',
                f'room = "{TOPICS.room}"',
                f'id = "{name}"',
                "[mqtt]",
                f'host = "{LOOPBACK}"',
                f"port = {self.school.port}",
                *lines,
                "",
            ]
        )
        target = folder / "terminal.toml"
        target.write_text(text, encoding="utf-8")
        target.chmod(0o600)
