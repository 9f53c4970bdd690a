"""Cameras that keep whoever watches them waiting: they stop in the middle of the conversation."""

import contextlib
import socket
import struct
import threading
from collections.abc import Sequence
from enum import StrEnum
from typing import Self

TRICKLE_S = 1.0
"""Time between two bytes of a camera that trickles."""

DESCRIPTION = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=dead\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 {}/90000\r\na=control:track1\r\n"
)
OK = "RTSP/1.0 200 OK\r\nCSeq: {}\r\n"
ANSWERS = {
    "OPTIONS": OK + "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n",
    "DESCRIBE": OK + "Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{}",
    "SETUP": OK + "Session: 1;timeout=1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n",
    "PLAY": OK + "Session: 1\r\n\r\n",
}
PICTURES = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=cut\r\n\r\n--cut"


class Silence(StrEnum):
    """What is the last that a camera does before it is silent."""

    ACCEPT = "accept"
    OPTIONS = "options"
    DESCRIBE = "describe"
    SETUP = "setup"
    PLAY = "play"
    TRICKLE = "trickle"
    """It goes on with a byte a second, from its first answer on."""
    HEAD = "head"
    """It promises pictures over HTTP."""
    BODY = "body"
    """It promises pictures over HTTP and sends a byte a second."""


class SilentCamera:
    """Listens on loopback, answers up to a point and never hangs up; a context manager."""

    between = b""
    """What it says before each packet."""

    def __init__(
        self,
        silence: Silence,
        *,
        codec: str = "H264",
        packets: Sequence[bytes] = (),
        fps: float = 0,
    ) -> None:
        """Choose where it stops.

        Args:
            silence: The last that it does.
            codec: Of its video, as RTSP names it.
            packets: What it still sends behind PLAY.
            fps: How many of them a second; 0 sends all at once.
        """
        self._silence = silence
        self._description = DESCRIPTION.format(codec)
        self._packets = packets
        self._period_s = 1 / fps if fps else 0.0
        self.requests: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connections: list[socket.socket] = []
        self._ending = threading.Event()

    def __enter__(self) -> Self:
        """Listen."""
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        self._ending.set()
        for connection in (self._listener, *self._connections):
            with contextlib.suppress(OSError):  # gone already
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    @property
    def url(self) -> str:
        """Where to find it."""
        scheme = "http" if self._silence in (Silence.HEAD, Silence.BODY) else "rtsp"
        return f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}/live"

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # the test is over
            while True:
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the watcher left, or the test is over
            while request := connection.recv(4096).decode():
                self.requests.append(request)
                if self._silence in (Silence.HEAD, Silence.BODY):
                    connection.sendall(PICTURES)
                    self._trickle(connection, b"x")
                    self._ending.wait()
                method = request.partition(" ")[0]
                if method not in ANSWERS:  # it says goodbye
                    return
                number = request.partition("CSeq: ")[2].partition("\r\n")[0]
                text = self._description
                answer = ANSWERS[method].format(number, len(text), text).encode()
                self._trickle(connection, answer)
                if not self._willing(method):
                    self._ending.wait()
                connection.sendall(answer)
                for packet in self._packets if method == "PLAY" else ():
                    self._ending.wait(self._period_s)
                    connection.sendall(self.between)
                    connection.sendall(struct.pack(">sBH", b"$", 0, len(packet)) + packet)

    def _trickle(self, connection: socket.socket, text: bytes) -> None:
        """Send a text for ever, a byte a second, where this is such a camera."""
        while self._silence in (Silence.TRICKLE, Silence.BODY):
            for byte in text:
                connection.sendall(bytes([byte]))
                if self._ending.wait(TRICKLE_S):
                    return

    def _willing(self, method: str) -> bool:
        """Whether the camera still answers this."""
        steps = list(ANSWERS)
        last = self._silence.upper()
        return last in steps and steps.index(method) <= steps.index(last)
