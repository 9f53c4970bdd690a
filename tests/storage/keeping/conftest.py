"""A state folder with a clock."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.clocks import HeldClock

MEMORY = Path("/dev/shm")  # noqa: S108 - only whether it is there; the folder below is private


@pytest.fixture
def clock() -> HeldClock:
    """Return a clock that stands still."""
    return HeldClock()


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a state folder that is not there yet, in memory where there is room."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as parent:
        yield Path(parent) / "state"
