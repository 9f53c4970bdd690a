"""Heartbeats of the threads, and what systemd is told."""

import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


class Heartbeats:
    """Last sign of life per thread; a thread that stays silent stops the watchdog."""

    def __init__(self, *, monotonic: Callable[[], float]) -> None:
        """Take the clock; a thread is known from its first beat on."""
        self._monotonic = monotonic
        self._last: dict[str, float] = {}
        self._lock = threading.Lock()

    def beat(self, name: str) -> None:
        """Note that a thread is alive."""
        with self._lock:
            self._last[name] = self._monotonic()

    def forget(self, name: str) -> None:
        """Stop expecting a thread that has ended on purpose."""
        with self._lock:
            self._last.pop(name, None)

    def silent_for(self, limit_s: float) -> list[str]:
        """Return the threads whose last beat is more than ``limit_s`` ago."""
        now = self._monotonic()
        with self._lock:
            return sorted(name for name, last in self._last.items() if now - last > limit_s)


class SystemdNotifier:
    """Speaks the ``sd_notify`` protocol; without systemd every call does nothing.

    Source: sd_notify(3): datagrams to the socket that ``NOTIFY_SOCKET`` names.
    """

    def __init__(self, address: str | None) -> None:
        """Take the socket address; None or empty means that systemd did not start us."""
        self._address = address

    @classmethod
    def from_environment(cls) -> "SystemdNotifier":
        """Read the address that systemd passes, and keep it from child processes."""
        return cls(os.environ.pop("NOTIFY_SOCKET", None))

    def ready(self) -> None:
        """Say that start-up has finished."""
        self._send("READY=1")

    def watchdog(self) -> None:
        """Say that all threads are alive."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """Say that shutdown has begun."""
        self._send("STOPPING=1")

    def status(self, text: str) -> None:
        """Set the line that ``systemctl status`` shows."""
        self._send(f"STATUS={text}")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        # A leading @ means the abstract namespace.
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as connection:
            connection.connect(address)
            connection.sendall(message.encode())


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
