"""A network camera: motion JPEG over HTTP, which can be killed, stalled and brought back."""

import contextlib
import socket
import struct
import threading
from base64 import b64encode
from collections.abc import Mapping
from typing import Self

import cv2

from tests.support.clips import picture

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=cut\r\n\r\n"

CHALLENGE = (
    b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=camera\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)
PASSWORD = b"Authorization: Basic " + b64encode(b"teacher:s3cret")


def jpeg_of(number: int) -> bytes:
    """Return a numbered picture as a camera sends it."""
    return cv2.imencode(".jpg", picture(number))[1].tobytes()


def jpeg_announcing(width: int, height: int) -> bytes:
    """Return a picture of some hundred bytes with another size in its head (T.81, B.2.2)."""
    jpeg = jpeg_of(0)
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]


class MjpegServer:
    """Serves numbered pictures on loopback, to whoever knows the password.

    Keeps its port over a restart.
    """

    def __init__(
        self,
        *,
        fps: float = 100.0,
        still: bool = False,
        special: Mapping[int, bytes] | None = None,
    ) -> None:
        """Start serving.

        Args:
            fps: Pictures per second.
            still: Send the same picture for ever.
            special: What it sends instead of some pictures, by their numbers.
        """
        self._period_s = 1 / fps
        self._still = still
        self._special = special or {}
        self._port = 0
        self._flowing = threading.Event()
        self._flowing.set()
        self._connections: list[socket.socket] = []
        self.requests: list[bytes] = []
        self.start()

    def __enter__(self) -> Self:
        """Serve for the length of a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Kill the server."""
        self.kill()

    @property
    def url(self) -> str:
        """Address with a user, a password and a key that must never be shown."""
        return f"http://teacher:s3cret@127.0.0.1:{self._port}/live.mjpg?key=hunter2"

    def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def kill(self) -> None:
        """Close everything at once, as a power cut does."""
        for connection in [self._listener, *self._connections]:
            with contextlib.suppress(OSError):  # already gone
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self._connections.clear()

    def stall(self) -> None:
        """Send nothing more, but keep sockets open and go on accepting."""
        self._flowing.clear()

    def flow(self) -> None:
        """Send again."""
        self._flowing.set()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:  # killed
                return
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        number = 0
        pause = threading.Event()
        try:
            request = connection.recv(4096)
            self.requests.append(request)
            self._flowing.wait()
            if PASSWORD not in request:
                connection.sendall(CHALLENGE)
                connection.close()
                return
            connection.sendall(HEAD)
            while True:
                self._flowing.wait()
                jpeg = self._special.get(number) or jpeg_of(0 if self._still else number)
                part = b"--cut\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"
                connection.sendall(part % len(jpeg) + jpeg + b"\r\n")
                number += 1
                pause.wait(self._period_s)
        except OSError:  # the client left, or the server was killed
            return
