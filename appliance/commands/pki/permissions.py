"""Broker and box follow the configuration and the people who have certificates."""

import json
from collections.abc import Sequence
from pathlib import Path

from appliance.commands.broker.acl import People, acl_text
from appliance.commands.pki.certificate import Kind
from appliance.commands.pki.register import ClientRole, Register
from appliance.commands.pki.room import RoomPki
from appliance.commands.placing.layout import (
    BOX_GROUP,
    BROKER_DIR,
    BROKER_GROUP,
    BROKER_USER,
    CONFIG,
    PEOPLE_FILE,
)
from appliance.commands.placing.machine import Machine, NewFile
from appliance.settings.load import load_settings
from appliance.settings.tree import Settings

_PEOPLE = """\
# Whose requests the box obeys, written by classbox setup and classbox pki; wins over config.toml.
# A running service reads it when it is restarted.
[mqtt]
teachers = {teachers}
it = {it}
"""


def people_of(register: Register) -> People:
    """Return who has a client of their own."""
    return People(
        teachers=register.names(Kind.PERSON, ClientRole.TEACHER),
        it=register.names(Kind.PERSON, ClientRole.IT),
    )


def write_acl(machine: Machine, folder: Path, text: str) -> bool:
    """Put the ACL where the broker reads it; False when it stood there already."""
    here = folder == BROKER_DIR
    # Mosquitto 2.0.21 warns that later releases refuse an ACL that is not its own, or everybody's.
    file = NewFile(content=text.encode(), mode=0o640, owner=BROKER_USER if here else "root")
    return machine.write(folder / "acl", file, group=BROKER_GROUP if here else "root")


def people_file(people: People) -> NewFile:
    """Return what tells the box who may ask it for what."""
    text = _PEOPLE.format(teachers=_listed(people.teachers), it=_listed(people.it))
    return NewFile(content=text.encode(), mode=0o640)


def write_people(machine: Machine, file: NewFile) -> bool:
    """Put it where the box reads it; False when it stood there already."""
    return machine.write(PEOPLE_FILE, file, group=BOX_GROUP, folder_mode=0o750)


def refresh_people(machine: Machine, pki: RoomPki) -> bool:
    """Write the ACL of each broker that this machine looks after, and whom its box obeys.

    Returns:
        True when the box has to start anew for it.

    Raises:
        ConfigError: The configuration, from which it follows, is wrong.
    """
    brokers = pki.register.names(Kind.BROKER)
    if not brokers or machine.read(CONFIG) is None:
        return False
    settings: Settings = load_settings(machine.path(CONFIG))
    for name in brokers:
        write_acl(
            machine,
            Path(pki.require(name).folder),
            acl_text(settings, people_of(pki.register)),
        )
    return write_people(machine, people_file(people_of(pki.register)))


def _listed(names: Sequence[str]) -> str:
    """Return a list of TOML; ids are written like JSON's."""
    return json.dumps(list(names))
