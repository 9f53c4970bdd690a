"""A host on loopback that says fixed words to whoever connects, one after another."""

import contextlib
import socket
import threading
from collections.abc import Sequence
from typing import Self


class ScriptedHost:
    """Answers each request on any connection with the next of its answers; a context manager."""

    def __init__(self, *answers: bytes) -> None:
        """Take the answers; an empty one hangs up, and behind the last it is silent."""
        self._answers: Sequence[bytes] = answers
        self.requests: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._connections: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        """Answer."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        for connection in (self._listener, *self._connections):
            with contextlib.suppress(OSError):  # never connected, or gone
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self._thread.join()

    def _serve(self) -> None:
        answers = list(self._answers)
        with contextlib.suppress(OSError):  # hung up
            while True:
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                while request := connection.recv(4096):
                    self.requests.append(request.decode("latin-1"))
                    answer = answers.pop(0) if answers else None
                    if answer == b"":
                        connection.shutdown(socket.SHUT_RDWR)
                    elif answer is not None:
                        connection.sendall(answer)
