"""A box in a process of its own, which takes orders over a line and can be killed."""

import json
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from acceptance.last_word.box import serve


class Child:
    """A process that was forked, so that it can be killed."""

    def __init__(self, work: Callable[[], None]) -> None:
        """Begin the work."""
        self._status: int | None = None
        self.pid = os.fork()
        if not self.pid:
            code = 1
            try:
                work()
                code = 0
            except BaseException:  # noqa: BLE001 - border of the process
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code)

    def kill(self) -> None:
        """End it as a power cut would, but for what the kernel has been given."""
        if self._status is None:
            os.kill(self.pid, signal.SIGKILL)
            self.wait()

    def wait(self) -> int:
        """Return its exit status."""
        if self._status is None:
            self._status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self._status


class Box:
    """A running box at the other end of a line."""

    def __init__(self, folder: Path, *, ahead_s: float) -> None:
        """Start it, and wait until it has."""
        ours, its = socket.socketpair()

        def work() -> None:
            ours.close()
            serve(its, folder, ahead_s=ahead_s)

        self._child = Child(work)
        its.close()
        self._file = ours.makefile("rwb")
        ours.close()
        self._answer()

    def do(self, *order: object) -> Any:  # noqa: ANN401 - JSON
        """Give an order and return the answer."""
        self._send(order)
        return self._answer()

    def kill_during(self, *order: object, after_s: float) -> Any:  # noqa: ANN401 - JSON
        """Give an order and kill the box; return the answer if one came before that, else None."""
        self._send(order)
        time.sleep(after_s)
        self.kill()
        try:
            text = self._file.read()
        except ConnectionResetError:  # it had not even read the order
            text = b""
        self._file.close()
        return json.loads(text) if text.endswith(b"\n") else None

    def kill(self) -> None:
        """Kill it."""
        self._child.kill()

    def stop(self) -> None:
        """Stop it as the service is stopped."""
        self.do("stop")
        self._file.close()
        self._child.wait()

    def _send(self, order: object) -> None:
        self._file.write(json.dumps(order).encode() + b"\n")
        self._file.flush()

    def _answer(self) -> Any:  # noqa: ANN401 - JSON
        text = self._file.readline()
        if not text:
            msg = f"the box has died: exit status {self._child.wait()}"
            raise RuntimeError(msg)
        return json.loads(text)
