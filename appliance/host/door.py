"""The door on the box itself: what commands ask a running service.

A Unix socket in the run-time folder, so that it is there without a broker and gone with the
service. One JSON object a line: a question ``{"ask": "status", …}``, then answers until the door
closes; ``{"error": "…"}`` is an answer too. Only root and the service's own user are let in.
"""

import contextlib
import json
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import structlog

from appliance.errors import ApplianceError, DoorError

DOOR_NAME = "box.sock"
LONGEST_LINE = 65_536
MOST_VISITORS = 8
"""Each has a thread; one who comes when all are busy is sent away."""

PATIENCE_S = 5.0
"""A visitor who says nothing, or takes no answer, for so long is shown out."""

Answer = Mapping[str, Any]
Asks = Mapping[str, Callable[[Answer], Iterable[Answer]]]
"""What can be asked, by name; the answers may come one after the other for minutes."""


class Door:
    """A part of the box that answers; the questions are the caller's."""

    def __init__(self, folder: Path, asks: Asks, *, identity: str) -> None:
        """Prepare the door; ``start`` opens it.

        Args:
            folder: Where the socket stands; it exists and belongs to the service.
            asks: What can be asked.
            identity: Of the box; a visitor who means another one is refused.
        """
        self._folder = folder
        self._asks = asks
        self._identity = identity
        self._socket: socket.socket | None = None
        self._free = threading.BoundedSemaphore(MOST_VISITORS)
        self._stopping = threading.Event()
        self._log = structlog.get_logger()

    def start(self) -> None:
        """Open the door; a box whose door does not open works without one and says so."""
        try:
            self._socket = self._open()
        except OSError as error:
            self._log.warning("door_not_opened", folder=str(self._folder), error=str(error))
            return
        threading.Thread(target=self._run, args=(self._socket,), name="door", daemon=True).start()

    def stop(self) -> None:
        """Close the door; who still waits for an answer gets no more."""
        self._stopping.set()
        if self._socket is None:
            return
        self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread, which ends
        self._socket.close()
        with contextlib.suppress(OSError):  # the disk may have become read-only
            (self._folder / DOOR_NAME).unlink()

    def _open(self) -> socket.socket:
        with contextlib.suppress(FileNotFoundError):
            (self._folder / DOOR_NAME).unlink()  # of a process that was killed
        door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            with door_address(self._folder) as address:
                door.bind(address)
            (self._folder / DOOR_NAME).chmod(0o600)
            door.listen(MOST_VISITORS)
        except OSError:
            door.close()
            raise
        return door

    def _run(self, door: socket.socket) -> None:
        while not self._stopping.is_set():
            try:
                visitor, _ = door.accept()
            except OSError:
                self._stopping.wait(1.0)  # out of descriptors, for example
                continue
            if not self._free.acquire(blocking=False):
                visitor.close()
                continue
            threading.Thread(
                target=self._receive, args=(visitor,), name="door.visitor", daemon=True
            ).start()

    def _receive(self, visitor: socket.socket) -> None:
        try:
            with visitor, visitor.makefile("rb") as lines:
                visitor.settimeout(PATIENCE_S)
                answers = self._answers(visitor, lines.readline(LONGEST_LINE))
                for answer in answers:
                    if self._stopping.is_set():
                        return
                    visitor.sendall(json.dumps(answer).encode() + b"\n")
        except OSError:
            pass  # the visitor has gone
        except Exception:  # noqa: BLE001 - border of the thread: the next visitor is let in
            self._log.exception("door_failed")
        finally:
            self._free.release()

    def _answers(self, visitor: socket.socket, line: bytes) -> Iterator[Answer]:
        try:
            _require_friend(visitor)
            question = _read(line)
            if question.get("box") != self._identity:
                msg = "another box is running here; look at --config"
                raise DoorError(msg)
            answer = self._asks.get(str(question.get("ask")))
            if answer is None:
                msg = f"the running box does not know {question.get('ask')!r}; restart it"
                raise DoorError(msg)
            yield from answer(question)
        except ApplianceError as error:
            yield {"error": str(error)}


@contextlib.contextmanager
def door_address(folder: Path) -> Iterator[str]:
    """Yield the socket's address; a path of its own may be longer than an address can be.

    Source: unix(7): 108 bytes at most.
    """
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{DOOR_NAME}"
    finally:
        os.close(descriptor)


def _require_friend(visitor: socket.socket) -> None:
    """Let in root and the service's own user, whatever the socket's mode says."""
    peer = visitor.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", peer)
    if uid not in (0, os.geteuid()):
        msg = "only root and the service's own user may ask"
        raise DoorError(msg)


def _read(line: bytes) -> dict[str, Any]:
    try:
        question = json.loads(line)
    except ValueError:
        question = None
    if not isinstance(question, dict):
        msg = "a question is one JSON object on one line"
        raise DoorError(msg)
    return question
