"""A pause on disk: a file of its own, whose existence means that nobody is looked at.

Not a row of ``privacy.db``: a database that is damaged is moved aside and begun afresh, and a "no"
must not go with it. For the same reason a file that is empty or cannot be read is a pause.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from appliance.domain.seats import SeatKey
from appliance.errors import StorageError
from appliance.storage.folder import open_private, read_kept

PAUSE_FILE = "paused"

OPERATOR = "operator"
"""Role of whoever types a command at the box."""

STUDENT = "seat/"
"""Begins the role of a terminal, which takes back no pause but its own."""

LONGEST_WHY = 200
"""Characters of a reason; it stands in every status message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseNote:
    """Who closed the cameras, and why."""

    actor: str = "somebody"
    """Role that asked for it."""

    why: str = ""
    """In the words of whoever asked; may be empty."""

    since_s: float = 0.0
    """Wall time; 0 where it could not be kept."""

    @classmethod
    def take(cls, *, actor: str, why: str, since_s: float) -> Self:
        """Note what somebody said, as one line of a length that can be shown."""
        return cls(actor=actor, why=" ".join(why.split())[:LONGEST_WHY], since_s=since_s)

    def after(self, first: Self | None) -> Self:
        """Return the note that stands.

        A pause without a why keeps the first one's words, and a student's does not take the place
        of anybody else's: the student could end it then.
        """
        if first is None:
            return self
        weaker = self.actor.startswith(STUDENT) and first.actor != self.actor
        return first if weaker or (first.why and not self.why) else self

    def __str__(self) -> str:
        """Say who asked for it, and why."""
        by = "at the box" if self.actor == OPERATOR else f"by {self.actor}"
        asked = f"asked for {by}"
        return f"{asked}: {self.why}" if self.why else asked


class PauseFile:
    """The file ``paused`` of a state folder, or ``paused-SEAT`` of one seat.

    Or of another name, for what is kept in the same way: that a teacher has announced an exam.
    """

    def __init__(
        self, state_dir: Path, *, seat: SeatKey | None = None, name: str = PAUSE_FILE
    ) -> None:
        """Name the file; nothing is read yet."""
        self._path = state_dir / (name if seat is None else f"{name}-{seat}")

    def read(self) -> PauseNote | None:
        """Return what is kept; None only where there is certainly no pause."""
        try:
            # A link, wherever it leads, is a file that is there and cannot be read.
            kept = json.loads(read_kept(self._path))
            return PauseNote(
                actor=str(kept["actor"]), why=str(kept["why"]), since_s=float(kept["since_s"])
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError):
            return PauseNote()

    def write(self, note: PauseNote) -> None:
        """Keep a pause; it is on disk when this returns.

        A full disk takes the name of a file where it takes no content: the pause counts without
        its words.

        Raises:
            StorageError: Not even that.
        """
        try:
            try:
                self._replace(json.dumps(asdict(note)))
            except OSError:
                os.close(self._open(self._path))
                self._sync_folder()
        except OSError as error:
            raise self._failed(error) from error

    def remove(self) -> None:
        """End the pause; it is off the disk when this returns.

        Raises:
            StorageError: It is still there, or may come back.
        """
        try:
            self._path.unlink(missing_ok=True)
            self._sync_folder()
        except OSError as error:
            raise self._failed(error) from error

    def _replace(self, text: str) -> None:
        """Replace the file as a whole: a crash leaves the old or the new one."""
        fresh = self._path.with_name(f"{self._path.name}.new")  # no seat has a dot in its name
        with os.fdopen(self._open(fresh), "w", encoding="utf-8") as file:
            file.truncate()
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        self._sync_folder()

    def _open(self, path: Path) -> int:
        return open_private(path, os.O_WRONLY | os.O_CREAT)

    def _sync_folder(self) -> None:
        descriptor = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _failed(self, error: OSError) -> StorageError:
        return StorageError(f"{self._path}: {error.strerror}")
