"""The state folder: nobody but the service may look into it."""

import fcntl
import os
from pathlib import Path
from typing import Self

from appliance.errors import StorageError

FOLDER_MODE = 0o700
FILE_MODE = 0o600


def prepare_folder(folder: Path) -> None:
    """Make the state folder, or close an existing one to others.

    Raises:
        StorageError: It cannot be made, or belongs to somebody else.
    """
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        folder.chmod(FOLDER_MODE)
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
        os.close(os.open(path, os.O_CREAT | os.O_CLOEXEC, FILE_MODE))
        path.chmod(FILE_MODE)
        give_to_owner(path)
    except OSError as error:
        msg = f"{path} cannot be used: {error.strerror}"
        raise StorageError(msg) from error


def give_to_owner(path: Path) -> None:
    """Give a file or folder that root has made to the owner of the folder that it is in.

    ``sudo classbox consent grant`` must not leave files the service cannot open.
    """
    folder = path.parent.stat()
    if os.geteuid() == 0 and path.stat().st_uid != folder.st_uid:
        os.chown(path, folder.st_uid, folder.st_gid)


class FolderLock:
    """Who uses a state folder: many at a time, or whoever replaces its files alone.

    The kernel lets go of it when the process ends, however it ends.
    """

    def __init__(self, folder: Path, operation: int, refusal: str) -> None:
        """Lock the folder itself, so that no file has to be there; most want ``shared``."""
        try:
            self._descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
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

    def release(self) -> None:
        """Let others in; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
