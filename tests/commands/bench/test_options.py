"""Wrong input is refused before anything is started, and columns become seats."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.commands.bench.options import (
    MOST_CAMERAS,
    BenchOptions,
    camera_clips,
    check_options,
    make_settings,
    seat_names,
    seat_regions,
)
from appliance.errors import CameraError, ConfigError
from appliance.mqtt.wire.address import BrokerAddress
from appliance.settings.tree import Settings


def settings_for(options: BenchOptions, *, sources: list[str] | None = None) -> Settings:
    """Return the settings of a box that is never run."""
    address = BrokerAddress(host="127.0.0.1", port=1)
    return make_settings(options, state_dir=Path("state"), address=address, sources=sources)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cameras": 0}, "--cameras: expected 1 to 64, got 0"),
        ({"cameras": MOST_CAMERAS + 1}, "--cameras: expected 1 to 64, got 65"),
        ({"seconds": 0.0}, "--seconds: expected more than 0 and at most 86400, got 0"),
        ({"seconds": float("nan")}, "--seconds: expected more than 0 and at most 86400, got nan"),
        ({"fps": 0.0}, "--fps: expected more than 0 and at most 60, got 0"),
        ({"fps": 61.0}, "--fps: expected more than 0 and at most 60, got 61"),
        ({"warm_up_s": -1.0}, "--warm-up: expected 0 to 86400, got -1"),
        ({"seats_per_camera": 9}, "--seats-per-camera: expected 1 to 8, got 9"),
        ({"lanes": -1}, "--lanes: expected 0 to 64, got -1"),
        ({"ladder": "7"}, "--ladder: expected on, off or a step from 0 to 4, got '7'"),
    ],
)
def test_a_number_out_of_range_is_named_in_one_line(change: dict[str, Any], message: str) -> None:
    """The option, what was expected, and what was given."""
    with pytest.raises(ConfigError) as refusal:
        check_options(replace(BenchOptions(), **change))

    assert str(refusal.value) == message


def test_the_ends_of_the_ranges_can_be_measured() -> None:
    """The largest and the smallest are allowed."""
    check_options(BenchOptions(cameras=MOST_CAMERAS, fps=60.0, seats_per_camera=8, lanes=64))
    check_options(BenchOptions(cameras=1, warm_up_s=0.0, ladder="4", lanes=0))


def test_a_clip_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """Before the models are loaded."""
    with pytest.raises(CameraError, match="none"):
        check_options(BenchOptions(clips=(tmp_path / "none.mp4",)))


def test_cameras_take_the_clips_in_turn() -> None:
    """With fewer clips than cameras the first comes again."""
    clips = (Path("a.mp4"), Path("b.mp4"))

    assert camera_clips(BenchOptions(cameras=3, clips=clips)) == [*clips, clips[0]]


def test_columns_cover_the_picture() -> None:
    """Neighbouring seats meet, and one seat of a clip of one's own is the whole picture."""
    clips = (Path("a.mp4"),)

    assert seat_regions(BenchOptions(clips=clips)) == [(0.0, 0.0, 1.0, 1.0)]
    assert seat_regions(BenchOptions(clips=clips, seats_per_camera=4)) == [
        (0.0, 0.0, 0.25, 1.0),
        (0.25, 0.0, 0.5, 1.0),
        (0.5, 0.0, 0.75, 1.0),
        (0.75, 0.0, 1.0, 1.0),
    ]


def test_one_seat_of_the_packaged_clip_is_its_left_half() -> None:
    """Two people sit in it."""
    assert seat_regions(BenchOptions()) == [(0.0, 0.0, 0.5, 1.0)]
    assert len(seat_regions(BenchOptions(seats_per_camera=2))) == 2


@pytest.mark.parametrize(("ladder", "degrade"), [("on", "auto"), ("off", 0), ("0", 0), ("3", 3)])
def test_the_ladder_becomes_the_boxs_setting(ladder: str, degrade: object) -> None:
    """On is automatic; off holds the first step."""
    assert settings_for(BenchOptions(ladder=ladder)).box.degrade == degrade


def test_the_box_gets_every_camera_and_seat() -> None:
    """Clips go round for ever at the rate asked for."""
    options = BenchOptions(cameras=2, seats_per_camera=2, fps=10.0, lanes=3)

    settings = settings_for(options)

    assert list(settings.cameras) == ["cam-01", "cam-02"]
    assert [seat for camera in settings.cameras.values() for seat in camera.seats] == seat_names(
        options
    )
    assert {camera.fps for camera in settings.cameras.values()} == {10.0}
    assert all(camera.loop and camera.realtime for camera in settings.cameras.values())
    assert settings.box.lanes == 3


def test_other_sources_take_the_place_of_the_clips() -> None:
    """Network cameras are measured like clips."""
    url = "http://127.0.0.1:9/live.mjpg"

    assert settings_for(BenchOptions(cameras=1), sources=[url]).cameras["cam-01"].source == url
