"""Why a network camera gives no picture, and what to do, in the words of an operator."""

import os
import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EIO
from http import HTTPStatus
from http.client import HTTPException
from urllib.parse import SplitResult

from appliance.cameras.feed import FeedError
from appliance.cameras.network.conversation import PORTS, Reply
from appliance.cameras.network.login import Login

MOVED = frozenset({301, 302, 303, 305, 307, 308})

STATUS = {
    403: "this user may not see the stream (403); allow it in the camera's settings",
    404: "the camera has no stream at this path (404); look the path up in its manual",
    453: "the camera serves no more viewers (453); close the others",
    454: "the camera serves no more viewers (454); close the others",
    461: "the camera does not send over TCP (461); switch RTSP over TCP on in its settings",
    503: "the camera serves no more viewers (503); close the others",
}
AWAY: tuple[tuple[type[OSError], str], ...] = (
    (ssl.SSLError, "port {port} does not speak TLS; check scheme and port of source"),
    (socket.gaierror, "no such host; check its name, or write its IP address"),
    (TimeoutError, "no answer; check that the camera is on and in this network, or restart it"),
    (ConnectionRefusedError, "nobody listens on port {port}; check it, and switch the stream on"),
    (ConnectionError, "port {port} hangs up at once; check it, or restart the camera"),
)


@contextmanager
def opening(url: SplitResult) -> Iterator[None]:
    """Turn what goes wrong while a camera is asked for its stream into a ``FeedError``.

    Args:
        url: Of the camera.
    """
    port = url.port or PORTS[url.scheme]
    try:
        yield
    except OSError as error:
        raise FeedError(_explain_connection(error, port)) from error
    except (HTTPException, ValueError) as error:  # neither lines nor text of the protocol
        word = "HTTP" if url.scheme.startswith("http") else "RTSP"
        msg = f"port {port} does not speak {word}; check scheme and port of source"
        raise FeedError(msg) from error


@contextmanager
def streaming(timeout_s: float) -> Iterator[None]:
    """Turn what goes wrong while pictures come into a ``FeedError``.

    Args:
        timeout_s: How long the next picture was waited for, seconds.
    """
    try:
        yield
    except TimeoutError as error:
        msg = f"sent no picture for {timeout_s:g} s"
        raise FeedError(msg) from error
    except OSError as error:
        msg = "ended the stream"
        raise FeedError(msg) from error
    except (HTTPException, ValueError, IndexError, struct.error) as error:
        msg = "sends what is no stream; restart it"
        raise FeedError(msg) from error


def require_ok(reply: Reply, login: Login) -> None:
    """Say what an answer objects to.

    Raises:
        FeedError: It is another than 200.
    """
    if reply.status != HTTPStatus.OK:
        raise FeedError(_explain_status(reply.status, login))


def _explain_connection(error: OSError, port: int) -> str:
    known = (text for kind, text in AWAY if isinstance(error, kind))
    reason = os.strerror(error.errno or EIO)
    return next(known, f"no connection ({reason}); check address and cable").format(port=port)


def _explain_status(status: int, login: Login) -> str:
    if status == HTTPStatus.UNAUTHORIZED:
        if login.foreign:
            return f"the camera wants a log-in by {login.foreign}; allow Digest MD5 or Basic in it"
        if login.known:
            return (
                "user name or password refused (401); put right what stands before the @ of "
                "source, special characters as %XX"
            )
        return "the camera wants a password (401); write USER:PASSWORD@ before the host in source"
    if status in MOVED:
        return f"the camera points elsewhere ({status}); write the final address into source"
    return STATUS.get(status, f"the camera refuses with {status}; look it up in its manual")
