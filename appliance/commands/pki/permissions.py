"""The broker's ACL follows the configuration and the people who have certificates."""

from pathlib import Path

from appliance.commands.broker.acl import People, acl_text
from appliance.commands.pki.certificate import Kind
from appliance.commands.pki.register import Register, Role
from appliance.commands.pki.room import RoomPki
from appliance.commands.placing.layout import BROKER_DIR, BROKER_GROUP, BROKER_USER, CONFIG
from appliance.commands.placing.machine import Machine, NewFile
from appliance.settings.load import load_settings
from appliance.settings.tree import Settings


def people_of(register: Register) -> People:
    """Return who has a client of their own."""
    return People(
        teachers=register.names(Kind.PERSON, Role.TEACHER), it=register.names(Kind.PERSON, Role.IT)
    )


def write_acl(machine: Machine, folder: Path, text: str) -> bool:
    """Put the ACL where the broker reads it; False when it stood there already."""
    here = folder == BROKER_DIR
    # Mosquitto 2.0.21 warns that later releases refuse an ACL that is not its own, or everybody's.
    file = NewFile(content=text.encode(), mode=0o640, owner=BROKER_USER if here else "root")
    return machine.write(folder / "acl", file, group=BROKER_GROUP if here else "root")


def refresh_acl(machine: Machine, pki: RoomPki) -> None:
    """Write the ACL of each broker that this machine looks after.

    Raises:
        ConfigError: The configuration, from which it follows, is wrong.
    """
    brokers = pki.register.names(Kind.BROKER)
    if not brokers or machine.read(CONFIG) is None:
        return
    settings: Settings = load_settings(machine.path(CONFIG))
    for name in brokers:
        write_acl(
            machine,
            Path(pki.require(name).folder),
            acl_text(settings, people_of(pki.register)),
        )
