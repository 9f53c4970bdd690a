"""Writes seat regions beside a configuration that people edit, and leaves their file alone."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from appliance.domain.frames import CameraKey
from appliance.domain.seats import Region, SeatKey
from appliance.errors import ConfigError
from appliance.settings.layout import camera_regions
from appliance.settings.load import load_settings

REGIONS_FILE = Path("config.d") / "50-aim.toml"
"""Beside the configuration; read after it, so that it wins."""

_HEAD = """\
# Seat regions, written by classbox aim; they win over those in config.toml.
# Delete this file to return to the others. A running service reads it when it is restarted.
"""


def write_regions(config: Path, camera: CameraKey, regions: Mapping[SeatKey, Region]) -> Path:
    """Write the regions of some seats of a camera; those of other cameras and seats stay.

    Args:
        config: The configuration file; the one written has its owner and mode.
        camera: Of the seats.
        regions: By seat.

    Returns:
        The file that was written.

    Raises:
        ConfigError: It cannot be written, or something else sets the regions and wins.
    """
    target = config.parent / REGIONS_FILE
    tables = _read(target)
    its = tables.setdefault(camera, {})
    its |= {seat: [r.x0, r.y0, r.x1, r.y1] for seat, r in regions.items()}
    try:
        _make_folder(target.parent)
        _replace(target, _HEAD + _toml(tables), like=config)
    except OSError as error:
        msg = f"{target}: cannot be written ({error.strerror}); run it with sudo"
        raise ConfigError(msg) from error
    in_force = camera_regions(load_settings(config))[camera]
    lost = [seat for seat, region in regions.items() if in_force[seat] != region]
    if lost:
        msg = (
            f"{target} is written, but a later file in {target.parent} or the environment sets "
            f"the region of {', '.join(lost)} and wins; take it out there"
        )
        raise ConfigError(msg)
    return target


def _read(target: Path) -> dict[str, dict[str, list[float]]]:
    """Return the regions that were written before, by camera and seat."""
    try:
        document = tomllib.loads(target.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, tomllib.TOMLDecodeError) as error:
        msg = f"{target}: {error}; delete or correct it"
        raise ConfigError(msg) from error
    return {
        camera: {
            seat: its["region"] for seat, its in table.get("seats", {}).items() if "region" in its
        }
        for camera, table in document.get("cameras", {}).items()
    }


def _toml(tables: Mapping[str, Mapping[str, list[float]]]) -> str:
    return "".join(
        f"\n[cameras.{camera}.seats.{seat}]\nregion = {region}\n"
        for camera, seats in tables.items()
        for seat, region in seats.items()
    )


def _make_folder(folder: Path) -> None:
    if folder.exists():
        return
    above = folder.parent.stat()
    folder.mkdir(mode=above.st_mode & 0o777)
    _give(folder, uid=above.st_uid, gid=above.st_gid)


def _replace(target: Path, text: str, *, like: Path) -> None:
    """Put a file in place at once, so that a service that starts now reads all or nothing of it."""
    fresh = target.with_name(f"{target.name}.new")  # no .toml: nobody reads it
    owner = like.stat()
    with fresh.open("w", encoding="utf-8") as stream:
        os.fchmod(stream.fileno(), owner.st_mode & 0o777)
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    _give(fresh, uid=owner.st_uid, gid=owner.st_gid)
    fresh.replace(target)


def _give(path: Path, *, uid: int, gid: int) -> None:
    if os.geteuid() == 0:
        os.chown(path, uid, gid)
