"""Archives of faces, made for a test."""

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path


def write_tar(file: Path, members: Mapping[str, bytes]) -> Path:
    """Write an archive in the mapping's order."""
    with tarfile.open(file, "w") as archive:
        for name, raw in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(raw)
            archive.addfile(entry, io.BytesIO(raw))
    return file
