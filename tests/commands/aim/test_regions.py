"""Proposed regions are written beside the configuration, win over it, and leave its text alone."""

import tomllib
from pathlib import Path

import pytest

from appliance.commands.aim.regions import REGIONS_FILE, write_regions
from appliance.domain.frames import CameraKey
from appliance.domain.seats import WHOLE_PICTURE, Region, SeatKey
from appliance.errors import ConfigError
from appliance.settings.layout import camera_regions
from appliance.settings.load import load_settings
from tests.support.service import write_config

FRONT, BACK = CameraKey("front"), CameraKey("back")
A01, A02 = SeatKey("a01"), SeatKey("a02")
LEFT = Region(x0=0.0, y0=0.125, x1=0.5, y1=1.0)
RIGHT = Region(x0=0.5, y0=0.0, x1=1.0, y1=0.875)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a configuration with two cameras of one seat each, and a comment."""
    path = write_config(
        tmp_path, cameras={"front": 'source = "/dev/video0"', "back": 'source = "/dev/video1"'}
    )
    path.write_text(f"# by hand\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    path.chmod(0o640)
    return path


def test_what_is_written_wins_and_the_rest_stays(config: Path) -> None:
    """The file that people edit is as it was; mode and place are those of a configuration."""
    before = config.read_bytes()
    target = write_regions(config, FRONT, {A01: LEFT})
    assert target == config.parent / REGIONS_FILE
    assert config.read_bytes() == before
    assert target.stat().st_mode & 0o777 == 0o640
    assert list(target.parent.iterdir()) == [target]
    assert camera_regions(load_settings(config)) == {
        FRONT: {A01: LEFT},
        BACK: {A02: WHOLE_PICTURE},
    }


def test_another_camera_keeps_what_was_written_for_it(config: Path) -> None:
    """And a second proposal replaces the first."""
    write_regions(config, FRONT, {A01: LEFT})
    write_regions(config, BACK, {A02: LEFT})
    write_regions(config, FRONT, {A01: RIGHT})
    assert camera_regions(load_settings(config)) == {FRONT: {A01: RIGHT}, BACK: {A02: LEFT}}


def test_a_later_file_that_wins_is_named(config: Path) -> None:
    """Nobody looks for hours at regions that are not in force."""
    later = config.parent / "config.d" / "60-site.toml"
    later.parent.mkdir()
    later.write_text("[cameras.front.seats.a01]\nregion = [0, 0, 1, 0.5]\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"sets the region of a01 and wins"):
        write_regions(config, FRONT, {A01: LEFT})


def test_a_file_that_somebody_has_spoilt_is_left_alone(config: Path) -> None:
    """With what is wrong with it."""
    target = config.parent / REGIONS_FILE
    target.parent.mkdir()
    target.write_text("cameras = [", encoding="utf-8")
    with pytest.raises(ConfigError, match="delete or correct it"):
        write_regions(config, FRONT, {A01: LEFT})
    assert target.read_text(encoding="utf-8") == "cameras = ["


def test_a_place_that_cannot_be_written_is_said(config: Path) -> None:
    """Here a file stands where the folder should be."""
    (config.parent / "config.d").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"50-aim\.toml"):
        write_regions(config, FRONT, {A01: LEFT})


def test_only_regions_are_written(config: Path) -> None:
    """Everything else stays where people look for it."""
    target = write_regions(config, FRONT, {A01: LEFT})
    assert tomllib.loads(target.read_text(encoding="utf-8")) == {
        "cameras": {"front": {"seats": {"a01": {"region": [0.0, 0.125, 0.5, 1.0]}}}}
    }
