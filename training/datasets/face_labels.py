"""The teacher's reading of a whole data set, made once and kept in a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from appliance.domain.arrays import BoolArray, Float32Array, UInt8Array
from training.datasets.face_teacher import FaceRegion, FaceTeacher, region_of_picture
from training.progress import tracked


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceLabels:
    """What the teacher found on N pictures."""

    found: BoolArray
    """(N,) False where the teacher saw no face; the other rows are then meaningless."""

    regions: Float32Array
    """(N, 4) centre x, centre y, roll, extent of ``FaceRegion``: pixels and radians."""

    points_xy: Float32Array
    """(N, 478, 2) face-mesh landmarks, pixels of the picture."""

    actions: Float32Array
    """(N, 10) in the order of ``FaceAction``, each [0, 1]."""

    def region(self, index: int) -> FaceRegion:
        """Return one row as a region."""
        x, y, roll, extent = (float(value) for value in self.regions[index])
        return FaceRegion(centre_xy=(x, y), roll_rad=roll, extent_px=extent)


def label_faces(
    pictures: Sequence[UInt8Array],
    *,
    teacher: FaceTeacher,
    cache_file: Path,
    whole_extent: float | None,
) -> FaceLabels:
    """Read every picture with the teacher, or return what an earlier run has read.

    Args:
        pictures: BGR pictures.
        teacher: Only run when the cache is absent.
        cache_file: ``.npz`` to read or write; delete it when the pictures change.
        whole_extent: Landmark extent in picture heights where the picture is a face crop; None
            looks for the face with the teacher's own detector.
    """
    if not cache_file.exists():
        count = len(pictures)
        found = np.zeros(count, dtype=np.bool_)
        regions = np.zeros((count, 4), dtype=np.float32)
        points = np.zeros((count, 478, 2), dtype=np.float32)
        actions = np.zeros((count, 10), dtype=np.float32)
        for index in tracked(range(count), cache_file.stem):
            picture = pictures[index]
            region = teacher.detect(picture) if whole_extent is None else None
            if whole_extent is not None:
                region = region_of_picture(picture, extent=whole_extent)
            face = None if region is None else teacher.teach(picture, region)
            if face is None:
                continue
            found[index] = True
            x, y = face.region.centre_xy
            regions[index] = (x, y, face.region.roll_rad, face.region.extent_px)
            points[index] = face.points_xy
            actions[index] = face.actions
        cache_file.parent.mkdir(parents=True, exist_ok=True)
        partial = cache_file.with_suffix(".partial.npz")
        np.savez(partial, found=found, regions=regions, points_xy=points, actions=actions)
        partial.rename(cache_file)
    return read_labels(cache_file)


def read_labels(cache_file: Path) -> FaceLabels:
    """Read what ``label_faces`` has written."""
    with np.load(cache_file) as kept:
        return FaceLabels(
            found=kept["found"],
            regions=kept["regions"],
            points_xy=kept["points_xy"],
            actions=kept["actions"],
        )
