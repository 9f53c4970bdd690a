"""Space kept in reserve, so that erasing works on a full disk."""

import os
import shutil
from pathlib import Path

from appliance.storage.folder import open_private

BALLAST_FILE = "ballast"

BALLAST_BYTES = 8 * 1024 * 1024
"""A delete writes each page it touches into the log first; 8 MB are 2000 pages."""

SPARE_FACTOR = 4
"""The ballast is taken only where this many times its size is free."""


def free_bytes(folder: Path) -> int:
    """Return the free space of a folder's file system, bytes."""
    return shutil.disk_usage(folder).free


class Ballast:
    """A file without content that can be given up at once."""

    def __init__(self, path: Path, *, size: int = BALLAST_BYTES) -> None:
        """Remember where it lies; ``hold`` makes it."""
        self._path = path
        self._size = size

    @property
    def held(self) -> bool:
        """True while the space is reserved."""
        return self._path.is_file() and not self._path.is_symlink()

    def hold(self, *, spare_factor: float = SPARE_FACTOR) -> bool:
        """Reserve the space if there is enough of it; tell whether it is reserved.

        Args:
            spare_factor: How many times its size must be free; 1 takes the last there is.
        """
        if self.held:
            return True
        try:
            if free_bytes(self._path.parent) < spare_factor * self._size:
                return False
            descriptor = open_private(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
            try:
                os.posix_fallocate(descriptor, 0, self._size)  # truncate() would reserve nothing
            finally:
                os.close(descriptor)
        except OSError:  # another program was faster
            self._path.unlink(missing_ok=True)
            return False
        return True

    def free(self) -> bool:
        """Give the space back; tell whether there was any."""
        if not self.held:
            return False
        self._path.unlink(missing_ok=True)
        return True
