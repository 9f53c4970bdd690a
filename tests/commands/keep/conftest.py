"""A stopped box with something about two students on it, and a backup of it."""

from pathlib import Path

import pytest

from tests.support.backups import call
from tests.support.clocks import HeldClock
from tests.support.kept import fill
from tests.support.rows import OTHER_SEAT, SEAT, open_storage
from tests.support.service import write_config

CAMERAS = {
    "a": 'source = "rtsp://me:s3cret@camera-a/live?token=hush"\n# "rtsp://old:f0rgotten@camera-b"',
    "b": 'source = "/dev/video1"',
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return the configuration of a stopped box with something about two students on it."""
    folder = tmp_path / "box"
    folder.mkdir()
    config = write_config(folder, cameras=CAMERAS)
    text = config.read_text(encoding="utf-8")
    password = '[mqtt]\nusername = "box-1"\npassword_file = "/etc/classbox/mqtt.password"'
    config.write_text(text.replace("[mqtt]", password), encoding="utf-8")
    storage = open_storage(folder / "state", HeldClock(), on_file={SEAT, OTHER_SEAT})
    fill(storage)
    storage.stop()
    return config


@pytest.fixture
def state(config: Path) -> Path:
    """Return its state folder."""
    return config.parent / "state"


@pytest.fixture
def archive(config: Path, tmp_path: Path) -> Path:
    """Return a backup of it."""
    file = tmp_path / "box-1.tar.gz"
    assert call("backup", str(file), "--config", str(config)).exit_code == 0
    return file
