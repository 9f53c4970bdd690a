"""Which folders have to be carried to their owners: those that changed since the last time."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from appliance.commands.pki.certificate import WITH_FOLDER, Kind
from appliance.commands.pki.room import RoomPki
from appliance.commands.placing.layout import PKI
from appliance.commands.placing.machine import SECRET_MODE, Machine, NewFile
from appliance.commands.setup.plan import Room, strangers

CARRIED = PKI / "carried.json"
"""Name to a digest of what lay in its folder when it was last listed."""


def to_carry(machine: Machine, pki: RoomPki, room: Room) -> list[str]:
    """Return the folders that are new or changed, and note that they were listed."""
    before = _noted(machine)
    now = dict(_digests(machine, pki, room))
    content = json.dumps(now, indent=1).encode() + b"\n"
    machine.write(CARRIED, NewFile(content=content, mode=SECRET_MODE), folder_mode=0o700)
    return [folder for folder, digest in now.items() if before.get(folder) != digest]


def _noted(machine: Machine) -> dict[str, str]:
    try:
        noted = json.loads(machine.read(CARRIED) or b"{}")
    except ValueError:
        noted = {}  # damaged: every folder is listed once more
    return noted if isinstance(noted, dict) else {}


def _digests(machine: Machine, pki: RoomPki, room: Room) -> Iterator[tuple[str, str]]:
    """Yield the folder of everybody who may connect, by certificate and configuration."""
    gone = strangers(pki, room)
    for kind in WITH_FOLDER:
        for name in pki.register.names(kind):
            if name in gone:
                continue
            entry = pki.require(name)
            file = "config.toml" if kind is Kind.SENSOR else "terminal.toml"
            told = machine.read(Path(entry.folder) / file) or b""
            content = f"{entry.serial:x}\n".encode() + told
            yield entry.folder, hashlib.sha256(content).hexdigest()
