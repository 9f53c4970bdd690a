"""Small file systems of a test's own, which fill, fail or become read-only for real."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


def _run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=30).stdout


def _may_mount(folder: Path) -> bool:
    try:
        _run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder))
    except (OSError, subprocess.CalledProcessError):
        return False
    _run("umount", str(folder))
    return True


def require_mounts(folder: Path) -> None:
    """Skip the test where nobody may mount: most machines, for anybody but root."""
    if os.geteuid() != 0 or not _may_mount(folder):
        pytest.skip("only root may mount a disk, and not everywhere")


class SmallDisk:
    """A file system on a folder."""

    def __init__(self, folder: Path, backing: Path | None) -> None:
        """Name it; ``backing`` is the disk under the disk, where there is one."""
        self.folder = folder
        self._backing = backing

    def fill(self) -> None:
        """Leave not one byte free."""
        _fill(self.folder / "full")

    def empty(self) -> None:
        """Make room again."""
        (self.folder / "full").unlink()

    def fail(self) -> None:
        """Let every write fail (EIO): its blocks have no place any more."""
        assert self._backing is not None
        _fill(self._backing / "full")

    def become_read_only(self) -> None:
        """Do what the kernel does after an error: ext4 with ``errors=remount-ro``."""
        _run("mount", "-o", "remount,abort", str(self.folder))


@contextmanager
def memory_disk(folder: Path, *, megabytes: int) -> Iterator[SmallDisk]:
    """Mount a disk of so many MB; it goes with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", str(folder))
    try:
        yield SmallDisk(folder, None)
    finally:
        _run("umount", "--lazy", str(folder))


@contextmanager
def failing_disk(folder: Path, backing: Path) -> Iterator[SmallDisk]:
    """Mount an ext4 whose image lies on a small disk of its own."""
    with memory_disk(backing, megabytes=24):
        image = backing / "image"
        with image.open("wb") as file:
            file.truncate(64 * 1024 * 1024)  # sparse: it does not fit
        try:
            _run("mkfs.ext4", "-q", "-F", "-E", "nodiscard", str(image))
            folder.mkdir(parents=True, exist_ok=True)
            _run("mount", "-o", "loop,errors=remount-ro", str(image), str(folder))
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"no loop device here: {error}")
        try:
            folder.chmod(0o700)
            yield SmallDisk(folder, backing)
        finally:
            _run("umount", "--lazy", str(folder))


def _fill(path: Path) -> None:
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(65536))
    with suppress(OSError), path.open("ab", buffering=0) as file:
        while True:
            file.write(bytes(64))
