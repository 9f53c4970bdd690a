"""A fresh store per test."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.storage.store import Storage
from tests.support.rows import HeldClock, open_storage


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
def storage(folder: Path, clock: HeldClock) -> Iterator[Storage]:
    """Return an open store; closed after the test."""
    opened = open_storage(folder, clock)
    yield opened
    opened.stop()
