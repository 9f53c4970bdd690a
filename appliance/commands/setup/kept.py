"""What an earlier run settled, read from what it left."""

from pathlib import Path

from appliance.commands.pki.authority import DAYS
from appliance.commands.pki.certificate import Kind
from appliance.commands.pki.permissions import people_of
from appliance.commands.pki.register import Role
from appliance.commands.pki.room import RoomPki
from appliance.commands.placing.layout import BROKER_BUNDLE
from appliance.commands.setup.answers import Surroundings
from appliance.settings.tree import Settings

BROKER = "broker"
"""Common name of the broker's certificate."""


def kept_surroundings(
    pki: RoomPki, settings: Settings, *, usual_hosts: tuple[str, ...]
) -> Surroundings:
    """Return broker, people and authority as they are, or as they usually are.

    Args:
        pki: What was issued or asked for.
        settings: The configuration that is kept.
        usual_hosts: Names of this machine, where nothing was issued yet.
    """
    register = pki.register
    broker = register.current(BROKER) or register.requests.get(BROKER)
    if broker is None:
        return Surroundings(hosts=usual_hosts, port=settings.mqtt.port)
    waiting = [one for one in register.requests.values() if one.kind is Kind.PERSON]
    people = people_of(register)
    return Surroundings(
        hosts=broker.hosts,
        port=settings.mqtt.port,
        broker_here=Path(broker.folder) != BROKER_BUNDLE,
        teachers=(*people.teachers, *(one.name for one in waiting if one.role is Role.TEACHER)),
        it=(*people.it, *(one.name for one in waiting if one.role is Role.IT)),
        own_authority=pki.own,
        days=DAYS,
    )
