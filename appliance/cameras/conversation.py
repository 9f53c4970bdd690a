"""A short talk with a camera in the words that RTSP and HTTP share, to learn what it objects to.

FFmpeg keeps to itself why a camera did not open: a wrong password and a camera that is switched
off look the same through OpenCV. Only the configured host is spoken to: nothing is followed
elsewhere.
"""

import contextlib
import re
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from http import HTTPStatus
from http.client import HTTPException
from typing import Self
from urllib.parse import SplitResult, unquote

from appliance.cameras.login import Login

MAX_BYTES = 65536
"""Longest answer that is read; a description of a stream has about 1 kB."""

BUSY_S = 0.5
"""How long a camera takes at most to notice that somebody has hung up."""

PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
SECURE = frozenset({"rtsps", "https"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back on one request."""

    status: int
    """As in HTTP: 200 is fine."""

    headers: Message
    """By name, in any case."""

    body: str
    """Empty for HTTP, where it is an endless stream of pictures."""


class Conversation:
    """Asks one camera at a time and logs in where that is wanted; a context manager."""

    def __init__(self, url: SplitResult, *, timeout_s: float) -> None:
        """Remember whom to ask; ``ask`` connects.

        Args:
            url: Of the camera, with a password where it has one.
            timeout_s: Longest time that all requests take together, seconds.
        """
        self._scheme = url.scheme
        self._protocol = url.scheme.removesuffix("s").upper()
        self._address = url.hostname or "", url.port or PORTS[url.scheme]
        self._host = url.netloc.rpartition("@")[2]
        self._login = Login(user=unquote(url.username or ""), password=unquote(url.password or ""))
        self._until_s = time.monotonic() + timeout_s
        self._socket: socket.socket | None = None
        self._asked = 0

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        self._hang_up()

    def ask(self, method: str, target: str, **headers: str) -> Reply:
        """Send a request, a second time with the password when that is asked for.

        Args:
            method: DESCRIBE, GET and so on.
            target: What it is about.
            headers: More than every request has.

        Returns:
            The answer; with status 401 when the password was refused or there is none.

        Raises:
            OSError: Nobody is there, the connection broke, or the time is over.
            HTTPException: What came back is not the protocol of the URL.
        """
        answer = self._exchange(method, target, headers)
        challenges = answer.headers.get_all("WWW-Authenticate", [])
        if answer.status == HTTPStatus.UNAUTHORIZED and self._login.accept(challenges):
            answer = self._exchange(method, target, headers)
        if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
            # A camera of few viewers may still count the attempt that has just failed.
            time.sleep(min(BUSY_S, self._left_s()))
            answer = self._exchange(method, target, headers)
        return answer

    @property
    def login(self) -> Login:
        """What is known about logging in."""
        return self._login

    def _exchange(self, method: str, target: str, headers: Mapping[str, str]) -> Reply:
        self._asked += 1
        lines = [f"{method} {target} {self._protocol}/{'1.1' if self._is_http else '1.0'}"]
        lines += [f"Host: {self._host}"] if self._is_http else [f"CSeq: {self._asked}"]
        lines += [f"{name}: {text}" for name, text in headers.items()]
        lines += [f"Authorization: {text}" for text in self._login.authorise(method, target)]
        connection = self._connect()
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._receive(connection, received)
        head, _, body = received.partition(b"\r\n\r\n")
        first, _, rest = head.partition(b"\r\n")
        spoken = re.match(rf"{self._protocol}/\d\.\d (\d\d\d)\b", first.decode())
        if spoken is None:
            raise HTTPException
        parsed = BytesHeaderParser().parsebytes(rest)
        if not self._is_http:
            while len(body) < int(parsed.get("Content-Length", "0")):
                body += self._receive(connection, body)
        if self._is_http or parsed.get("Connection", "").lower() == "close":
            self._hang_up()
        text = "" if self._is_http else body.decode()
        return Reply(status=int(spoken[1]), headers=parsed, body=text)

    @property
    def _is_http(self) -> bool:
        return self._protocol == "HTTP"

    def _connect(self) -> socket.socket:
        if self._socket is None:
            plain = socket.create_connection(self._address, self._left_s())
            self._socket = plain
            if self._scheme in SECURE:
                # Cameras sign their own certificates, so FFmpeg takes any, and so does this.
                context = ssl.create_default_context()
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
                self._socket = context.wrap_socket(plain, server_hostname=self._address[0])
        self._socket.settimeout(self._left_s())
        return self._socket

    def _receive(self, connection: socket.socket, received: bytes) -> bytes:
        connection.settimeout(self._left_s())
        more = connection.recv(4096)
        if not more:
            raise ConnectionResetError
        if len(received) + len(more) > MAX_BYTES:
            raise HTTPException
        return more

    def _left_s(self) -> float:
        left_s = self._until_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        return left_s

    def _hang_up(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):  # gone already
                self._socket.close()
            self._socket = None
