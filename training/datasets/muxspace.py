"""Reader of muxspace/facial_expressions: gray press faces, one noisy label each."""

import csv
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from appliance.domain.arrays import UInt8Array
from training.datasets.archives import read_pictures


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PressFace:
    """One face."""

    name: str
    """File name in the archive."""

    picture: UInt8Array = field(repr=False)
    """(H, W, 3) BGR; the file is gray."""

    label: str
    """One rater's word for the expression."""

    held_out: bool
    """True for the tenth that is never trained on, by the hash of the file's bytes."""


def read_muxspace(tar_file: Path, csv_file: Path) -> tuple[PressFace, ...]:
    """Read all faces, each content once: a duplicate could stand on both sides of the split."""
    with csv_file.open(encoding="utf-8", newline="") as handle:
        labels = {row["file"]: row["label"] for row in csv.DictReader(handle)}
    faces: dict[str, PressFace] = {}
    for name, raw, picture in read_pictures(tar_file):
        digest = hashlib.sha256(raw).hexdigest()
        if name in labels and digest not in faces:
            faces[digest] = PressFace(
                name=name,
                picture=picture,
                label=labels[name],
                held_out=int(digest[:8], 16) % 10 == 0,
            )
    return tuple(faces.values())
