"""A camera that speaks RTSP: the real server of GStreamer, in a process of its own."""

import subprocess
from functools import cache
from pathlib import Path
from typing import Self

import pytest

SYSTEM_PYTHON = "/usr/bin/python3"
SERVER = Path(__file__).with_name("rtsp_server.py")
IMPORTS = "import gi; gi.require_version('GstRtspServer', '1.0')"
PACKAGES = (
    "gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-good gstreamer1.0-plugins-bad "
    "gstreamer1.0-plugins-ugly"
)
USER, PASSWORD = "teacher", "s3cret"


@cache
def _installed() -> bool:
    try:
        run = subprocess.run([SYSTEM_PYTHON, "-c", IMPORTS], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return run.returncode == 0


class RtspCamera:
    """Sends a moving test picture on loopback while a block lasts; skips the test where it cannot.

    Keeps its port over a restart.
    """

    def __init__(self, *, codec: str = "h264", auth: str = "none", transport: str = "both") -> None:
        """Choose what it sends, to whom and how; see ``rtsp_server.py``."""
        self._options = ["--codec", codec, "--auth", auth, "--transport", transport]
        self._options += ["--user", USER, "--password", PASSWORD]
        self._port = "0"
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        """Send."""
        if not _installed():
            pytest.skip(f"no RTSP server for {SYSTEM_PYTHON}: apt-get install {PACKAGES}")
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Kill it."""
        self.kill()

    def url(self, *, login: str = "", path: str = "/live") -> str:
        """Return the address.

        Args:
            login: USER:PASSWORD.
            path: Of the stream.
        """
        return f"rtsp://{login}{'@' if login else ''}127.0.0.1:{self._port}{path}"

    def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._process = subprocess.Popen(
            [SYSTEM_PYTHON, str(SERVER), "--port", self._port, *self._options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        word, _, rest = self._process.stdout.readline().strip().partition(" ")
        if word == "missing":
            self.kill()
            pytest.skip(f"GStreamer lacks something: {rest}; apt-get install {PACKAGES}")
        assert word == "ready"
        self._port = rest

    def order(self, what: str) -> None:
        """Have it ``stall`` or ``flow``, or send ``small`` or ``large`` pictures."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{what}\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """End it at once, as a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
