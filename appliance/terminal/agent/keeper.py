"""The lock on this computer: at most one, in a process of its own that is watched."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import structlog

from appliance.terminal.agent.hold import LONGEST_S, STEP_S, HoldOutcome
from appliance.terminal.agent.record import LastLock, LockRecord
from appliance.terminal.agent.veyon import LockableScreen
from appliance.terminal.programs import start_program

log = structlog.get_logger()

HOLDER = (sys.executable, "-m", "appliance.terminal.agent.hold")
"""What holds a lock."""
LEAST_S = 3.5
"""A lock that is over sooner is not begun."""
LEAVE_WAIT_S = 15.0
"""For the process of a lock to end; it looks out for a late one for ten seconds."""


class LockKeeper:
    """Begins and ends locks on threads of its own; no method waits for Veyon."""

    def __init__(
        self,
        screen: LockableScreen,
        *,
        folder: Path,
        now_s: Callable[[], float],
    ) -> None:
        """End what a crash has left locked.

        Args:
            screen: Of this computer.
            folder: Of the record.
            now_s: A clock that all processes share and that goes on in a suspend.

        Raises:
            StorageError: The folder cannot be used.
        """
        self._screen = screen
        self._folder = folder
        self._now_s = now_s
        self._record = LockRecord(folder)
        self._mutex = threading.Lock()
        self._closing = False
        self._holder: subprocess.Popen[bytes] | None = None
        self._guard: threading.Thread | None = None
        last = self._record.read()
        self._last_id = "" if last is None else last.id
        if last is not None and last.open:
            self._free(last.id, why="left-over")

    def want(self, lock: str | None, *, left_s: float) -> None:
        """Have the screen locked, or free.

        Args:
            lock: Id of the lock that is wanted, None for a free screen. One that was begun once
                is not begun again, and its time is not changed.
            left_s: How long it is wanted from now on, cut to 30 s.
        """
        with self._mutex:
            if self._closing or (lock == self._last_id and lock is not None):
                return
            if self._holder is not None:
                self._tell_over(self._holder)
                return  # the stream says it again, when the screen is free
            if lock is None or left_s < LEAST_S:
                return
            self._last_id = lock
            self._begin(lock, until_s=self._now_s() + min(left_s, LONGEST_S))

    @property
    def holding(self) -> bool:
        """Whether a lock is begun and not over."""
        return self._holder is not None

    def close(self) -> None:
        """End a lock and wait until it has ended; no other begins."""
        with self._mutex:
            self._closing = True
            guard = self._guard
            if self._holder is not None:
                self._tell_over(self._holder)
        if guard is not None:
            guard.join(LEAVE_WAIT_S)

    def _begin(self, lock: str, *, until_s: float) -> None:
        words = (*HOLDER, str(self._folder), lock, repr(until_s))
        holder = start_program(words, told=True, quiet=False)
        self._holder = holder
        self._guard = threading.Thread(
            target=self._watch, args=(holder, lock, until_s), name="agent.guard", daemon=True
        )
        self._guard.start()

    def _tell_over(self, holder: subprocess.Popen[bytes]) -> None:
        if holder.stdin is not None and not holder.stdin.closed:
            holder.stdin.close()

    def _watch(self, holder: subprocess.Popen[bytes], lock: str, until_s: float) -> None:
        try:
            status = self._outcome(holder, until_s)
            log.info("lock_ended", outcome=status)
            if status not in (HoldOutcome.DONE, HoldOutcome.ANOTHERS, HoldOutcome.NOT_COME):
                self._free(lock, why="holder-lost")
        except Exception:
            log.exception("lock_guard_failed")  # the border of a thread
        finally:
            with self._mutex:
                self._tell_over(holder)
                self._holder = None

    def _outcome(self, holder: subprocess.Popen[bytes], until_s: float) -> int:
        """Return how a holder ended; one that has not freed the screen at its time is ended."""
        while (status := _wait(holder, STEP_S)) is None:
            holder.send_signal(signal.SIGCONT)  # one that somebody has stopped goes on
            late = self._now_s() > until_s
            if late and self._screen.locked():
                holder.kill()
                return holder.wait()
        return status

    def _free(self, lock: str, *, why: str) -> None:
        log.warning("lock_freed", why=why)
        if self._screen.end():
            self._record.write(LastLock(id=lock, open=False))


def _wait(holder: subprocess.Popen[bytes], longest_s: float) -> int | None:
    try:
        return holder.wait(longest_s)
    except subprocess.TimeoutExpired:
        return None
