"""Starts that fail one after the other: each waits longer before it lets systemd try again.

systemd 252 of Debian 12 has one pause for all restarts (RestartSteps= came with 254). A box whose
disk is away must neither give up nor fill the journal with a start every few seconds.
"""

import os
from pathlib import Path

STARTS_FILE = "failed_starts"

FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 120.0
"""Below the unit's TimeoutStartSec=, which the pause is part of."""


class Starts:
    """Counts the starts that have failed in a row, in a folder that a restart leaves alone."""

    def __init__(self, folder: Path | None) -> None:
        """Name the folder; None where nobody starts the program again by itself."""
        self._path = None if folder is None else folder / STARTS_FILE

    def succeeded(self) -> None:
        """Begin to count anew."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def pause_s(self) -> float:
        """Count a failed start and return how long to wait before the next, seconds."""
        if self._path is None:
            return 0.0
        failed = _read(self._path)
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
            with os.fdopen(os.open(self._path, flags, 0o600), "w", encoding="utf-8") as file:
                file.write(str(failed + 1))
        except OSError:
            return LONGEST_PAUSE_S  # cannot be counted: the run-time folder is full
        # The first is tried again at once, after the unit's own pause.
        return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * (2.0 ** min(failed, 16) - 1))


def _read(path: Path) -> int:
    try:
        return max(0, int(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return 0
