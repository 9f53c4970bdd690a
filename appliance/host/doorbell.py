"""How a command asks the service that runs on this machine."""

import json
import socket
from collections.abc import Generator
from pathlib import Path
from typing import Any

from appliance.errors import DoorError, NoServiceError, ServiceAwayError
from appliance.host.door import door_address

RUNTIME_FOLDER = Path("/run/classbox")
"""RuntimeDirectory of systemd/classbox.service."""

ROOMS_FOLDER = Path("/run/classbox-decide")
"""Holds the RuntimeDirectory of each classbox-decide@.service, named as its state folder is."""

PATIENCE_S = 30.0
"""Longest wait for the next answer."""


def ask(
    state_dir: Path, *, identity: str, **question: object
) -> Generator[dict[str, Any], None, None]:
    """Put a question to the running service.

    Args:
        state_dir: Of the box; the door of a service without systemd stands there.
        identity: Of the box, so that no other one answers.
        question: ``ask`` and what belongs to it.

    Yields:
        Each answer, as it comes.

    Raises:
        NoServiceError: No service runs here.
        ServiceAwayError: It went away, or does not let us in.
        DoorError: The box refused the question; its text says why.
    """
    line = json.dumps({**question, "box": identity}).encode() + b"\n"
    with _knock(state_dir) as door, door.makefile("rb") as answers:
        try:
            door.sendall(line)
            for answer in answers:
                read: dict[str, Any] = json.loads(answer)
                if "error" in read:
                    raise DoorError(read["error"])
                yield read
        except OSError as error:
            msg = f"the running box does not answer ({error}); see journalctl -u classbox"
            raise ServiceAwayError(msg) from error


def _knock(state_dir: Path) -> socket.socket:
    denied = False
    for folder in (state_dir, ROOMS_FOLDER / state_dir.name, RUNTIME_FOLDER):
        door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        door.settimeout(PATIENCE_S)
        try:
            with door_address(folder) as address:
                door.connect(address)
        except PermissionError:
            denied = True
            door.close()
        except OSError:
            door.close()
        else:
            return door
    if denied:
        msg = "only root and the service's own user may ask the box; run it with sudo"
        raise ServiceAwayError(msg)
    msg = "no classbox service runs here; start it: sudo systemctl start classbox"
    raise NoServiceError(msg)
