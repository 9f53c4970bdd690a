"""The broker's ACL follows the configuration and the people who have certificates."""

from pathlib import Path

from appliance.commands.broker.acl import People, acl_text
from appliance.commands.pki.certificate import Kind
from appliance.commands.pki.register import Register, Role
from appliance.commands.pki.room import RoomPki
from appliance.commands.placing.layout import BROKER_DIR, BROKER_GROUP, CONFIG
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
    group = BROKER_GROUP if folder == BROKER_DIR else "root"
    # Newer releases of Mosquitto refuse an ACL that everybody can read.
    return machine.write(folder / "acl", NewFile(content=text.encode(), mode=0o640), group=group)


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
