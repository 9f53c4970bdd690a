"""Clips of one person at a webcam, with what the teacher says of every frame."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from appliance.domain.arrays import UInt8Array
from training.datasets.clips import read_frames
from training.datasets.face_labels import FaceLabels, label_faces, read_labels
from training.datasets.face_teacher import FaceTeacher

TALKING_FPS, TALKING_FRAMES = 25.0, 1100  # 44 s, every frame: 18 blinks
TALKING_START_S = 62.0  # where he blinks most
SIGNING_FPS = 15.0  # every second frame, the box's own rate


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TaughtClip:
    """N frames of one person."""

    name: str
    """File without its ending."""

    fps: float
    """Rate of the frames."""

    pictures: Sequence[UInt8Array] = field(repr=False)
    """N times (H, W, 3) BGR."""

    labels: FaceLabels = field(repr=False)
    """The teacher's reading of them."""

    @property
    def face_px(self) -> float:
        """Median face height: the extent of the teacher's landmarks, pixels."""
        return float(np.median(self.labels.regions[self.labels.found, 3]))


def read_taught_clips(
    folder: Path, *, teacher: Path, cache: Path, quick: bool
) -> tuple[TaughtClip, ...]:
    """Read ``talking_face`` and the ``asl_*`` clips.

    Args:
        folder: Where the clips are.
        teacher: ``face_landmarker.task``; only run on what the cache does not hold.
        cache: Folder for the teacher's readings.
        quick: A quarter of the talking face and two of the other clips.
    """
    limit = TALKING_FRAMES // 4 if quick else TALKING_FRAMES
    signing = sorted(folder.glob("asl_*"))[: 2 if quick else None]
    wanted = [
        *((file, TALKING_FPS, limit, TALKING_START_S) for file in folder.glob("talking_face.*")),
        *((file, SIGNING_FPS, None, 0.0) for file in signing),
    ]
    clips = []
    for file, fps, frames, start_s in wanted:
        pictures = read_frames(file, every_s=1 / fps, limit=frames, start_s=start_s)
        kept = cache / f"{file.stem}-{fps:g}hz-{start_s:g}s-{len(pictures)}.npz"
        clips.append(
            TaughtClip(
                name=file.stem, fps=fps, pictures=pictures, labels=teach(pictures, teacher, kept)
            )
        )
    return tuple(clips)


def teach(
    pictures: Sequence[UInt8Array],
    teacher: Path,
    kept: Path,
    *,
    whole_extent: float | None = None,
) -> FaceLabels:
    """Return the teacher's reading of pictures, made once."""
    if kept.exists():
        return read_labels(kept)
    return label_faces(
        pictures,
        teacher=FaceTeacher.load(teacher),
        cache_file=kept,
        whole_extent=whole_extent,
    )
