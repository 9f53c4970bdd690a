"""What is remembered of the last lock, so that whoever comes after a crash ends it."""

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import StorageError
from appliance.host.clock import boot_time

LAST_LOCK_FILE = "lock.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class LastLock:
    """A lock that was asked for on this computer."""

    id: str
    """Of the command; it is not begun again."""

    open: bool
    """It may still be on the screen."""


class LockRecord:
    """One file that survives a crash, not a restart of the computer: nor does a lock."""

    def __init__(self, folder: Path) -> None:
        """Use a folder, which is made where it is missing.

        Raises:
            StorageError: It cannot be used.
        """
        self._file = folder / LAST_LOCK_FILE
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _unusable(folder, error) from error

    def read(self) -> LastLock | None:
        """Return the last lock since the computer was started."""
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
            if kept["boot"] != boot_time().boot:
                return None
            return LastLock(id=str(kept["id"]), open=bool(kept["open"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None  # one that cannot be read is one that was never written to its end

    def write(self, lock: LastLock) -> None:
        """Keep a lock, whatever dies next.

        Raises:
            StorageError: It cannot be kept, so the screen must not be locked.
        """
        row = {"boot": boot_time().boot, "id": lock.id, "open": lock.open}
        try:
            handle, name = tempfile.mkstemp(dir=self._file.parent)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(row, file)
            Path(name).replace(self._file)
        except OSError as error:
            raise _unusable(self._file, error) from error


def _unusable(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{path} cannot be used ({error.strerror})", next_step="name another folder with --state"
    )
