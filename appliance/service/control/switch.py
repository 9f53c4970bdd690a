"""The switch at the box: a file, or the value of a GPIO pin, that closes the cameras."""

import os
from pathlib import Path

import structlog

from appliance.errors import ConfigError
from appliance.service.control.closures import Closure, Closures

OPEN = b"0"
"""What a pin that is low reads; a file without this content keeps the cameras closed."""

HIDDEN = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"))  # noqa: S108 - named, not used
"""Folders of which the service sees its own, empty ones (systemd/classbox.service)."""


class Switch:
    """Closes the cameras while the switch is on; whatever cannot be read is on."""

    def __init__(self, path: Path, closures: Closures) -> None:
        """Name the file; ``follow`` looks at it."""
        self._path = path
        self._closures = closures
        self._log = structlog.get_logger()

    def follow(self) -> None:
        """Look at the switch."""
        why = read_switch(self._path)
        if why == self._closures.reasons().get(Closure.SWITCH):
            return
        self._log.info("switch", closed=why is not None, reason=why or "")
        if why is None:
            self._closures.open(Closure.SWITCH)
        else:
            self._closures.close(Closure.SWITCH, why=why)


def read_switch(path: Path) -> str | None:
    """Return why the cameras must be closed; None while they may be open.

    Args:
        path: Absent, or holding ``0``: open. The folder has to be there: a pin that was never
            exported has none, and nobody could close the cameras with it.
    """
    try:
        # A pipe without a writer must not hold the thread.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            content = file.read(16)
    except FileNotFoundError:
        return None if path.parent.is_dir() else f"there is no folder {path.parent}"
    except OSError as error:
        return f"{path} cannot be read ({error.strerror})"
    return None if (content or b"").strip() == OPEN else f"{path} is on"


def require_visible(path: Path) -> None:
    """Refuse a switch that the service could never see.

    Raises:
        ConfigError: It lies in a folder of which the service has one of its own.
    """
    for folder in HIDDEN:
        if path.is_relative_to(folder):
            msg = (
                f"box.pause_switch: the service does not see {folder} of the machine; "
                "take another folder, such as /etc/classbox"
            )
            raise ConfigError(msg)
