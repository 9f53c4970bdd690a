"""Whether the sensor looks, for the desktop of whoever sits before it: one small file in memory."""

import json
import os
from pathlib import Path

FOLDER = "classbox"
FILE = "looking.json"


def indicator_file() -> Path | None:
    """Return where it is, in the folder that a log-in has in memory; None without a log-in.

    Source: https://specifications.freedesktop.org/basedir-spec/latest/, XDG_RUNTIME_DIR.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return Path(runtime) / FOLDER / FILE if runtime else None


class Indicator:
    """Writes it when it changes, and takes it away at the end."""

    def __init__(self, path: Path | None) -> None:
        """Take the file's path; None: there is nobody to tell."""
        self._path = path
        self._told: tuple[bool, str] | None = None

    def tell(self, *, looks: bool, why: str) -> None:
        """Say whether somebody is looked at, and why not."""
        if self._path is None or self._told == (looks, why):
            return
        self._path.parent.mkdir(mode=0o700, exist_ok=True)
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps({"looks": looks, "why": why}) + "\n", encoding="utf-8")
        part.replace(self._path)
        self._told = looks, why

    def clear(self) -> None:
        """Say nothing any more: nobody looks."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def read_indicator(path: Path | None) -> str:
    """Return it as one line for people."""
    try:
        said = json.loads("" if path is None else path.read_text(encoding="utf-8"))
        looks, why = bool(said["looks"]), str(said["why"])
    except (OSError, ValueError, KeyError, TypeError):
        return "classbox sense does not run here; the camera is not used by it"
    return "the camera looks" if looks else f"the camera is closed: {why}"
