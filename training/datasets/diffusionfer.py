"""Reader of DiffusionFER: synthetic RGB faces with expression, valence and arousal."""

import csv
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from appliance.domain.arrays import BoolArray, UInt8Array
from training.datasets.archives import read_pictures

NEAR_DUPLICATE_BITS = 6  # of 64; difference hashes closer than this look the same to the eye


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DiffusionFace:
    """One face."""

    name: str
    """File name in the archive; its number decides the split."""

    picture: UInt8Array = field(repr=False)
    """(H, W, 3) BGR."""

    expression: str
    """Human relabel, FER+ words."""

    valence: float
    """[-1, 1]."""

    arousal: float
    """[-1, 1]."""

    held_out: bool
    """True where the file's number is divisible by 5."""

    near_held_out: bool
    """True for a face that looks like a held-out one: neither trained on nor measured."""


def read_diffusionfer(tar_file: Path, csv_file: Path) -> tuple[DiffusionFace, ...]:
    """Read all faces that have a label."""
    with csv_file.open(encoding="utf-8", newline="") as handle:
        labels = {row["file"]: row for row in csv.DictReader(handle)}
    named = [(name, pixels) for name, _, pixels in read_pictures(tar_file) if name in labels]
    held_out = [int(Path(name).stem) % 5 == 0 for name, _ in named]
    hashes = np.array([difference_hash(pixels) for _, pixels in named]).reshape(-1, 64)
    kept_back = hashes[np.array(held_out, dtype=np.bool_)]
    faces = []
    for (name, pixels), back, own in zip(named, held_out, hashes, strict=True):
        bits = (kept_back != own).sum(axis=1)
        faces.append(
            DiffusionFace(
                name=name,
                picture=pixels,
                expression=labels[name]["expression"],
                valence=float(labels[name]["valence"]),
                arousal=float(labels[name]["arousal"]),
                held_out=back,
                near_held_out=not back and bool((bits < NEAR_DUPLICATE_BITS).any()),
            )
        )
    return tuple(faces)


def difference_hash(picture: UInt8Array) -> BoolArray:
    """Return the 64-bit difference hash: is each cell of an 8 x 9 thumbnail brighter than the next.

    Args:
        picture: (H, W, 3) BGR.
    """
    gray = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    cells = cv2.resize(gray, (9, 8), interpolation=cv2.INTER_AREA).astype(np.int16)
    return np.asarray(cells[:, :-1] > cells[:, 1:]).ravel()
