"""What was refused, outside of the databases, so that no copy of them brings it back.

An append-only file of JSON lines, each on disk before the call returns. It names seats, times and
digests of pseudonyms; nothing in it is a student's. A restore and a database that was begun anew
read it (docs/DESIGN.md, 8).
"""

import errno
import fcntl
import hashlib
import json
import os
import secrets
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

import structlog

from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.errors import StorageError
from appliance.ports import Clock
from appliance.storage.folder import open_private
from appliance.storage.keeping.copies import DAY_S

REFUSALS_FILE = "refusals.jsonl"

KEPT_DAYS = 400
"""Longer than rows may be kept (``[storage] retention_days``, at most 365): what an older line
refuses is deleted for its age, also from a copy."""


class RefusalEvent(StrEnum):
    """What happened."""

    REVOKED = "revoked"
    GRANTED = "granted"
    """Takes a revocation back."""
    ERASING = "erasing"
    """Rows are about to go."""
    ERASED = "erased"
    """They have gone; the line has the id of its ``ERASING``."""


_ABOUT_CONSENT = frozenset({RefusalEvent.REVOKED, RefusalEvent.GRANTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalLine:
    """One line."""

    id: str
    event: RefusalEvent
    seat: str = ""
    occupancy: str = ""
    """SHA-256 of the pseudonym, hexadecimal; empty where a whole seat is meant."""
    wall_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """A log as it was read."""

    log: str
    """Random name; a log that was begun anew has another."""

    lines: tuple[RefusalLine, ...]

    def refused(self) -> frozenset[str]:
        """Return the seats whose last word was a revocation."""
        last = {line.seat: line.event for line in self.lines if line.event in _ABOUT_CONSENT}
        return frozenset(seat for seat, event in last.items() if event is RefusalEvent.REVOKED)

    def erasures(self) -> dict[str, RefusalLine]:
        """Return what was to be erased, by id."""
        return {line.id: line for line in self.lines if line.event is RefusalEvent.ERASING}

    def erased(self) -> frozenset[str]:
        """Return the ids of the erasures that came to their end."""
        return frozenset(line.id for line in self.lines if line.event is RefusalEvent.ERASED)

    def after(self, archived: "Refusals") -> "Refusals":
        """Return this log behind the lines of an archive's that it lacks."""
        known = {(line.id, line.event) for line in self.lines}
        older = tuple(line for line in archived.lines if (line.id, line.event) not in known)
        return Refusals(log=self.log, lines=older + self.lines)

    def text(self) -> str:
        """Return the log as it stands in a file."""
        head = json.dumps({"log": self.log})
        return "".join(f"{line}\n" for line in (head, *map(_write_line, self.lines)))


def read_refusals(text: str) -> Refusals | None:
    """Read a log; a last line that was cut off by a power cut never counted.

    Returns:
        None when any other line is damaged: a log that may lack a refusal is no log.
    """
    whole = text[: text.rfind("\n") + 1]
    try:
        head, *lines = whole.splitlines()
        return Refusals(log=str(json.loads(head)["log"]), lines=tuple(map(_read_line, lines)))
    except (ValueError, KeyError, TypeError):  # a JSON error is a ValueError
        return None


def digest_of(occupancy: OccupancyKey | str) -> str:
    """Return what stands for a pseudonym in the log."""
    return hashlib.sha256(occupancy.encode()).hexdigest()


class RefusalLog:
    """The file; several processes and threads may append.

    Appending never fails for its caller. Where the disk does not even take the few bytes, the log
    is given up and begun anew: one that lacks a refusal would be worse than none.
    """

    def __init__(self, path: Path, *, clock: Clock, free: Callable[[], object]) -> None:
        """Prepare.

        Args:
            path: The file; ``begin`` makes it.
            clock: Wall time.
            free: Makes room on a full disk.
        """
        self._path = path
        self._clock = clock
        self._free = free
        self._lock = threading.Lock()
        self._log = structlog.get_logger()

    def read(self) -> Refusals | None:
        """Return what is in it; None when there is no log, or none that can be trusted."""
        try:
            return read_refusals(self._path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            return None

    def begin(self, revoked: Collection[SeatKey]) -> None:
        """Begin a log with the revocations that hold; a disk that refuses it is logged."""
        lines = [self._line(RefusalEvent.REVOKED, seat=seat) for seat in sorted(revoked)]
        try:
            self.replace(Refusals(log=secrets.token_hex(16), lines=tuple(lines)))
        except (OSError, StorageError) as error:
            self._log.error("refusals_not_kept", error=str(error))

    def replace(self, refusals: Refusals) -> None:
        """Put another log in the place of this one.

        Raises:
            OSError: The disk does not take it; the present log stays.
            StorageError: As above.
        """
        part = self._path.with_suffix(".part")
        try:
            descriptor = open_private(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(refusals.text())
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._path)
        finally:
            part.unlink(missing_ok=True)

    def revoked(self, seat: SeatKey) -> None:
        """Note that a seat is denied; before it is written anywhere else."""
        self._append(self._line(RefusalEvent.REVOKED, seat=seat))

    def granted(self, seat: SeatKey) -> None:
        """Note that a revocation was taken back; after that is on record."""
        refusals = self.read()
        if refusals is not None and seat in refusals.refused():
            self._append(self._line(RefusalEvent.GRANTED, seat=seat))

    def erasing(self, *, seat: SeatKey | None, occupancy: OccupancyKey | None) -> RefusalLine:
        """Note that rows are about to be erased; give what is returned to ``erased``."""
        line = self._line(
            RefusalEvent.ERASING,
            seat=seat or "",
            occupancy="" if occupancy is None else digest_of(occupancy),
        )
        self._append(line)
        return line

    def erased(self, erasing: RefusalLine) -> None:
        """Note that they are gone."""
        self._append(
            RefusalLine(id=erasing.id, event=RefusalEvent.ERASED, wall_s=self._clock.wall_s())
        )

    def trim(self, *, now_s: float) -> None:
        """Drop the lines that are too old to refuse anything, at a wall time.

        Raises:
            OSError: The disk does not take the shorter log; the present one stays.
            StorageError: As above.
        """
        before_s = now_s - KEPT_DAYS * DAY_S
        with self._locked() as descriptor:
            if descriptor is None or (refusals := self.read()) is None:
                return
            kept = _still_needed(refusals, before_s)
            if len(kept) < len(refusals.lines):
                self.replace(Refusals(log=refusals.log, lines=kept))

    def _line(self, event: RefusalEvent, *, seat: str, occupancy: str = "") -> RefusalLine:
        return RefusalLine(
            id=secrets.token_hex(8),
            event=event,
            seat=seat,
            occupancy=occupancy,
            wall_s=self._clock.wall_s(),
        )

    def _append(self, line: RefusalLine) -> None:
        try:
            try:
                self._write(line)
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise
                self._free()
                self._write(line)
        except OSError as error:
            self._path.unlink(missing_ok=True)
            self._log.error("refusals_given_up", error=str(error))

    def _write(self, line: RefusalLine) -> None:
        with self._locked() as descriptor:
            if descriptor is None:  # there is no log yet; the one to come begins with this
                return
            _drop_torn_line(descriptor)
            content = f"{_write_line(line)}\n".encode()
            if os.write(descriptor, content) < len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(descriptor)

    @contextmanager
    def _locked(self) -> Iterator[int | None]:
        """Open the file that bears the name now, for this process and thread alone."""
        with self._lock:
            while True:
                try:
                    descriptor = open_private(self._path, os.O_RDWR | os.O_APPEND)
                except FileNotFoundError:
                    yield None
                    return
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
                    if not _bears(descriptor, self._path):  # it was replaced while we waited
                        continue
                    yield descriptor
                    return
                finally:
                    os.close(descriptor)


def _still_needed(refusals: Refusals, before_s: float) -> tuple[RefusalLine, ...]:
    """Return the young lines, and of the old ones each revocation that still holds."""
    holding = {line.seat: line.id for line in refusals.lines if line.event in _ABOUT_CONSENT}
    return tuple(
        line
        for line in refusals.lines
        if line.wall_s >= before_s
        or (line.event is RefusalEvent.REVOKED and holding[line.seat] == line.id)
    )


def _bears(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _drop_torn_line(descriptor: int) -> None:
    """Cut what a power cut left of a line, lest the next one is written onto it."""
    content = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    if not content.endswith(b"\n"):
        os.ftruncate(descriptor, content.rfind(b"\n") + 1)


def _write_line(line: RefusalLine) -> str:
    return json.dumps({key: value for key, value in asdict(line).items() if value != ""})


def _read_line(line: str) -> RefusalLine:
    values = json.loads(line)
    return RefusalLine(
        id=str(values["id"]),
        event=RefusalEvent(values["event"]),
        seat=str(values.get("seat", "")),
        occupancy=str(values.get("occupancy", "")),
        wall_s=float(values["wall_s"]),
    )
