"""What systemd is told, and what it hands over."""

import os
import socket
from pathlib import Path


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


def runtime_folder() -> Path | None:
    """Return the folder in memory that systemd keeps over a restart; None without one.

    Source: systemd.exec(5), RuntimeDirectory: a list, separated by colons.
    """
    first, _, _ = os.environ.get("RUNTIME_DIRECTORY", "").partition(":")
    return Path(first) if first else None
