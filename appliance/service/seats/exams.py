"""Exams that a teacher has announced: for the whole room or for one seat, through every restart."""

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

import structlog

from appliance.domain.seats import SeatKey
from appliance.errors import StorageError
from appliance.ports import Clock
from appliance.storage.pause import PauseFile, PauseNote

EXAM_FILE = "exam"

LONGEST_S = 8 * 3600.0
"""A school day: an exam that nobody has ended must not silence the box for weeks."""

UNSTORED = "not stored: it ends with a restart of the box"

_NEVER = float("-inf")


class Exams:
    """Knows where a teacher has said that nothing may lock or interrupt; any thread may call.

    It counts from the call on and is kept second. It ends by itself after ``LONGEST_S`` of
    monotonic time; how much of that a restart leaves follows from the wall clock, and a clock that
    has gone back leaves all of it.
    """

    def __init__(self, *, seats: Iterable[SeatKey], state_dir: Path, clock: Clock) -> None:
        """Name the files; the first ``follow`` reads what the last run has kept.

        Args:
            seats: Of the configuration.
            state_dir: Folder of the files.
            clock: Wall and monotonic time.
        """
        self._files: dict[SeatKey | None, PauseFile] = {
            seat: PauseFile(state_dir, seat=seat, name=EXAM_FILE) for seat in (None, *seats)
        }
        self._clock = clock
        self._lock = threading.Lock()
        self._notes: dict[SeatKey | None, PauseNote] = {}
        self._ends_s: dict[SeatKey | None, float] = {}
        self._unstored: set[SeatKey | None] = set()
        self._read = False
        self._log = structlog.get_logger()

    def on(self, seat: SeatKey) -> bool:
        """Tell whether nothing may lock or interrupt on a seat."""
        return self._lasts(None) or self._lasts(seat)

    @property
    def whole_room(self) -> bool:
        """True while it is the room's, which ends for all seats at once."""
        return self._lasts(None)

    def begin(self, seat: SeatKey | None, *, actor: str) -> str:
        """Announce an exam, or begin its time anew.

        Args:
            seat: Where; None for the whole room.
            actor: Role and client that ask.

        Returns:
            What could not be kept; empty when everything was.
        """
        note = PauseNote.take(actor=actor, why="", since_s=self._clock.wall_s())
        with self._lock:
            self._notes[seat] = note
            self._ends_s[seat] = self._clock.monotonic_s() + LONGEST_S
            lacking = self._keep(seat)
        self._log.info("exam", seat=seat, on=True, actor=actor, lacking=lacking)
        return lacking

    def end(self, seat: SeatKey | None, *, actor: str) -> None:
        """End the exam of a seat; that of the room with those of all its seats.

        Raises:
            StorageError: A file could not be taken off the disk: that exam goes on.
        """
        with self._lock:
            for each in [seat] if seat is not None else [*self._files]:
                if each in self._notes:
                    self._forget(each)
        self._log.info("exam", seat=seat, on=False, actor=actor)

    def running(self) -> Mapping[str, str]:
        """Return who has announced each and when, for people; the room's key is ``room``."""
        with self._lock:
            notes = {seat: note for seat, note in self._notes.items() if self._lasts(seat)}
        return {seat or "room": _in_words(note) for seat, note in notes.items()}

    def follow(self) -> None:
        """Take over what the last run has kept, end what is over, keep what could not be kept."""
        with self._lock:
            if not self._read:
                self._take_over()
                self._read = True
            for seat in [each for each in self._notes if not self._lasts(each)]:
                self._log.info("exam", seat=seat, on=False, actor="its time is over")
                try:
                    self._forget(seat)
                except StorageError as error:  # the next start finds it as old
                    self._log.warning("exam_file_left", seat=seat, error=str(error))
                    self._drop(seat)
            for seat in [*self._unstored]:
                self._keep(seat)

    def _lasts(self, seat: SeatKey | None) -> bool:
        return self._clock.monotonic_s() < self._ends_s.get(seat, _NEVER)

    def _take_over(self) -> None:
        for seat, file in self._files.items():
            note = file.read()
            if note is None or seat in self._notes:
                continue
            # A file without a time is one that could not be written in full: it counts from now on.
            age_s = self._clock.wall_s() - note.since_s if note.since_s else 0.0
            self._notes[seat] = note
            self._ends_s[seat] = self._clock.monotonic_s() + LONGEST_S - max(0.0, age_s)

    def _forget(self, seat: SeatKey | None) -> None:
        self._files[seat].remove()
        self._drop(seat)

    def _drop(self, seat: SeatKey | None) -> None:
        self._notes.pop(seat, None)
        self._ends_s.pop(seat, None)
        self._unstored.discard(seat)

    def _keep(self, seat: SeatKey | None) -> str:
        try:
            self._files[seat].write(self._notes[seat])
        except StorageError as error:
            self._unstored.add(seat)
            return f"{UNSTORED} ({error})"
        self._unstored.discard(seat)
        return ""


def _in_words(note: PauseNote) -> str:
    """Say since when and by whom; what could not be kept is left out."""
    begun = datetime.fromtimestamp(note.since_s).astimezone() if note.since_s else None
    since = f"since {begun:%H:%M}, " if begun else ""
    return f"{since}announced by {note.actor}"
