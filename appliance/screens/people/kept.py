"""Files of people: private, replaced as a whole, shared by the server and by commands."""

import contextlib
import fcntl
import json
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

from appliance.errors import StorageError
from appliance.permissions import THROUGH_NO_LINK

LOCK_FILE = "people.lock"
LARGEST = 4 << 20
"""Bytes; a longer file is not one of ours."""

Rows = dict[str, dict[str, object]]
"""Key to what is kept of it."""


class KeptRows:
    """Rows of a JSON file in a state folder; any thread and any process may read and change them.

    A crash leaves the old or the new file. What another process has written is seen at the next
    look, so that ``classbox screens revoke`` reaches a running server.
    """

    def __init__(self, folder: Path, name: str) -> None:
        """Read the file, or begin without one.

        Args:
            folder: The state folder; made where there is none.
            name: Of the file.

        Raises:
            StorageError: The folder or the file cannot be used.
        """
        self._folder = folder
        self._path = folder / name
        self._changing = threading.Lock()
        self._reading = threading.Lock()  # a reader does not wait until a disk has written
        self._seen: tuple[int, ...] = ()
        self._rows: Rows = {}
        with _as_storage_error(self._path):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if stat.S_IMODE(folder.stat().st_mode) & 0o077:
                folder.chmod(0o700)
        self.rows()

    def rows(self) -> Rows:
        """Return the rows as they are now; nobody may change them there.

        Raises:
            StorageError: The file cannot be read, or is none of ours.
        """
        with _as_storage_error(self._path):
            return self._fresh()

    @contextlib.contextmanager
    def change(self) -> Iterator[Rows]:
        """Give a copy of the rows that is written when the block ends without an error.

        Raises:
            StorageError: It cannot be written; the old rows stay.
        """
        with self._changing, _as_storage_error(self._path), self._alone():
            rows = {key: dict(row) for key, row in self._fresh().items()}
            yield rows
            if rows != self._rows:
                self._write(rows)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from changing anything meanwhile."""
        descriptor = open_private(self._folder / LOCK_FILE, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _fresh(self) -> Rows:
        with self._reading:
            try:
                found = self._path.lstat()
            except FileNotFoundError:
                self._seen, self._rows = (), {}
                return self._rows
            seen = (found.st_ino, found.st_mtime_ns, found.st_size)
            if seen != self._seen:
                self._rows, self._seen = self._read(), seen
            return self._rows

    def _read(self) -> Rows:
        with os.fdopen(open_private(self._path, os.O_RDONLY), "rb") as file:
            text = file.read(LARGEST + 1)
        try:
            kept = json.loads(text[:LARGEST])
        except (ValueError, RecursionError):
            kept = None
        if not isinstance(kept, dict) or not all(isinstance(row, dict) for row in kept.values()):
            msg = f"{self._path} is damaged"
            raise StorageError(msg, next_step="move it away; accounts and codes are made anew")
        return kept

    def _write(self, rows: Rows) -> None:
        fresh = self._path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        descriptor = open_private(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(rows, file, ensure_ascii=False, indent=0)
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(self._path)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self._fresh()


def open_private(path: Path, flags: int) -> int:
    """Open a file for its folder's owner alone, whoever opens it: root runs the commands.

    Raises:
        OSError: It cannot be opened, or is a link.
    """
    descriptor = os.open(path, flags | THROUGH_NO_LINK, 0o600)
    owner, its = path.parent.stat(), os.fstat(descriptor)
    if os.geteuid() == 0 and its.st_uid != owner.st_uid and its.st_nlink == 1:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    return descriptor


@contextlib.contextmanager
def _as_storage_error(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        msg = f"{path} cannot be used: {error.strerror}"
        raise StorageError(msg, next_step="see screens.state_dir") from error
