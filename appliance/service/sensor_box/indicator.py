"""One small file that says whether the camera looks, for the desktop and for whoever asks."""

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

LOOKING_FILE = "looking"


def indicator_path(environment: Mapping[str, str]) -> Path | None:
    """Return where it is: in the folder of the user's session, else of the service; or nowhere."""
    if folder := environment.get("XDG_RUNTIME_DIR"):
        return Path(folder) / "classbox" / LOOKING_FILE
    first, _, _ = environment.get("RUNTIME_DIRECTORY", "").partition(":")
    return Path(first) / LOOKING_FILE if first else None


class Indicator:
    """Two lines: JSON for programs, and words for people."""

    def __init__(self, path: Path | None) -> None:
        """Take the file; None tells nobody."""
        self._path = path
        self._shown: tuple[bool, str] | None = None

    def show(self, *, looking: bool, why: str) -> None:
        """Write what is so now, where it is news.

        Args:
            looking: Whether a camera is open.
            why: In words: at which seats, or why not.

        Raises:
            OSError: It cannot be written.
        """
        if self._path is None or self._shown == (looking, why):
            return
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fact = {"looking": looking, "why": why, "pid": os.getpid()}
        words = f"classbox {'looks' if looking else 'does not look'}: {why}"
        new = self._path.with_name(f".{self._path.name}.new")
        new.write_text(f"{json.dumps(fact)}\n{words}\n", encoding="utf-8")
        new.replace(self._path)  # nobody reads half of it
        self._shown = looking, why

    def remove(self) -> None:
        """Take it away: nobody looks any more."""
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
        self._shown = None


def read_indicator(path: Path) -> str | None:
    """Return the words; None where no sensor runs, also after one that was killed."""
    try:
        fact, words = path.read_text(encoding="utf-8").splitlines()
        os.kill(int(json.loads(fact)["pid"]), 0)
    except PermissionError:
        return words  # it runs, as somebody else
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return words
