"""A real RTSP server that is killed and started again, and knows when it was watched."""

import subprocess
import threading
import time
from pathlib import Path
from typing import Self

from appliance.errors import MissingProgramError

SYSTEM_PYTHON = "/usr/bin/python3"
SERVER = Path(__file__).parents[3] / "tests/support/rtsp_server.py"


class KilledCamera:
    """Sends a test picture while it lives; a context manager."""

    def __init__(self) -> None:
        """Begin dead."""
        self._port = "0"
        self._process: subprocess.Popen[str] | None = None
        self.changes: list[tuple[float, bool]] = [(time.time(), False)]
        """When the box began to get pictures (true) and when it got none any more, Unix time."""

    @property
    def url(self) -> str:
        """Where it is, the same after each death."""
        return f"rtsp://127.0.0.1:{self._port}/live"

    def start(self) -> None:
        """Live.

        Raises:
            MissingProgramError: GStreamer's RTSP server is not installed.
        """
        self._process = subprocess.Popen(
            [SYSTEM_PYTHON, SERVER, "--port", self._port],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        said = self._process.stdout.readline().split() if self._process.stdout else []
        if said[:1] != ["ready"]:
            self.kill()
            msg = f"no RTSP server for {SYSTEM_PYTHON}; run: make rtsp"
            raise MissingProgramError(msg)
        self._port = said[1]
        threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()

    def kill(self) -> None:
        """Die; a second call does nothing."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            self.changes.append((time.time(), False))

    def __enter__(self) -> Self:
        """Live."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Die."""
        self.kill()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        for _ in process.stdout or ():
            if process is self._process:
                self.changes.append((time.time(), True))
