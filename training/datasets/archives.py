"""Pictures out of a tar file, in memory."""

import tarfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from appliance.domain.arrays import UInt8Array


def read_pictures(tar_file: Path) -> Iterator[tuple[str, bytes, UInt8Array]]:
    """Yield name, raw bytes and (H, W, 3) BGR pixels of every picture, in the archive's order.

    Members that OpenCV cannot decode are left out.
    """
    with tarfile.open(tar_file) as archive:
        for member in archive:
            handle = archive.extractfile(member) if member.isfile() else None
            if handle is None:
                continue
            raw = handle.read()
            pixels = cv2.imdecode(np.frombuffer(raw, dtype=np.uint8), cv2.IMREAD_COLOR)
            if pixels is not None:
                yield member.name, raw, pixels.astype(np.uint8, copy=False)
