"""``classbox terminal --window``."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from appliance.errors import ConfigError
from appliance.terminal.address import read_address
from appliance.terminal.programs import start_program
from appliance.terminal.window.browser import Browser, find_browser

log = structlog.get_logger()

SEAT_PATH = "/seat"
FIRST_BACKOFF_S = 1.0
LONGEST_BACKOFF_S = 60.0
LOOK_EVERY_S = 0.2
LEAVE_WAIT_S = 5.0
"""For a browser to close its window; then it is ended."""


def run_window(
    address: str,
    *,
    profiles: Path,
    stop: threading.Event,
    browser: Browser | None = None,
    user: Callable[[], int] = os.geteuid,
) -> None:
    """Show the student's page until somebody closes its window or ``stop`` is set.

    A browser that crashes is started again, after a second at first and a minute at last.

    Args:
        address: Of the screens; the page ``/seat`` where it names none.
        profiles: Folder of the browsers' own profiles.
        stop: Ends it.
        browser: Which; the first that is found by default.
        user: Who runs this.

    Raises:
        ConfigError: The address is none, or root runs this.
        MissingProgramError: There is no browser.
        StorageError: The folder cannot be used.
    """
    if user() == 0:
        msg = "--window: a browser that runs as root is no browser for a student"
        raise ConfigError(msg, next_step="run it in the student's own account")
    server = read_address(address)
    page = server._replace(path=SEAT_PATH if server.path in ("", "/") else server.path).geturl()
    command = (browser or find_browser()).command(page, profiles)
    backoff_s = FIRST_BACKOFF_S
    while not stop.is_set():
        began_s = time.monotonic()
        status = _show(command, stop)
        if status == 0 or stop.is_set():
            return
        log.warning("browser_ended", status=status, again_in_s=backoff_s)
        if time.monotonic() - began_s > LONGEST_BACKOFF_S:
            backoff_s = FIRST_BACKOFF_S
        stop.wait(backoff_s)
        backoff_s = min(2 * backoff_s, LONGEST_BACKOFF_S)


def _show(command: tuple[str, ...], stop: threading.Event) -> int:
    window = start_program(command)
    try:
        while (status := window.poll()) is None:
            if stop.wait(LOOK_EVERY_S):
                _end(window)
                return 0
        return status
    finally:
        _signal(window, signal.SIGKILL)  # what a crash has left of it


def _end(window: subprocess.Popen[bytes]) -> None:
    _signal(window, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        window.wait(LEAVE_WAIT_S)


def _signal(window: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(window.pid, number)  # it leads a session of its own, and so a group
