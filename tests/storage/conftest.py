"""A fresh store per test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.storage.store import Storage
from tests.storage.rows import HeldClock, open_storage


@pytest.fixture
def clock() -> HeldClock:
    """Return a clock that stands still."""
    return HeldClock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a state folder that is not there yet."""
    return tmp_path / "state"


@pytest.fixture
def storage(folder: Path, clock: HeldClock) -> Iterator[Storage]:
    """Return an open store; closed after the test."""
    opened = open_storage(folder, clock)
    yield opened
    opened.close()
