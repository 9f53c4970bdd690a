"""The state folder: nobody but the service may look into it."""

import errno
import fcntl
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from appliance.errors import StorageError
from appliance.permissions import THROUGH_NO_LINK

FOLDER_MODE = 0o700
FILE_MODE = 0o600

SERVING_FILE = "service.lock"
"""Locked by the one service that runs on a folder; empty, and it stays there."""

_MISPLACED = "it is a link or no plain file, and nothing else belongs there; look at it, delete it"


def prepare_folder(folder: Path) -> None:
    """Make the state folder, or close an existing one to others.

    Raises:
        StorageError: It cannot be made, or belongs to somebody else.
    """
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            _close_to_others(descriptor, FOLDER_MODE)
        finally:
            os.close(descriptor)
    except OSError as error:
        msg = f"state folder {folder} cannot be used: {error.strerror}"
        raise StorageError(msg) from error


def make_private_file(path: Path) -> None:
    """Make an empty file with mode 0600 where there is none, and close an existing one.

    SQLite gives its ``-wal`` and ``-shm`` files the mode and owner of the database (sqlite
    3.40.1, os_unix.c: findCreateFileMode), so the database has to exist before it is opened.
    The process' umask is left alone: it belongs to all threads.

    Raises:
        StorageError: The file cannot be made or closed to others.
    """
    try:
        os.close(open_private(path, os.O_RDONLY | os.O_CREAT))
    except OSError as error:
        msg = f"{path} cannot be used: {error.strerror}"
        raise StorageError(msg) from error


def open_private(path: Path, flags: int) -> int:
    """Open a file of a state folder for nobody else: mode 0600, and the folder's owner's.

    Whoever may write in the folder must not reach beyond it by way of root, who opens files there,
    too: a link is refused, and owner and mode are set on what was opened, not on a name.

    Args:
        path: The file.
        flags: As for ``os.open``.

    Returns:
        The descriptor.

    Raises:
        OSError: It cannot be opened, is a link, or is no plain file.
    """
    try:
        descriptor = os.open(path, flags | THROUGH_NO_LINK, FILE_MODE)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _misplaced(path) from error
        raise
    try:
        _require_plain(descriptor, path)
        give_to_owner(descriptor, path.parent)
        _close_to_others(descriptor, FILE_MODE)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read_kept(path: Path) -> str:
    """Return the text of a file of a state folder, through no link; nothing is made or changed.

    Raises:
        OSError: It cannot be read, or is a link.
        UnicodeDecodeError: It is no text.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | THROUGH_NO_LINK), encoding="utf-8") as file:
        return file.read()


def give_to_owner(descriptor: int, folder: Path) -> None:
    """Give what root has made in a folder to the folder's owner.

    ``sudo classbox consent grant`` must not leave files the service cannot open.

    Raises:
        OSError: It cannot be given, or has another name besides, possibly outside of the folder.
    """
    owner, its = folder.stat(), os.fstat(descriptor)
    if os.geteuid() != 0 or its.st_uid == owner.st_uid:
        return
    if stat.S_ISREG(its.st_mode) and its.st_nlink > 1:
        raise _misplaced(folder)
    os.fchown(descriptor, owner.st_uid, owner.st_gid)


def require_no_links(paths: Iterable[Path]) -> None:
    """Look whether another library may open names of a state folder, which are there or not.

    Raises:
        StorageError: One of them leads elsewhere.
    """
    for path in paths:
        try:
            its = path.lstat()
        except FileNotFoundError:
            continue
        except OSError as error:
            msg = f"{path} cannot be used: {error.strerror}"
            raise StorageError(msg) from error
        if not stat.S_ISREG(its.st_mode):
            msg = f"{path} cannot be used: {_MISPLACED}"
            raise StorageError(msg)


def _close_to_others(descriptor: int, mode: int) -> None:
    # Only where it is needed: a disk that has become read-only can still be read.
    if stat.S_IMODE(os.fstat(descriptor).st_mode) != mode:
        os.fchmod(descriptor, mode)


def _require_plain(descriptor: int, path: Path) -> None:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise _misplaced(path)


def _misplaced(path: Path) -> OSError:
    return OSError(errno.ELOOP, _MISPLACED, str(path))


class FolderLock:
    """Who uses a state folder: many at a time, or whoever replaces its files alone.

    The kernel lets go of it when the process ends, however it ends.
    """

    def __init__(self, place: Path, operation: int, refusal: str) -> None:
        """Lock the folder itself, so that no file has to be there; most want ``shared``."""
        folder = place if place.is_dir() else place.parent
        try:
            self._descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            msg = f"state folder {folder} cannot be used: {error.strerror}"
            raise StorageError(msg) from error
        try:
            fcntl.flock(self._descriptor, operation | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.release()
            msg = f"state folder {folder} {refusal}"
            raise StorageError(msg) from error

    @classmethod
    def shared(cls, folder: Path) -> Self:
        """Use the folder beside others.

        Raises:
            StorageError: Its files are being replaced.
        """
        return cls(folder, fcntl.LOCK_SH, "is being restored; wait until that has ended")

    @classmethod
    def alone(cls, folder: Path) -> Self:
        """Keep all others out.

        Raises:
            StorageError: Somebody uses it.
        """
        return cls(
            folder,
            fcntl.LOCK_EX,
            "is in use; stop the service (sudo systemctl stop classbox) and other commands first",
        )

    @classmethod
    def serving(cls, folder: Path) -> Self:
        """Be the one service on the folder; commands beside it still work.

        It has a file of its own, since a lock of the folder itself would keep commands out.

        Raises:
            StorageError: Another service runs on it.
        """
        path = folder / SERVING_FILE
        make_private_file(path)
        return cls(
            path,
            fcntl.LOCK_EX,
            "is in use by another running classbox service; one box has one: see "
            "systemctl status classbox, or give this one another box.state_dir",
        )

    def release(self) -> None:
        """Let others in; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
