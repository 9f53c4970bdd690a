"""What people did: one JSON line each, for IT to read; bounded."""

import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from appliance.errors import StorageError
from appliance.screens.people.kept import open_private

AUDIT_FILE = "audit.jsonl"
OLDER_FILE = "audit.1.jsonl"
LARGEST = 1 << 20
"""Bytes of a file; a full one replaces the older one, so that a few weeks of lessons are kept."""

NEWEST = 200
LONGEST = 200
"""Characters of a word in a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Something that somebody did."""

    at_s: float
    """Unix time."""

    who: str
    """Account, terminal, or the user of a command."""

    what: str
    """The act: ``sign-in``, ``pause``, ``revoke``."""

    about: str
    """Seat, terminal, camera or account; may be empty."""

    outcome: str
    """``done``, or why not."""


class AuditLog:
    """Lines are added and never changed; any thread and any process may add one."""

    def __init__(
        self,
        folder: Path,
        *,
        wall_s: Callable[[], float] = time.time,
        largest: int = LARGEST,
        on_note: Callable[[], None] = lambda: None,
    ) -> None:
        """Name the place.

        Args:
            folder: The state folder; there already.
            wall_s: Clock.
            largest: Bytes of a file.
            on_note: Told of each new line of this process.
        """
        self._folder = folder
        self._wall_s = wall_s
        self._largest = largest
        self.on_note = on_note
        self._lock = threading.Lock()

    def note(self, *, who: str, what: str, about: str = "", outcome: str = "done") -> None:
        """Add a line.

        Raises:
            StorageError: It could not be written.
        """
        words = {"who": who, "what": what, "about": about, "outcome": outcome}
        entry = {"at_s": round(self._wall_s(), 3)} | {
            key: word[:LONGEST] for key, word in words.items()
        }
        line = json.dumps(entry, ensure_ascii=True) + "\n"
        path = self._folder / AUDIT_FILE
        try:
            with self._lock:
                descriptor = open_private(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
                with os.fdopen(descriptor, "ab", buffering=0) as file:
                    file.write(line.encode())
                    full = file.tell() >= self._largest
                if full:
                    path.replace(self._folder / OLDER_FILE)
        except OSError as error:
            msg = f"{path} cannot be used: {error.strerror}"
            raise StorageError(msg, next_step="see screens.state_dir") from error
        self.on_note()

    def newest(self, most: int = NEWEST) -> list[AuditEntry]:
        """Return the newest lines, the newest first; one that is damaged is left out."""
        lines: list[bytes] = []
        for name in (OLDER_FILE, AUDIT_FILE):
            try:
                descriptor = open_private(self._folder / name, os.O_RDONLY)
            except OSError:
                continue
            with os.fdopen(descriptor, "rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(size - self._largest - LARGEST, 0))
                lines += file.read().splitlines()
        found: list[AuditEntry] = []
        for line in reversed(lines):
            if len(found) == most:
                break
            if (entry := _entry(line)) is not None:
                found.append(entry)
        return found

    def rows(self) -> list[dict[str, object]]:
        """Return the newest lines for JSON."""
        return [asdict(entry) for entry in self.newest()]


def _entry(line: bytes) -> AuditEntry | None:
    try:
        kept = json.loads(line)
        return AuditEntry(
            at_s=float(kept["at_s"]),
            **{key: str(kept[key]) for key in ("who", "what", "about", "outcome")},
        )
    except (ValueError, KeyError, TypeError):
        return None
