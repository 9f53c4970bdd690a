"""``classbox terminal --agent``: on a student's computer, beside Veyon."""

import http.client
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult

import structlog

from appliance.errors import ApplianceError, ConfigError
from appliance.terminal.address import read_address
from appliance.terminal.agent.enrolment import OK, enrol, read_cookie
from appliance.terminal.agent.keeper import LockKeeper
from appliance.terminal.agent.stream import STREAM_PATH, follow, open_connection
from appliance.terminal.agent.veyon import LockableScreen, VeyonScreen
from appliance.terminal.clock import WakefulClock

log = structlog.get_logger()

FIRST_BACKOFF_S = 1.0
LONGEST_BACKOFF_S = 8.0


def run_agent(
    address: str,
    *,
    state: Path,
    stop: threading.Event,
    ca_file: Path | None = None,
    code: str | None = None,
    screen: LockableScreen | None = None,
) -> None:
    """Lock and unlock as the server says until ``stop`` is set.

    Args:
        address: Of the screens' server.
        state: Own folder.
        stop: Ends it.
        ca_file: Who signed the server's certificate; by default whom this computer trusts.
        code: Enrols this computer first.
        screen: What is locked; Veyon's by default.

    Raises:
        ConfigError: The address is none, the computer is not enrolled or the code is not taken.
        StorageError: The folder cannot be used.
    """
    server = read_address(address)
    context = _context(server, ca_file)
    if code is not None:
        try:
            enrol(server, context, code=code, folder=state)
        except OSError as error:
            msg = f"{address} does not answer: {error}"
            raise ConfigError(msg) from error
    cookie = read_cookie(state)
    now_s = WakefulClock().monotonic_s
    keeper = LockKeeper(screen or VeyonScreen(), folder=state, now_s=now_s)
    listener = _Listener(server, context, cookie=cookie, keeper=keeper, now_s=now_s)
    threading.Thread(target=listener.listen, args=(stop,), name="agent.stream", daemon=True).start()
    stop.wait()
    keeper.close()


def _context(server: SplitResult, ca_file: Path | None) -> ssl.SSLContext | None:
    if server.scheme == "http":
        return None
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # SSLError is one
        msg = f"--ca {ca_file} cannot be used: {error.strerror or error}"
        raise ConfigError(msg) from error


class _Listener:
    """Follows the server on a thread, again and again, until it is told to stop."""

    def __init__(
        self,
        server: SplitResult,
        context: ssl.SSLContext | None,
        *,
        cookie: str,
        keeper: LockKeeper,
        now_s: Callable[[], float],
    ) -> None:
        self._server = server
        self._context = context
        self._cookie = cookie
        self._keeper = keeper
        self._now_s = now_s
        self._heard = False

    def listen(self, stop: threading.Event) -> None:
        backoff_s = FIRST_BACKOFF_S
        while not stop.is_set():
            self._heard = False
            try:
                self._hear()
                problem = "the server has ended the stream"
            except (OSError, http.client.HTTPException, ApplianceError) as error:
                problem = f"{type(error).__name__}: {error}"
            except Exception:
                log.exception("agent_stream_failed")  # the border of a thread
                problem = "see above"
            log.warning("agent_without_server", problem=problem)
            if self._heard:
                backoff_s = FIRST_BACKOFF_S
            stop.wait(backoff_s)
            backoff_s = min(2 * backoff_s, LONGEST_BACKOFF_S)

    def _hear(self) -> None:
        connection = open_connection(self._server, self._context)
        try:
            headers = {"Cookie": self._cookie, "Accept": "text/event-stream"}
            connection.request("GET", STREAM_PATH, headers=headers)
            answer = connection.getresponse()
            if answer.status != OK:
                msg = f"the server refuses this computer (HTTP {answer.status})"
                raise ConfigError(
                    msg, next_step="enrol it again with --code, or see [lock.veyon] agents"
                )
            log.info("agent_connected")
            for wanted in follow(answer, now_s=self._now_s):
                self._heard = True
                if wanted is not None:
                    self._keeper.want(wanted.lock, left_s=wanted.left_s)
        finally:
            connection.close()
