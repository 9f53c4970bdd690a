"""The file of the refusals: appended to by several processes, replaced as a whole, trimmed."""

import errno
import fcntl
import os
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import structlog

from appliance.domain.seats import OccupancyKey, SeatKey
from appliance.errors import StorageError
from appliance.ports import Clock
from appliance.storage.folder import open_private, read_kept
from appliance.storage.keeping.copies import DAY_S
from appliance.storage.keeping.refusals import (
    RefusalEvent,
    RefusalLine,
    Refusals,
    digest_of,
    new_id,
    new_log,
    read_refusals,
    write_line,
)

KEPT_DAYS = 400
"""Longer than rows may be kept (``[storage] retention_days``, at most 365): what an older erasure
is about is deleted for its age, also from a copy."""

FileSignature = tuple[int, int, int]
"""Changes whenever the file does: inode, bytes, nanoseconds."""


class RefusalLog:
    """The file; several processes and threads may append.

    Where the disk does not even take the few bytes, the log is given up and begun anew: one that
    lacks a refusal would be worse than none.
    """

    def __init__(self, path: Path, *, clock: Clock, free: Callable[[], object]) -> None:
        """Name the file; nothing is written yet.

        Args:
            path: The file.
            clock: Wall time of the lines.
            free: Called when the disk is full, before another attempt; gives up the ballast.
        """
        self._path = path
        self._clock = clock
        self._free = free
        self._lock = threading.Lock()
        self._log = structlog.get_logger()

    def read(self) -> Refusals | None:
        """Return what is in it; None when there is no log, or none that can be trusted."""
        return read_log(self._path)

    def signature(self) -> FileSignature | None:
        """Return what changes with the file; None when there is none."""
        try:
            known = self._path.stat()
        except OSError:
            return None
        return (known.st_ino, known.st_size, known.st_mtime_ns)

    def restate(
        self,
        refusals: Refusals | None,
        *,
        granted: Mapping[str, str],
        refused: Collection[str],
    ) -> None:
        """Write a log that says just this about consent; a disk that refuses it is logged.

        Args:
            refusals: Whose name and erasures are kept; None begins a log with another name.
            granted: By seat the line that its row in the database names.
            refused: Seats that are denied.
        """
        known = new_log() if refusals is None else refusals
        self.begin(known.restated(granted=granted, refused=refused, wall_s=self._clock.wall_s()))

    def begin(self, refusals: Refusals) -> None:
        """Do what ``replace`` does; a disk that refuses it is logged."""
        try:
            self.replace(refusals)
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

    def line(self, event: RefusalEvent, *, seat: str, occupancy: str = "") -> RefusalLine:
        """Return a line that is not written yet."""
        wall_s = self._clock.wall_s()
        return RefusalLine(id=new_id(), event=event, seat=seat, occupancy=occupancy, wall_s=wall_s)

    def append(self, *lines: RefusalLine) -> None:
        """Write lines; they are on disk when this returns.

        Where the disk refuses them the log is given up; so it is when there is none, and the one
        to come begins with what the database says.

        Raises:
            StorageError: It can be neither written nor removed.
        """
        content = "".join(f"{write_line(line)}\n" for line in lines).encode()
        try:
            try:
                self._write(content)
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise
                self._free()
                self._write(content)
        except OSError as error:
            self._log.error("refusals_given_up", error=str(error))
            try:
                self._path.unlink(missing_ok=True)
            except OSError:
                msg = f"{self._path.name}: {error}"
                raise StorageError(msg) from error

    def keep(self, *lines: RefusalLine) -> None:
        """Note that the database has what these lines say.

        Raises:
            StorageError: As ``append`` does.
        """
        if lines:
            wall_s = self._clock.wall_s()
            self.append(
                *(RefusalLine(id=line.id, event=RefusalEvent.KEPT, wall_s=wall_s) for line in lines)
            )

    def erasing(self, *, seat: SeatKey | None, occupancy: OccupancyKey | None) -> RefusalLine:
        """Note that rows are about to be erased; give what is returned to ``erased``.

        Raises:
            StorageError: As ``append`` does.
        """
        line = self.line(
            RefusalEvent.ERASING,
            seat=seat or "",
            occupancy="" if occupancy is None else digest_of(occupancy),
        )
        self.append(line)
        return line

    def erased(self, erasing: RefusalLine) -> None:
        """Note that they are gone.

        Raises:
            StorageError: As ``append`` does.
        """
        self.append(
            RefusalLine(id=erasing.id, event=RefusalEvent.ERASED, wall_s=self._clock.wall_s())
        )

    def trim(self, *, now_s: float) -> None:
        """Drop the lines that refuse nothing any more, at a wall time.

        Raises:
            OSError: The disk does not take the shorter log; the present one stays.
            StorageError: As above.
        """
        before_s = now_s - KEPT_DAYS * DAY_S
        with self._locked() as descriptor:
            if descriptor is None or (refusals := self.read()) is None:
                return
            fresh = refusals.trimmed(before_s)
            if len(fresh.lines) < len(refusals.lines):
                self.replace(fresh)

    def _write(self, content: bytes) -> None:
        with self._locked() as descriptor:
            if descriptor is None:  # there is no log yet; the one to come begins with this
                return
            _drop_torn_line(descriptor)
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


def read_log(path: Path) -> Refusals | None:
    """Return what is in a file; None when it is missing or cannot be trusted."""
    try:
        return read_refusals(read_kept(path))
    except (OSError, UnicodeDecodeError):
        return None


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
