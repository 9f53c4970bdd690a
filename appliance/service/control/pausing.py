"""A pause that somebody asked for: it counts at once, is kept, and survives every restart."""

import threading

import structlog

from appliance.domain.seats import SeatKey
from appliance.errors import StorageError
from appliance.ports import Clock
from appliance.service.control.closures import Closure, Closures
from appliance.storage.pause import PauseFile, PauseNote
from appliance.storage.tables.audit import Audit

UNSTORED = "not stored: it ends with a restart of the box"


class Pausing:
    """Closes the cameras, or one seat, for people who ask; any thread may call."""

    def __init__(
        self,
        *,
        closures: Closures,
        file: PauseFile,
        audit: Audit,
        clock: Clock,
        seat: SeatKey | None = None,
    ) -> None:
        """Connect; ``follow`` takes over what the last run, or a command beside it, has kept.

        Args:
            closures: What keeps the cameras, or the seat, closed.
            file: Keeps the pause.
            audit: Keeps who asked.
            clock: Wall time.
            seat: The seat it is about; None for all cameras.
        """
        self._closures = closures
        self._file = file
        self._audit = audit
        self._clock = clock
        self._seat = seat
        self._lock = threading.Lock()
        self._note: PauseNote | None = None
        self._unstored: PauseNote | None = None
        self._log = structlog.get_logger()

    @property
    def asked_by(self) -> str | None:
        """Role whose pause it is; None where there is none."""
        note = self._note
        return None if note is None else note.actor

    def pause(self, *, actor: str, why: str = "") -> str:
        """Close until somebody resumes.

        Closed first and kept second: a disk that hangs must not delay a "no".

        Args:
            actor: Role that asks, for the audit and the status.
            why: In their words; only its beginning is kept.

        Returns:
            What could not be kept; empty when everything was.
        """
        asked = PauseNote.take(actor=actor, why=why, since_s=self._clock.wall_s())
        with self._lock:
            note = asked.after(self._note)
            self._closures.close(Closure.PAUSE, why=str(note))
            lacking = self._keep(note)
        self._log.info("paused", seat=self._seat, actor=actor, lacking=lacking)
        try:
            self._audit.record("control_pause", actor=actor, seat=self._seat, detail=asked.why)
        except StorageError as error:
            lacking = lacking or f"not on record: {error}"
        return lacking

    def resume(self, *, actor: str) -> str:
        """Take the pause back.

        Returns:
            What else keeps them closed; empty when they open.

        Raises:
            StorageError: It could not be put on record or taken off the disk: still paused.
        """
        self._audit.record("control_resume", actor=actor, seat=self._seat)
        with self._lock:
            self._file.remove()
            self._note = self._unstored = None
            self._closures.open(Closure.PAUSE)
        self._log.info("resumed", seat=self._seat, actor=actor)
        still = (f"{closure}: {why}" for closure, why in self._closures.reasons().items())
        return "; ".join(still)

    def follow(self) -> None:
        """Obey a file that appeared, and try again to keep what could not be kept.

        A file that vanished opens nothing: it may be the disk that has lost it.
        """
        with self._lock:
            if self._unstored is not None:
                self._keep(self._unstored)
            elif Closure.PAUSE not in self._closures.reasons():
                note = self._file.read()
                if note is not None:
                    self._note = note
                    self._closures.close(Closure.PAUSE, why=str(note))
                    self._log.info("paused", seat=self._seat, actor=note.actor, lacking="")

    def _keep(self, note: PauseNote) -> str:
        """Write the file, and say with the pause whether it will last; inside the lock."""
        self._note, why = note, str(note)
        try:
            self._file.write(note)
        except StorageError as error:
            self._unstored = note
            self._closures.close(Closure.PAUSE, why=f"{why} ({UNSTORED})")
            return f"{UNSTORED} ({error})"
        self._unstored = None
        self._closures.close(Closure.PAUSE, why=why)
        return ""
