"""An exam that a teacher has announced: nothing locks, nothing interrupts, on any seat or one."""

import json
import os
import threading
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

import structlog

from appliance.domain.interventions import TaskContext
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.terminals import ControlReply, ControlRequest, ControlStatus
from appliance.errors import StorageError
from appliance.ports import Clock
from appliance.storage.folder import open_private

EXAM_FILE = "exam"
LONGEST_S = 8 * 3600.0
"""A teacher who forgets to end one has not turned the box off for the term."""

ROOM = ""
"""In the place of a seat: the whole room."""


class Exams:
    """Which seats write an exam; any thread may call.

    Kept in a file of the state folder, so that a restart in the middle of an exam locks nobody's
    screen. One that cannot be read counts as an exam of the whole room: it is the quieter mistake.
    """

    def __init__(self, state_dir: Path, *, seats: Collection[SeatKey], clock: Clock) -> None:
        """Take over what the last run has kept.

        Args:
            state_dir: Folder of the file.
            seats: Of the configuration.
            clock: Wall time of their ends.
        """
        self._path = state_dir / EXAM_FILE
        self._seats = frozenset(seats)
        self._clock = clock
        self._lock = threading.Lock()
        self._log = structlog.get_logger()
        self._ends_s = self._read()

    def on(self, seat: SeatKey) -> bool:
        """Tell whether a seat writes an exam."""
        now_s = self._clock.wall_s()
        with self._lock:
            ends_s = max(self._ends_s.get(where, 0.0) for where in (ROOM, seat))
        return now_s < ends_s

    def where(self) -> list[str]:
        """Return the seats that write one; ``room`` alone where all of them do."""
        now_s = self._clock.wall_s()
        with self._lock:
            on = [where for where, ends_s in self._ends_s.items() if now_s < ends_s]
        return ["room"] if ROOM in on else sorted(on)

    def take(self, request: ControlRequest) -> ControlReply:
        """Begin or end one, as a teacher asks.

        Raises:
            StorageError: It counts, and ends with a restart.
        """
        where = ROOM if request.seat is None else request.seat
        with self._lock:
            if request.on:
                self._ends_s[where] = self._clock.wall_s() + LONGEST_S
            elif where == ROOM:
                self._ends_s.clear()
            else:
                self._ends_s.pop(where, None)
            self._log.info("exam", seat=request.seat, on=request.on)
            self._keep()
        still = not request.on and request.seat is not None and self.on(request.seat)
        detail = "the whole room writes an exam, and this seat with it" if still else ""
        return ControlReply(status=ControlStatus.DONE, detail=detail)

    def context(
        self,
        told: Callable[[SeatKey], TaskContext | None],
        *,
        quiet: Callable[[SeatKey], bool],
    ) -> Callable[[SeatKey], TaskContext | None]:
        """Return what a student is doing where an announced exam counts like the terminal's word.

        Args:
            told: What the terminals say.
            quiet: Tells where nothing may interrupt for another reason.
        """

        def known(seat: SeatKey) -> TaskContext | None:
            context = told(seat)
            if not (self.on(seat) or quiet(seat)):
                return context
            if context is None:
                return TaskContext(terminal=TerminalKey(seat), exam=True)
            return replace(context, exam=True)

        return known

    def _read(self) -> dict[str, float]:
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, encoding="utf-8") as file:
                kept = json.load(file)
            latest_s = self._clock.wall_s() + LONGEST_S
            return {
                str(where): min(float(ends_s), latest_s)
                for where, ends_s in kept.items()
                if where == ROOM or where in self._seats
            }
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError):
            self._log.warning("exam_unreadable", file=str(self._path))
            return {ROOM: self._clock.wall_s() + LONGEST_S}

    def _keep(self) -> None:
        """Replace the file as a whole; inside the lock."""
        fresh = self._path.with_name(f"{EXAM_FILE}.new")
        try:
            with os.fdopen(
                open_private(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "w", encoding="utf-8"
            ) as file:
                json.dump(self._ends_s, file)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        except OSError as error:
            msg = f"{self._path}: {error.strerror}; it counts, and ends with a restart"
            raise StorageError(msg) from error
