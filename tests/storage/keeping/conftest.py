"""A filled store with two seats that the configuration grants, and a backup of it."""

from pathlib import Path

import pytest

from appliance.storage.store import Storage
from tests.support.clocks import HeldClock
from tests.support.kept import BOTH, Backup, fill
from tests.support.rows import SEAT, open_storage


@pytest.fixture
def filled(folder: Path, clock: HeldClock) -> Storage:
    """Return a store with something about two students; the test closes it."""
    opened = open_storage(folder, clock, on_file=BOTH)
    fill(opened)
    return opened


@pytest.fixture
def backup(folder: Path, filled: Storage, clock: HeldClock, tmp_path: Path) -> Backup:
    """Return a backup of it, made while it is open."""
    assert filled.consent.granted(SEAT)
    return Backup(folder, tmp_path / "backup", clock)
