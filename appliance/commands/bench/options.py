"""What is measured, and the settings of the box that it is measured on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from appliance.cameras.clip import measure_clip
from appliance.commands.demo.packaged import packaged_clip
from appliance.errors import ConfigError
from appliance.mqtt.wire.address import BrokerAddress
from appliance.settings.load import parse_settings
from appliance.settings.policy import Profile
from appliance.settings.tree import Settings

MOST_CAMERAS = 64
MOST_SEATS = 8
MOST_LANES = 64
MOST_FPS = 60.0
LONGEST_S = 86_400.0
STEPS = ("0", "1", "2", "3", "4")
"""Of the degrade ladder (docs/DESIGN.md, 2)."""

SITE, ROOM, BOX = "bench", "bench", "bench"


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchOptions:
    """One measurement; every number is checked by ``check_options``."""

    cameras: int = 4
    """Number of cameras."""

    fps: float = 15.0
    """Frames per second asked of each camera."""

    seconds: float = 30.0
    """Length of the measured span."""

    warm_up_s: float = 10.0
    """Before it: the seats are taken, the caches full, the ladder settled."""

    clips: tuple[Path, ...] = ()
    """Cameras take them in turn; none means the clip that comes with the package."""

    seats_per_camera: int = 1
    """Columns that each picture is cut into."""

    ladder: str = "on"
    """``on``, ``off`` or the step that the box is held on."""

    lanes: int = 0
    """Worker threads; 0 means one per processor core."""

    @property
    def degrade(self) -> Literal["auto"] | int:
        """The setting ``box.degrade``."""
        if self.ladder == "on":
            return "auto"
        return 0 if self.ladder == "off" else int(self.ladder)


def check_options(options: BenchOptions) -> None:
    """Refuse what cannot be measured, before anything is started.

    Raises:
        ConfigError: A number is out of range.
        CameraError: A clip is not a video that can be read.
    """
    _between("--cameras", options.cameras, 1, MOST_CAMERAS)
    _between("--seats-per-camera", options.seats_per_camera, 1, MOST_SEATS)
    _between("--lanes", options.lanes, 0, MOST_LANES)
    _between("--warm-up", options.warm_up_s, 0, LONGEST_S)
    for name, value, most in (
        ("--fps", options.fps, MOST_FPS),
        ("--seconds", options.seconds, LONGEST_S),
    ):
        if not 0 < value <= most:
            msg = f"{name}: expected more than 0 and at most {most:g}, got {value:g}"
            raise ConfigError(msg)
    if options.ladder not in ("on", "off", *STEPS):
        msg = f"--ladder: expected on, off or a step from 0 to {STEPS[-1]}, got {options.ladder!r}"
        raise ConfigError(msg)
    for clip in options.clips:
        measure_clip(clip)


def _between(name: str, value: float, least: float, most: float) -> None:
    if not (math.isfinite(value) and least <= value <= most):
        msg = f"{name}: expected {least:g} to {most:g}, got {value:g}"
        raise ConfigError(msg)


def camera_names(cameras: int) -> list[str]:
    """Return the keys of the cameras, in order."""
    return [f"cam-{number:02d}" for number in range(1, cameras + 1)]


def seat_name(camera: str, number: int) -> str:
    """Return the key of a seat, and of its terminal."""
    return f"{camera}-{number}"


def seat_names(options: BenchOptions) -> list[str]:
    """Return the keys of all seats."""
    return [
        seat_name(camera, number)
        for camera in camera_names(options.cameras)
        for number in range(1, options.seats_per_camera + 1)
    ]


def camera_clips(options: BenchOptions) -> list[Path]:
    """Return the clip of each camera."""
    clips = options.clips or (packaged_clip(),)
    return [clips[number % len(clips)] for number in range(options.cameras)]


def seat_regions(options: BenchOptions) -> list[tuple[float, float, float, float]]:
    """Return the seats of one camera as x0, y0, x1, y1: equal columns of the picture.

    The packaged clip shows two people, so that one seat of it is its left half.
    """
    seats = options.seats_per_camera
    if not options.clips and seats == 1:
        return [(0.0, 0.0, 0.5, 1.0)]
    return [(seat / seats, 0.0, (seat + 1) / seats, 1.0) for seat in range(seats)]


def make_settings(
    options: BenchOptions,
    *,
    state_dir: Path,
    address: BrokerAddress,
    sources: Sequence[str] | None = None,
) -> Settings:
    """Return the settings of the box that is measured.

    Args:
        options: Already checked.
        state_dir: Where its databases go.
        address: Of its broker.
        sources: One per camera instead of the clips.
    """
    if sources is None:
        sources = [str(clip) for clip in camera_clips(options)]
    regions = seat_regions(options)
    cameras = {
        name: {
            "source": source,
            "fps": options.fps,
            "loop": True,
            "seats": {
                seat_name(name, number): {
                    "region": region,
                    "terminal": seat_name(name, number),
                    # Stored nowhere but in a folder that is deleted: nobody needs to be asked.
                    "consent": "granted",
                }
                for number, region in enumerate(regions, start=1)
            },
        }
        for name, source in zip(camera_names(options.cameras), sources, strict=True)
    }
    tables = {
        "schema": 1,
        "box": {
            "site": SITE,
            "room": ROOM,
            "id": BOX,
            "state_dir": state_dir,
            "lanes": options.lanes,
            "degrade": options.degrade,
        },
        "policy": {"profile": Profile.DEMO},
        "mqtt": {"host": address.host, "port": address.port},
        "cameras": cameras,
    }
    return parse_settings(tables, origin="bench")
