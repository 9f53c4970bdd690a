"""One connection to a camera; nothing on it is waited for longer than allowed."""

import contextlib
import socket
import ssl
import time

CHUNK = 65536


class CameraLine:
    """Connects to one host and reads ahead; a deadline holds for everything together.

    A time-out of the socket alone would start anew with every byte, and a camera that sends one a
    second would hold its thread for ever.
    """

    def __init__(self, address: tuple[str, int], *, secure: bool, timeout_s: float) -> None:
        """Connect.

        Args:
            address: Host and port.
            secure: Over TLS. Cameras sign their own certificates: any is taken.
            timeout_s: As for ``allow``; resolving the name comes on top.

        Raises:
            OSError: Nobody is there, or the time is over.
        """
        self._received = bytearray()
        self.allow(timeout_s)
        plain = socket.create_connection(address, self._left_s())
        self._socket = plain
        if secure:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            try:
                self._socket = context.wrap_socket(plain, server_hostname=address[0])
            except BaseException:
                plain.close()
                raise

    def allow(self, timeout_s: float) -> None:
        """Set the longest time that all waiting from now on takes together, seconds."""
        self._until_s = time.monotonic() + timeout_s

    def send(self, text: bytes) -> None:
        """Send all of a text.

        Raises:
            OSError: The connection broke, or the time is over.
        """
        self._socket.settimeout(self._left_s())
        self._socket.sendall(text)

    def take(self, count: int) -> bytes:
        """Return exactly so many bytes.

        Raises:
            OSError: The connection ended, or the time is over.
        """
        while len(self._received) < count:
            self._receive()
        return self._cut(count)

    def take_until(self, mark: bytes, *, limit: int) -> bytes:
        """Return what comes before a mark, which is dropped.

        Raises:
            OSError: The connection ended, or the time is over.
            ValueError: More than ``limit`` bytes came without it.
        """
        while (end := self._received.find(mark)) < 0:
            if len(self._received) > limit:
                raise ValueError
            self._receive()
        text = self._cut(end)
        self._cut(len(mark))
        return text

    def take_some(self, limit: int = CHUNK) -> bytes:
        """Return what is there, at least one byte and at most ``limit``.

        Raises:
            OSError: The connection ended, or the time is over.
        """
        if not self._received:
            self._receive()
        return self._cut(min(limit, len(self._received)))

    def close(self) -> None:
        """Hang up; a second call does nothing."""
        with contextlib.suppress(OSError):  # gone already
            self._socket.close()

    def _cut(self, count: int) -> bytes:
        text = bytes(self._received[:count])
        del self._received[:count]
        return text

    def _receive(self) -> None:
        self._socket.settimeout(self._left_s())
        more = self._socket.recv(CHUNK)
        if not more:
            raise ConnectionResetError
        self._received += more

    def _left_s(self) -> float:
        left_s = self._until_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        return left_s
