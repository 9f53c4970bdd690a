"""What the operating system says about the board and its clock."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardReadings:
    """What the operating system says about the board."""

    temperature_c: float | None
    """Hottest thermal zone, degrees Celsius; None where there is none."""

    rss_mb: float
    """Resident memory of this process, MB."""

    disk_free_mb: float
    """Free space of the state folder's file system, MB."""


def read_board(state_dir: Path) -> BoardReadings:
    """Read temperature, memory and disk from Linux."""
    zones = Path("/sys/class/thermal").glob("thermal_zone*/temp")
    temperatures = [celsius for zone in zones if (celsius := _celsius(zone)) is not None]
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    disk = os.statvfs(state_dir)
    return BoardReadings(
        temperature_c=max(temperatures, default=None),
        rss_mb=pages * os.sysconf("SC_PAGE_SIZE") / 1e6,
        disk_free_mb=disk.f_bavail * disk.f_frsize / 1e6,
    )


def read_clock_state() -> str:
    """Return ``synced`` when systemd-timesyncd has set the clock, else ``unknown``.

    chrony and ntpd leave no such file, so its absence proves nothing.
    """
    return "synced" if Path("/run/systemd/timesync/synchronized").exists() else "unknown"


def _celsius(zone: Path) -> float | None:
    try:
        return int(zone.read_text(encoding="ascii")) / 1000
    except (OSError, ValueError):  # some zones cannot be read while their device sleeps
        return None
