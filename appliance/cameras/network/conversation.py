"""Requests to a camera and its answers, in the words that RTSP and HTTP share.

Only the configured host is spoken to: nothing is followed elsewhere.
"""

import re
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from http import HTTPStatus
from http.client import HTTPException
from urllib.parse import SplitResult, unquote

from appliance.cameras.network.line import CameraLine
from appliance.cameras.network.login import Login

MAX_BYTES = 65536
"""Longest answer that is read; a description of a stream has about 1 kB."""

BUSY_S = 0.5
"""How long a camera takes at most to notice that somebody has hung up."""

INTERLEAVED = b"$"
"""Before a packet of the stream itself (RFC 2326, 10.12)."""

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
    """Empty for HTTP, where it is an endless stream of pictures; ``line`` has it."""


class Conversation:
    """Asks one camera and logs in where that is wanted."""

    def __init__(self, url: SplitResult, *, timeout_s: float) -> None:
        """Remember whom to ask; ``ask`` connects.

        Args:
            url: Of the camera, with a password where it has one.
            timeout_s: Longest time that all requests take together, seconds.
        """
        self._protocol = url.scheme.removesuffix("s").upper()
        self._secure = url.scheme in SECURE
        self._address = url.hostname or "", url.port or PORTS[url.scheme]
        self._host = url.netloc.rpartition("@")[2]
        self._until_s = time.monotonic() + timeout_s
        self._line: CameraLine | None = None
        self._asked = 0
        self.login = Login(user=unquote(url.username or ""), password=unquote(url.password or ""))
        """What is known about logging in."""

    @property
    def line(self) -> CameraLine:
        """The connection; behind an answer of HTTP it goes on with the body.

        Raises:
            OSError: Nobody is there, or the time is over.
        """
        if self._line is None:
            self._line = CameraLine(self._address, secure=self._secure, timeout_s=self._left_s())
        return self._line

    def close(self) -> None:
        """Hang up; a second call does nothing."""
        if self._line is not None:
            self._line.close()
            self._line = None

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
            ValueError: The same.
        """
        answer = self._exchange(method, target, headers)
        challenges = answer.headers.get_all("WWW-Authenticate", [])
        if answer.status == HTTPStatus.UNAUTHORIZED and self.login.accept(challenges):
            answer = self._exchange(method, target, headers)
        if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
            # A camera of few viewers may still count the connection that has just been lost.
            time.sleep(min(BUSY_S, self._left_s()))
            answer = self._exchange(method, target, headers)
        return answer

    def send(self, method: str, target: str, **headers: str) -> None:
        """Send a request without waiting for its answer.

        Raises:
            OSError: Nobody is there, the connection broke, or the time is over.
        """
        self._asked += 1
        lines = [f"{method} {target} {self._protocol}/{'1.1' if self._is_http else '1.0'}"]
        lines += [f"Host: {self._host}"] if self._is_http else [f"CSeq: {self._asked}"]
        lines += [f"{name}: {text}" for name, text in headers.items()]
        lines += [f"Authorization: {text}" for text in self.login.authorise(method, target)]
        self.line.send(("\r\n".join(lines) + "\r\n\r\n").encode())

    def receive(self, begun: bytes = b"") -> Reply:
        """Return the next answer; packets of the stream and requests before it are dropped.

        Args:
            begun: What was taken of it already.

        Raises:
            OSError: The connection broke, or the time is over.
            HTTPException: What came back is not the protocol of the URL.
            ValueError: The same.
        """
        while True:
            begun = begun or self._skip_packets()
            head = begun + self.line.take_until(b"\r\n\r\n", limit=MAX_BYTES)
            begun = b""
            first, _, rest = head.partition(b"\r\n")
            spoken = re.match(rf"{self._protocol}/\d\.\d (\d\d\d)\b", first.decode())
            parsed = BytesHeaderParser().parsebytes(rest)
            body = "" if self._is_http else self._take_body(parsed)
            if spoken is not None:
                return Reply(status=int(spoken[1]), headers=parsed, body=body)
            if self._is_http or not first.endswith(b" RTSP/1.0"):
                raise HTTPException

    def _skip_packets(self) -> bytes:
        """Return what the next answer begins with."""
        while not self._is_http and (begun := self.line.take(1)) == INTERLEAVED:
            self.line.take(struct.unpack(">xH", self.line.take(3))[0])
        return b"" if self._is_http else begun

    def _take_body(self, headers: Message) -> str:
        length = int(headers.get("Content-Length", "0"))
        if not 0 <= length <= MAX_BYTES:
            raise HTTPException
        return self.line.take(length).decode()

    def _exchange(self, method: str, target: str, headers: Mapping[str, str]) -> Reply:
        if self._is_http:
            self.close()  # what is left of an answer before would be taken for this one
        if self._line is not None:
            self._line.allow(self._left_s())
        self.send(method, target, **headers)
        reply = self.receive()
        if not self._is_http and reply.headers.get("Connection", "").lower() == "close":
            self.close()
        return reply

    @property
    def _is_http(self) -> bool:
        return self._protocol == "HTTP"

    def _left_s(self) -> float:
        left_s = self._until_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        return left_s
