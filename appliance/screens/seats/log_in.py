"""Who is logged in at a seat, over a restart of the server: a nonce, and when it was last true."""

import contextlib
import os
import re
from pathlib import Path

from appliance.errors import StorageError

LOG_IN_FILE = "log-in"
_NONCE = re.compile(r"[A-Za-z0-9_-]{8,64}")


class LogIn:
    """The log-in of one seat; not for several threads."""

    def __init__(self, folder: Path, *, now_s: float, longest_s: float) -> None:
        """Read what an earlier run has left.

        Args:
            folder: Of the seat; there is one.
            now_s: Wall time.
            longest_s: A log-in that was last true longer ago is over.
        """
        self._path = folder / LOG_IN_FILE
        self.nonce: str | None = None
        """Of the log-in; None when nobody is logged in."""
        with contextlib.suppress(OSError, UnicodeDecodeError):
            recent = abs(now_s - self._path.stat().st_mtime) <= longest_s
            nonce = self._path.read_text(encoding="ascii")
            self.nonce = nonce if recent and _NONCE.fullmatch(nonce) else None

    def begin(self, nonce: str) -> None:
        """Note a log-in.

        Raises:
            StorageError: The disk is full or broken; it counts all the same, until a restart.
        """
        self.nonce = nonce
        fresh = self._path.with_suffix(".new")
        try:
            with contextlib.suppress(FileNotFoundError):
                fresh.unlink()
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(nonce)
            fresh.replace(self._path)
        except OSError as error:
            msg = f"{self._path}: {error.strerror}"
            raise StorageError(msg) from error

    def still(self, *, now_s: float) -> None:
        """Note that it is true now, wall time."""
        with contextlib.suppress(OSError):
            os.utime(self._path, (now_s, now_s))

    def end(self) -> None:
        """Note that nobody is logged in."""
        self.nonce = None
        with contextlib.suppress(OSError):
            self._path.unlink()
