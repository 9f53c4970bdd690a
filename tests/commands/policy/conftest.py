"""A box's configuration, and the store in its state folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.storage.store import Storage
from tests.support.clocks import HeldClock
from tests.support.rows import open_storage
from tests.support.service import write_config


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a configuration with one seat."""
    return write_config(tmp_path, cameras={"front": 'source = "/dev/video97"'})


@pytest.fixture
def storage(config: Path) -> Iterator[Storage]:
    """Return the open store of that box; commands read beside it."""
    opened = open_storage(config.parent / "state", HeldClock())
    yield opened
    opened.stop()
