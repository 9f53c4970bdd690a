"""The page in a window: with a program that crashes, and with the real Chromium."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from appliance.errors import ConfigError
from appliance.terminal.window import run
from appliance.terminal.window.browser import Browser
from appliance.terminal.window.run import run_window
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[3]


def script(folder: Path, text: str) -> Browser:
    """Return a browser that is a shell script."""
    program = folder / "browser"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return Browser(name="chromium", program=str(program))


def test_root_is_refused(tmp_path: Path) -> None:
    """Before a browser is looked for."""
    with pytest.raises(ConfigError, match="run it in the student's own account"):
        run_window("https://x", profiles=tmp_path, stop=threading.Event(), user=lambda: 0)


def test_a_browser_that_crashes_is_started_again_until_it_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice killed, then closed by the student; the page is the seat's."""
    monkeypatch.setattr(run, "FIRST_BACKOFF_S", 0.05)
    browser = script(
        tmp_path,
        f'echo "$1" >> {tmp_path}/log; [ $(wc -l < {tmp_path}/log) -ge 3 ] || kill -9 $$',
    )

    run_window(
        "https://box-1:8443",
        profiles=tmp_path / "profiles",
        stop=threading.Event(),
        browser=browser,
        user=lambda: 1000,
    )

    assert (tmp_path / "log").read_text().split() == 3 * ["--app=https://box-1:8443/seat"]


def test_a_browser_ends_with_its_command(tmp_path: Path) -> None:
    """One that does not listen, too."""
    browser = script(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 100")
    stop = threading.Event()
    window = threading.Thread(
        target=run_window,
        args=("http://127.0.0.1:8443/other",),
        kwargs={"profiles": tmp_path, "stop": stop, "browser": browser, "user": lambda: 1000},
    )
    window.start()
    wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip())
    stop.set()
    window.join()

    assert not Path("/proc", (tmp_path / "pid").read_text().strip()).exists()


class Page(BaseHTTPRequestHandler):
    """Answers with a title and notes who asked for what."""

    asked: tuple[list[str], list[str]] = ([], [])

    def do_GET(self) -> None:
        """Answer."""
        self.asked[0].append(self.path)
        self.asked[1].append(self.headers.get("User-Agent", ""))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<title>A seat</title>")

    def log_message(self, *_: object) -> None:
        """Write nothing."""


@pytest.fixture(name="display")
def a_display() -> Iterator[str]:
    """A virtual screen."""
    if shutil.which("Xvfb") is None or shutil.which("chromium") is None:
        pytest.skip("needs Xvfb and Chromium")
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-nolisten", "tcp"],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    with os.fdopen(reader) as told:
        number = told.readline().strip()
    try:
        yield f":{number}"
    finally:
        server.kill()
        server.wait()


@pytest.mark.long
def test_chromium_shows_the_page_comes_back_and_goes(display: str) -> None:
    """As an ordinary user, whom its sandbox needs; killed once, then told to end."""
    nobody = pwd.getpwnam("nobody")
    if os.geteuid() != 0 and os.geteuid() == nobody.pw_uid:
        pytest.skip("nobody is who runs this")
    pages = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as home:
        folder = Path(home)
        as_user = []
        if os.geteuid() == 0:
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            as_user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        window = subprocess.Popen(
            [
                *as_user,
                sys.executable,
                "-m",
                "appliance",
                "terminal",
                "--window",
                f"http://127.0.0.1:{pages.server_address[1]}",
                "--state",
                str(folder / "profiles"),
            ],
            cwd=ROOT,
            env={**os.environ, "DISPLAY": display, "HOME": home, "XDG_RUNTIME_DIR": home},
        )
        try:
            wait_until(lambda: "/seat" in Page.asked[0])
            first = browser_of(folder)
            assert "Chrome" in Page.asked[1][0]

            os.kill(first, signal.SIGKILL)
            wait_until(lambda: Page.asked[0].count("/seat") == 2)
            assert browser_of(folder) != first

            window.send_signal(signal.SIGTERM)
            assert window.wait(20) == 0
            wait_until(lambda: not browser_of(folder))
        finally:
            window.kill()
            window.wait()
            pages.shutdown()
            pages.server_close()
            time.sleep(0.2)  # what Chromium still writes into its profile


def browser_of(folder: Path) -> int:
    """Return the browser's first process with a profile in a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            own = f"--user-data-dir={folder / 'profiles' / 'chromium'}".encode()
            if own in words and not any(word.startswith(b"--type=") for word in words):
                found.append(int(entry.name))
    return min(found, default=0)
