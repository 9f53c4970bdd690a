"""A fresh store per test."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.storage.store import Storage
from tests.support.clocks import HeldClock
from tests.support.disk import Disk
from tests.support.rows import open_storage


@pytest.fixture
def clock() -> HeldClock:
    """Return a clock that stands still."""
    return HeldClock()


MEMORY = Path("/dev/shm")  # noqa: S108 - only whether it is there; the folder below is private


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a state folder that is not there yet, in memory where the system has room for it.

    Every decision waits for the disk, which is the promise and most of these tests' time.
    """
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as parent:
        yield Path(parent) / "state"


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """Return the disk under the stores of a test."""
    return Disk(monkeypatch)


@pytest.fixture
def storage(folder: Path, clock: HeldClock, disk: Disk) -> Iterator[Storage]:
    """Return an open store; closed after the test."""
    opened = open_storage(folder, clock, beat=disk.beat)
    yield opened
    opened.stop()
