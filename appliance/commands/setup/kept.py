"""What an earlier run settled, read from what it left."""

from dataclasses import replace
from pathlib import Path

from appliance.commands.pki.authority import DAYS
from appliance.commands.pki.certificate import Kind
from appliance.commands.pki.copies import SCREENS, screens_home
from appliance.commands.pki.permissions import people_of
from appliance.commands.pki.register import ClientRole
from appliance.commands.pki.room import RoomPki
from appliance.commands.placing.layout import BROKER_BUNDLE
from appliance.commands.setup.answers import (
    CameraAnswer,
    SeatAnswer,
    SensorAnswer,
    SetupAnswers,
    Surroundings,
)
from appliance.commands.setup.plan import LOOPBACK_NAMES
from appliance.commands.setup.screens import ScreensAnswer
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
        teachers=(
            *people.teachers,
            *(one.name for one in waiting if one.role is ClientRole.TEACHER),
        ),
        it=(*people.it, *(one.name for one in waiting if one.role is ClientRole.IT)),
        own_authority=pki.own,
        days=DAYS,
        screens=kept_screens(pki),
    )


def kept_screens(pki: RoomPki) -> ScreensAnswer | None:
    """Return who serves pages; None where nobody does."""
    register = pki.register
    holder = register.current(SCREENS) or register.requests.get(SCREENS)
    home = screens_home(register)
    if holder is None or home is None:
        return None
    hosts = tuple(host for host in holder.hosts if host not in LOOPBACK_NAMES)
    return ScreensAnswer(hosts=hosts or holder.hosts, here=home.here)


def kept_answers(settings: Settings, around: Surroundings) -> SetupAnswers:
    """Return the answers that a configuration comes to, to offer them again."""
    box = settings.box
    first, *others = around.hosts
    # Those that every broker's certificate gets were nobody's answer.
    hosts = (first, *(host for host in others if host not in LOOPBACK_NAMES))
    return SetupAnswers(
        site=box.site,
        room=box.room,
        box=box.id,
        profile=settings.policy.profile,
        cameras=tuple(
            CameraAnswer(
                camera=name,
                source=camera.source,
                seats=tuple(
                    SeatAnswer(seat=seat, terminal=its.terminal)
                    for seat, its in camera.seats.items()
                ),
            )
            for name, camera in settings.cameras.items()
        ),
        around=replace(around, hosts=hosts),
        sensors=tuple(
            SensorAnswer(
                sensor=name,
                seats=tuple(
                    SeatAnswer(seat=seat, terminal=its.terminal)
                    for seat, its in sensor.seats.items()
                ),
            )
            for name, sensor in settings.sensors.items()
        ),
    )
