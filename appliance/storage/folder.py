"""The state folder: nobody but the service may look into it."""

import os
from pathlib import Path

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
        folder = path.parent.stat()
        if os.geteuid() == 0 and path.stat().st_uid != folder.st_uid:
            # ``sudo classbox consent grant`` must not leave files the service cannot open.
            os.chown(path, folder.st_uid, folder.st_gid)
    except OSError as error:
        msg = f"{path} cannot be used: {error.strerror}"
        raise StorageError(msg) from error
