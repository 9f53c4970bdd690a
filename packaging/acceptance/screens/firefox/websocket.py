"""As much of a WebSocket (RFC 6455) as talks to a browser on this machine: whole texts, no TLS."""

import base64
import os
import select
import socket
import struct

from appliance.errors import ApplianceError
from appliance.mqtt.private_broker import LOOPBACK

CONTINUED, TEXT, CLOSE, PING, PONG = 0x0, 0x1, 0x8, 0x9, 0xA
FINAL, MASKED = 0x80, 0x80
TWO_BYTES, EIGHT_BYTES = 126, 127
"""Lengths that say how long the length is."""

PATIENCE_S = 60.0
"""For the rest of what has begun."""


class WebSocket:
    """One connection; for one thread only."""

    def __init__(self, port: int, path: str) -> None:
        """Connect.

        Raises:
            ApplianceError: Whoever listens there speaks something else.
            OSError: Nobody does.
        """
        self._socket = socket.create_connection((LOOPBACK, port), timeout=PATIENCE_S)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: {LOOPBACK}:{port}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}",
        ]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += self._exactly(1)
        if b" 101 " not in answer.partition(b"\r\n")[0]:
            msg = f"no WebSocket on port {port}: {answer[:100]!r}"
            raise ApplianceError(msg)

    def send(self, text: str) -> None:
        """Send a text."""
        self._send(TEXT, text.encode())

    def receive(self, timeout_s: float) -> str | None:
        """Return the next text, None when none begins in time.

        Raises:
            ConnectionError: The other side has ended it.
        """
        whole = b""
        while select.select([self._socket], [], [], 0.0 if whole else timeout_s)[0] or whole:
            final, kind, payload = self._frame()
            if kind == CLOSE:
                msg = "the browser has closed the connection"
                raise ConnectionError(msg)
            if kind == PING:
                self._send(PONG, payload)
            elif kind in (TEXT, CONTINUED):
                whole += payload
                if final:
                    return whole.decode()
        return None

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _frame(self) -> tuple[bool, int, bytes]:
        first, second = self._exactly(2)
        length = second & ~MASKED  # a server masks nothing
        if length == TWO_BYTES:
            (length,) = struct.unpack("!H", self._exactly(2))
        elif length == EIGHT_BYTES:
            (length,) = struct.unpack("!Q", self._exactly(8))
        return bool(first & FINAL), first & 0x0F, self._exactly(length)

    def _send(self, kind: int, payload: bytes) -> None:
        length = len(payload)
        if length < TWO_BYTES:
            head = struct.pack("!BB", FINAL | kind, MASKED | length)
        elif length < 1 << 16:
            head = struct.pack("!BBH", FINAL | kind, MASKED | TWO_BYTES, length)
        else:
            head = struct.pack("!BBQ", FINAL | kind, MASKED | EIGHT_BYTES, length)
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        self._socket.sendall(head + mask + masked)

    def _exactly(self, count: int) -> bytes:
        found = bytearray()
        while len(found) < count:
            piece = self._socket.recv(count - len(found))
            if not piece:
                msg = "the browser is gone"
                raise ConnectionError(msg)
            found += piece
        return bytes(found)
