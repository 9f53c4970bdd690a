"""Cameras whose pictures have ended the process more than once are left alone."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self, TypedDict

import structlog

from appliance.domain.frames import CameraKey
from appliance.host.breadcrumbs import Breadcrumb

ENDS_FILE = "native_ends.json"

ENDS = 2  # docs/DESIGN.md, 2: two ends with the same one quarantine that camera
MEMORY_S = 86400.0
"""An end longer ago is forgotten: a driver or a camera may have been repaired since."""

log = structlog.get_logger()


class NativeEnd(TypedDict):
    """One end of the process, as it is kept."""

    camera: str
    stage: str
    source: str
    at_s: float


class Quarantine:
    """The ends of the last day, and the cameras that are not opened because of them."""

    def __init__(
        self, path: Path, *, sources: Mapping[CameraKey, str], ends: list[NativeEnd]
    ) -> None:
        """Begin with known ends; ``load`` reads them."""
        self._path = path
        self._sources = sources
        self._ends = ends

    @classmethod
    def load(cls, state_dir: Path, *, sources: Mapping[CameraKey, str], now_s: float) -> Self:
        """Read the ends that still count.

        Args:
            state_dir: Where they are kept.
            sources: Of every configured camera; an end before a change of it counts no more.
            now_s: Wall time.
        """
        path = state_dir / ENDS_FILE
        digests = {camera: _digest(source) for camera, source in sources.items()}
        ends = [
            end
            for end in _read(path, now_s=now_s)
            # A clock that was wrong by days must not keep a camera closed for ever.
            if abs(now_s - end["at_s"]) <= MEMORY_S
            and digests.get(CameraKey(end["camera"])) == end["source"]
        ]
        return cls(path, sources=sources, ends=ends)

    def note(self, crumb: Breadcrumb, *, now_s: float) -> None:
        """Keep an end of the process at a wall time; it is on disk when this returns."""
        source = self._sources.get(crumb.camera)
        if source is None:
            return
        self._ends.append(
            NativeEnd(
                camera=crumb.camera, stage=crumb.stage.value, source=_digest(source), at_s=now_s
            )
        )
        try:
            _write(self._path, self._ends)
        except OSError as error:
            log.warning("native_end_not_kept", error=str(error))

    def reasons(self) -> dict[CameraKey, str]:
        """Return the cameras not to open, each with one line for the operator."""
        stages: dict[str, list[str]] = {}
        for end in self._ends:
            stages.setdefault(end["camera"], []).append(end["stage"])
        return {
            CameraKey(camera): (
                f"quarantined: the process ended more than once while "
                f"{' and '.join(dict.fromkeys(its))}; repair or change its source, "
                f"or delete {self._path}, then restart"
            )
            for camera, its in stages.items()
            if len(its) >= ENDS
        }


def _read(path: Path, *, now_s: float) -> list[NativeEnd]:
    """Return what is kept; a damaged file is moved aside and counts as none."""
    try:
        return [
            NativeEnd(
                camera=str(end["camera"]),
                stage=str(end["stage"]),
                source=str(end["source"]),
                at_s=float(end["at_s"]),
            )
            for end in json.loads(path.read_text(encoding="utf-8"))
        ]
    except FileNotFoundError:
        return []
    except OSError as error:
        log.warning("native_ends_not_read", error=str(error))
        return []
    except (ValueError, TypeError, KeyError):
        aside = path.with_name(f"{path.name}.corrupt-{int(now_s)}")
        log.warning("native_ends_damaged", kept_as=aside.name)
        path.replace(aside)
        return []


def _write(path: Path, ends: list[NativeEnd]) -> None:
    """Replace the file as a whole: a crash leaves the old or the new one."""
    fresh = path.with_name(f"{path.name}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    with os.fdopen(os.open(fresh, flags, 0o600), "w", encoding="utf-8") as file:
        json.dump(ends, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _digest(source: str) -> str:
    # The source itself may hold a password.
    return hashlib.sha256(source.encode()).hexdigest()[:16]
