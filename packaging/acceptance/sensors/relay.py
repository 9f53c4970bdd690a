"""A cable between a sensor and the broker, which can be cut and whose every byte can be kept."""

import contextlib
import socket
import threading
import time
from typing import Self

from appliance.mqtt.private_broker import LOOPBACK

CHUNK = 65_536
CONNECT_S = 5.0


class Relay:
    """Passes TCP connections on to a port of this machine; a context manager."""

    def __init__(self, port: int, *, keep: bool = False) -> None:
        """Open a port.

        Args:
            port: Where everything goes.
            keep: Keep what goes over it.
        """
        self._to = port
        self._keep = keep
        self._server = socket.create_server((LOOPBACK, 0))
        self.port = int(self._server.getsockname()[1])
        """Where to connect instead."""
        self.sent = bytearray()
        """What came from those who connected, if it is kept."""
        self.answered = bytearray()
        """What they got."""
        self._whole = threading.Event()
        self._whole.set()
        self._thread = threading.Thread(target=self._accept, name="relay", daemon=True)

    def __enter__(self) -> Self:
        """Take connections."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close the port; connections end with their ends."""
        self._whole.set()
        self._server.close()

    def cut(self, seconds: float) -> None:
        """Let nothing through for so long, and tell neither side, as a switch without power."""
        self._whole.clear()
        time.sleep(seconds)
        self._whole.set()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                near, _ = self._server.accept()
                self._whole.wait()
                far = socket.create_connection((LOOPBACK, self._to), CONNECT_S)
                far.settimeout(None)
                for pair in ((near, far, self.sent), (far, near, self.answered)):
                    threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, kept: bytearray) -> None:
        with contextlib.suppress(OSError):  # the other way has ended
            while data := source.recv(CHUNK):
                self._whole.wait()
                if self._keep:
                    kept += data
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
