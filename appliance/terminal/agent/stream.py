"""What the server wants of this computer's screen, heard over HTTPS.

Source of the format: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import http.client
import json
import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult

from appliance.errors import ContractError

STREAM_PATH = "/seat/agent"
QUIET_S = 12.0
"""The server says something every four seconds; three times nothing, and it is gone."""
LONGEST_LINE = 64 * 1024
LOCK_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the server wants now."""

    lock: str | None
    """Id of a lock; None for a free screen."""

    left_s: float
    """How long from now on; 0 for a free screen."""


def open_connection(
    server: SplitResult, context: ssl.SSLContext | None
) -> http.client.HTTPConnection:
    """Return a connection that is not open yet; without a context it is not encrypted."""
    host, port = server.hostname or "", server.port
    if context is None:
        return http.client.HTTPConnection(host, port, timeout=QUIET_S)
    return http.client.HTTPSConnection(host, port, timeout=QUIET_S, context=context)


def follow(
    answer: http.client.HTTPResponse, *, now_s: Callable[[], float]
) -> Iterator[Wanted | None]:
    """Give what is wanted, each time that the server says it; None for a sign of life.

    What lay in a socket is as much older as it came later than the quickest of this connection:
    the server says its own time with each.

    Args:
        answer: To a request for the stream.
        now_s: Clock that goes on in a suspend.

    Raises:
        ContractError: It is no such stream.
        OSError: The connection is lost, or nothing has come for twelve seconds.
    """
    quickest_s: float | None = None
    event, data = "", ""
    while line := answer.readline(LONGEST_LINE):
        word, _, value = line.decode(errors="replace").rstrip("\r\n").partition(": ")
        if word == "event":
            event = value
        elif word == "data":
            data = value
        elif not word:
            if event != "state":
                yield None
                continue
            came_s = now_s()
            said_s, wanted = _read(data)
            ahead_s = came_s - said_s
            quickest_s = ahead_s if quickest_s is None else min(quickest_s, ahead_s)
            late_s = ahead_s - quickest_s
            yield Wanted(lock=wanted.lock, left_s=max(0.0, wanted.left_s - late_s))


def _read(data: str) -> tuple[float, Wanted]:
    try:
        state = json.loads(data)
        said_s, cover = float(state["now_s"]), state["cover"]
        if cover is None:
            return said_s, Wanted(lock=None, left_s=0.0)
        named = LOCK_ID.fullmatch(cover["id"])
        left_s = float(cover["left_s"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _stranger() from error
    if named is None:
        raise _stranger()
    return said_s, Wanted(lock=named[0], left_s=left_s)


def _stranger() -> ContractError:
    msg = "the server does not speak as screens of this version do"
    return ContractError(msg, next_step="update both")
