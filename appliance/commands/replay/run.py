"""``classbox replay``: look at a clip, or at what a box has stored, and show it over time."""

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from appliance.cameras.clip import measure_clip
from appliance.commands.replay.clip import replay_clip
from appliance.commands.replay.recording import Recording
from appliance.commands.replay.stored import read_recording
from appliance.domain.seats import SeatKey
from appliance.errors import CameraError, ConfigError
from appliance.settings.cameras import CameraSettings
from appliance.settings.load import load_settings, parse_settings
from appliance.settings.policy import Profile
from appliance.settings.tree import Settings

SQLITE_MAGIC = b"SQLite format 3\0"
"""First bytes of every SQLite 3 database (sqlite.org/fileformat2.html, 1.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """What the command line says beside the file; None where it says nothing."""

    config: Path | None = None
    """Seats of a clip."""

    camera: str | None = None
    """Which camera of the configuration the clip shows."""

    seat: str | None = None
    """Only this seat."""

    seconds: float | None = None
    """Only the beginning of a clip."""

    recording: int | None = None
    """Which recording of a database; 1 is the newest."""


def replay_file(path: Path, options: ReplayOptions, *, console: Console) -> Recording:
    """Look at a clip, or read a database; what a file is shows in its content.

    Args:
        path: Any video file, or a ``features.db``.
        options: What to leave out.
        console: For progress.

    Raises:
        ConfigError: An option is wrong, or does not fit the file.
        CameraError: The file is neither, or a clip that breaks off.
        StorageError: A database that holds nothing to show.
        ModelLoadError: A model is missing or damaged.
    """
    if is_database(path):
        _refuse(
            {"--config": options.config, "--camera": options.camera, "--seconds": options.seconds},
            because=f"is for clips, and {path.name} is a database",
        )
        seat = None if options.seat is None else SeatKey(options.seat)
        return read_recording(path, seat=seat, back=_recordings_back(options.recording))
    _refuse(
        {"--recording": options.recording},
        because=f"is for databases, and {path.name} is none",
    )
    if options.camera is not None and options.config is None:
        msg = "--camera: names a camera of a configuration; add --config FILE"
        raise ConfigError(msg)
    if options.seconds is not None and not options.seconds > 0:
        msg = f"--seconds: expected more than 0, got {options.seconds:g}"
        raise ConfigError(msg)
    settings = _clip_settings(path, options)
    length_s = _measure(path)
    seconds = float("inf") if options.seconds is None else options.seconds
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"looking at {path.name}", total=min(length_s, seconds))
        return replay_clip(
            path,
            settings,
            seconds=seconds,
            progress=lambda at_s: progress.update(task, completed=at_s),
        )


def is_database(path: Path) -> bool:
    """Tell by its first bytes whether a file is a database, whatever its name.

    Raises:
        ConfigError: It cannot be read at all.
    """
    try:
        with path.open("rb") as file:
            return file.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC
    except IsADirectoryError as error:
        msg = f"{path}: is a folder; name a clip, or the features.db of a box's state folder"
        raise ConfigError(msg) from error
    except OSError as error:
        msg = f"{path}: {error.strerror}; name a clip, or the features.db of a box's state folder"
        raise ConfigError(msg) from error


def _refuse(options: dict[str, object], *, because: str) -> None:
    given = [name for name, value in options.items() if value is not None]
    if given:
        msg = f"{', '.join(given)}: {because}; leave it out"
        raise ConfigError(msg)


def _recordings_back(recording: int | None) -> int:
    if recording is not None and recording < 1:
        msg = f"--recording: 1 is the newest, 2 the one before it, got {recording}"
        raise ConfigError(msg)
    return 0 if recording is None else recording - 1


def _measure(path: Path) -> float:
    try:
        return measure_clip(path)
    except CameraError as error:
        msg = (
            f"{path}: neither a video that can be read nor a database; "
            "name a clip, or the features.db of a box's state folder"
        )
        raise CameraError(msg) from error


def _clip_settings(path: Path, options: ReplayOptions) -> Settings:
    """Return settings with one camera, whose seats the clip shows."""
    settings = _one_seat(path) if options.config is None else load_settings(options.config)
    name, camera = _pick_camera(settings, options)
    if options.seat is not None:
        if options.seat not in camera.seats:
            there = ", ".join(camera.seats)
            msg = f"--seat: no seat {options.seat!r} on camera {name!r}; there are {there}"
            raise ConfigError(msg)
        seats = {options.seat: camera.seats[options.seat]}
        camera = camera.model_copy(update={"seats": seats})
    if not any(seat.consent == "granted" for seat in camera.seats.values()):
        msg = (
            f'{options.config}: cameras.{name}: no seat has consent = "granted", and nobody can '
            "be asked while a clip is replayed; set it for those who have agreed"
        )
        raise ConfigError(msg)
    return settings.model_copy(update={"cameras": {name: camera}})


def _pick_camera(settings: Settings, options: ReplayOptions) -> tuple[str, CameraSettings]:
    cameras = settings.cameras
    if options.camera is not None:
        if options.camera not in cameras:
            msg = f"--camera: no camera {options.camera!r}; there are {', '.join(cameras)}"
            raise ConfigError(msg)
        return options.camera, cameras[options.camera]
    if len(cameras) > 1:
        msg = f"{options.config}: has {len(cameras)} cameras; add --camera {'|'.join(cameras)}"
        raise ConfigError(msg)
    ((name, camera),) = cameras.items()
    return name, camera


def _one_seat(path: Path) -> Settings:
    """Return the demo's profile with one seat that is the whole picture."""
    tables = {
        "schema": 1,
        # Nothing is stored: the folder is only where a result of ``classbox tune`` would be.
        "box": {"site": "replay", "room": "replay", "id": "replay"},
        "policy": {"profile": Profile.DEMO},
        "cameras": {
            "clip": {
                "source": str(path),
                # Stated in the notes of the picture and of the table.
                "seats": {"one": {"terminal": "one", "consent": "granted"}},
            }
        },
    }
    return parse_settings(tables, origin="replay")
