"""The file of a backup: a compressed tar whose first member says what the others are."""

import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from appliance.errors import ArchiveError, StorageError
from appliance.storage.folder import FILE_MODE

KIND = "classbox-backup"
FORMAT = 1
MANIFEST = "manifest.json"
LONGEST_TEXT = 1_000_000
CHUNK_BYTES = 1024 * 1024
COMPRESSION = 3
"""Cues are hardly more compressible at 9, which takes four times as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of an archive."""

    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an archive is."""

    kind: str
    format: int
    made: str
    """When it was begun, ISO 8601, UTC."""

    software: str
    """Version of classbox that made it."""

    box: str
    """``site/room/box``."""

    schemas: dict[str, int]
    """Version of each database, by file name."""

    left_out: list[str]
    """What somebody has to put back by hand."""

    files: dict[str, Member]


def describe(folder: Path, **facts: Any) -> Manifest:  # noqa: ANN401 - fields of the manifest
    """Return the manifest of a folder's files."""
    return Manifest(
        kind=KIND,
        format=FORMAT,
        files={
            str(path.relative_to(folder)): Member(sha256=_hash(path), bytes=path.stat().st_size)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        },
        **facts,
    )


def write_archive(
    file: Path, folder: Path, manifest: Manifest, *, progress: Callable[[int], None]
) -> None:
    """Write an archive, or leave what bore its name before.

    Args:
        file: Made with mode 0600; one that is there keeps its owner.
        folder: Holds the files of the manifest.
        manifest: Becomes the first member.
        progress: Told how many bytes have gone in since the last call.

    Raises:
        StorageError: It cannot be written.
    """
    part = file.with_name(f".{file.name}.part")
    try:
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, FILE_MODE)
        try:
            with os.fdopen(descriptor, "wb") as out:
                _write(out, folder, manifest, progress)
                out.flush()
                os.fsync(out.fileno())
            _keep_owner(file, part)
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        msg = f"{file}: cannot be written: {error.strerror or error}"
        raise StorageError(msg) from error


def read_manifest(file: Path) -> Manifest:
    """Return what an archive says about itself.

    Raises:
        ArchiveError: It cannot be read, or is no archive of this program.
    """
    with _Opened(file) as tar:
        return _first(tar, file)


def unpack(file: Path, folder: Path, *, progress: Callable[[int], None]) -> None:
    """Write an archive's files into a folder, each as its manifest promises.

    Args:
        file: The archive.
        folder: Empty and private.
        progress: Told how many bytes have come out since the last call.

    Raises:
        ArchiveError: Something is missing, altered or too much.
    """
    with _Opened(file) as tar:
        manifest = _first(tar, file)
        missing = dict(manifest.files)
        for entry in tar:
            if entry.name == MANIFEST:
                continue
            promised = missing.pop(entry.name, None)
            if promised is None or not entry.isreg() or entry.size != promised.bytes:
                raise _damaged(file, entry.name)
            content = tar.extractfile(entry)
            if content is None or _copy(content, folder / entry.name, progress) != promised.sha256:
                raise _damaged(file, entry.name)
    if missing:
        msg = f"{file}: {', '.join(missing)} is missing; use another backup"
        raise ArchiveError(msg)


def read_texts(file: Path, folder: str) -> dict[str, str]:
    """Return the small files below a folder of an archive, by name.

    Raises:
        ArchiveError: It is damaged.
    """
    texts: dict[str, str] = {}
    with _Opened(file) as tar:
        promised = _first(tar, file).files
        for entry in tar:
            if not entry.name.startswith(f"{folder}/") or entry.size > LONGEST_TEXT:
                continue
            content = tar.extractfile(entry)
            data = b"" if content is None else content.read()
            member = promised.get(entry.name)
            if member is None or hashlib.sha256(data).hexdigest() != member.sha256:
                raise _damaged(file, entry.name)
            texts[entry.name] = data.decode(errors="replace")
    return texts


class _Opened:
    """An archive for reading; every way in which it may be damaged is one error."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._tar: tarfile.TarFile | None = None

    def __enter__(self) -> tarfile.TarFile:
        try:
            self._tar = tarfile.open(self._file, "r|gz")
        except (OSError, tarfile.TarError, EOFError, zlib.error) as error:
            raise self._translated(error) from error
        return self._tar

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if self._tar is not None:
            self._tar.close()
        if isinstance(error, tarfile.TarError | EOFError | zlib.error | OSError):
            raise self._translated(error) from error

    def _translated(self, error: BaseException) -> ArchiveError:
        if isinstance(error, OSError) and error.errno is not None:
            return ArchiveError(f"{self._file}: {error.strerror}")
        return ArchiveError(f"{self._file}: no backup of classbox, or damaged ({error})")


def _write(
    out: io.BufferedWriter, folder: Path, manifest: Manifest, progress: Callable[[int], None]
) -> None:
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=COMPRESSION) as tar:
        text = json.dumps(asdict(manifest), indent=1).encode()
        tar.addfile(_entry(MANIFEST, len(text)), io.BytesIO(text))
        for name, member in manifest.files.items():
            with (folder / name).open("rb") as file:
                tar.addfile(_entry(name, member.bytes), _Counted(file, progress))


def _keep_owner(file: Path, part: Path) -> None:
    """Give a new archive to the owner of the one that it replaces."""
    if not file.exists() or os.geteuid() != 0:
        return
    before, now = file.stat(), part.stat()
    if (before.st_uid, before.st_gid) != (now.st_uid, now.st_gid):  # a stick's FAT has no owners
        os.chown(part, before.st_uid, before.st_gid)


class _Counted(io.RawIOBase):
    """Reports what is read from a file."""

    def __init__(self, file: io.BufferedReader, progress: Callable[[int], None]) -> None:
        self._file = file
        self._progress = progress

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(size)
        self._progress(len(content))
        return content


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, FILE_MODE
    return entry


def _first(tar: tarfile.TarFile, file: Path) -> Manifest:
    msg = f"{file}: no backup of classbox, or damaged; use another file"
    entry = tar.next()
    content = None
    if entry is not None and entry.name == MANIFEST and entry.size <= LONGEST_TEXT:
        content = tar.extractfile(entry)
    if content is None:
        raise ArchiveError(msg)
    try:
        values = json.loads(content.read())
        if values.get("kind") != KIND:
            raise ArchiveError(msg)
        if values.get("format") != FORMAT:
            newer = (
                f"{file}: format {values.get('format')!r} was written by another classbox "
                f"({values.get('software')}), this one reads {FORMAT}; install that one"
            )
            raise ArchiveError(newer)
        files = {name: Member(**member) for name, member in values.pop("files").items()}
        return _checked(Manifest(files=files, **values))
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise ArchiveError(msg) from error


def _checked(manifest: Manifest) -> Manifest:
    """Refuse values of the wrong kind, and names that would lead out of the folder.

    Raises:
        ValueError: There is one.
    """
    kinds = (
        (str, [manifest.made, manifest.software, manifest.box, *manifest.left_out]),
        (str, [member.sha256 for member in manifest.files.values()]),
        (int, [member.bytes for member in manifest.files.values()]),
        (int, [*manifest.schemas.values()]),
    )
    for kind, values in kinds:
        if not all(isinstance(value, kind) for value in values):
            raise ValueError(kind)
    for name in manifest.files:
        path = Path(name)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError(name)
    return manifest


def _copy(content: IO[bytes], target: Path, progress: Callable[[int], None]) -> str:
    """Write a member into a file of its own; return its SHA-256.

    Raises:
        StorageError: It cannot be written, which is not the archive's fault.
    """
    hashed = hashlib.sha256()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, FILE_MODE)
        with os.fdopen(descriptor, "wb") as out:
            while chunk := content.read(CHUNK_BYTES):
                hashed.update(chunk)
                out.write(chunk)
                progress(len(chunk))
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        if error.errno is None:  # of the archive, which is damaged
            raise
        msg = f"{target}: cannot be written: {error.strerror}"
        raise StorageError(msg) from error
    return hashed.hexdigest()


def _damaged(file: Path, name: str) -> ArchiveError:
    return ArchiveError(f"{file}: {name} is not what the manifest promises; use another backup")


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def total_bytes(manifest: Manifest) -> int:
    """Return how many bytes an archive's files have."""
    return sum(member.bytes for member in manifest.files.values())


def plain(manifest: Manifest) -> Mapping[str, Any]:
    """Return a manifest as it is printed, without the files' hashes."""
    values = asdict(manifest)
    values["files"] = sorted(values["files"])
    return values
