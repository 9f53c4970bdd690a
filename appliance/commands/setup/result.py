"""The end of ``classbox setup``: units run, and somebody knows what to carry where."""

from rich.console import Console
from rich.markup import escape

from appliance.commands.broker.tell import BOX_UNIT, BROKER_UNIT, SCREENS_UNIT, Services
from appliance.commands.pki.copies import ScreensHome
from appliance.commands.pki.room import RoomPki
from appliance.commands.placing.layout import (
    BOX_GROUP,
    BROKER_BUNDLE,
    BROKER_DIR,
    BROKER_GROUP,
    BROKER_USER,
    CONFIG,
    CONFIG_DIR,
    CREDENTIALS,
    SCREENS_DIR,
    SCREENS_GROUP,
)
from appliance.commands.placing.machine import Machine
from appliance.commands.setup.carried import to_carry
from appliance.commands.setup.plan import Room, revoked_names, strangers

RENEWAL_UNIT = "classbox-renew.timer"


def start_units(services: Services, pki: RoomPki, room: Room, *, box: bool, broker: bool) -> None:
    """Enable and start what shall run, and start anew what changed.

    Args:
        services: systemd, or who does its work.
        pki: Nothing can start while a school's authority has not answered.
        room: Says whether the broker is here.
        box: The box has to read its files again.
        broker: The broker has to read its files again.

    Raises:
        ServiceAwayError: A unit did not start.
    """
    if pki.register.requests:
        return
    if room.around.broker_here:
        services.do("enable", BROKER_UNIT)
        services.do("restart" if broker else "start", BROKER_UNIT)
    services.do("enable", "--now", RENEWAL_UNIT)
    services.do("enable", BOX_UNIT)
    services.do("restart" if box else "start", BOX_UNIT)


def start_screens(services: Services, pki: RoomPki, room: Room, *, changed: bool) -> None:
    """Enable and start the screens where this machine serves them.

    Raises:
        ServiceAwayError: The unit did not start.
    """
    home = room.screens_home
    if pki.register.requests or home is None or not home.here:
        return
    if changed:
        services.do("daemon-reload")
    services.do("enable", SCREENS_UNIT)
    services.do("restart" if changed else "start", SCREENS_UNIT)


def _owners(machine: Machine, room: Room) -> list[str]:
    """Return the commands that hand files to whom they are for.

    Numbers of users and groups are each machine's own, so they cannot be given from another one.
    """
    if machine.here:
        return []
    further = CONFIG_DIR / "config.d"
    for_box = [CONFIG, CREDENTIALS, *([further] if machine.path(further).exists() else [])]
    commands = [
        f"chown -R root:root {CONFIG_DIR}",
        f"chown -R root:{BOX_GROUP} {' '.join(map(str, for_box))}",
    ]
    if room.around.broker_here:
        commands += [
            f"chown -R root:{BROKER_GROUP} {BROKER_DIR}",
            f"chown {BROKER_USER} {BROKER_DIR / 'acl'}",
        ]
    if (home := room.screens_home) and home.here:
        commands.append(f"chown -R root:{SCREENS_GROUP} {home.folder}")
    return commands


def show_result(machine: Machine, console: Console, pki: RoomPki, room: Room) -> None:
    """Say what is left to do, and what to carry where."""
    register = pki.register
    if register.requests:
        console.print("\nHave these signed by the school's authority, as PEM:")
        for name in register.requests:
            console.print(f"  /etc/classbox/pki/requests/{name}.csr")
        console.print("then for each: sudo classbox pki import NAME CERT --chain CHAIN")
        console.print("and again: sudo classbox setup")
        return
    if not room.around.broker_here:
        console.print(
            f"\nCarry {BROKER_BUNDLE} to {room.around.hosts[0]}: classbox.conf into "
            "/etc/mosquitto/conf.d, the rest into /etc/mosquitto/classbox, owned by mosquitto with "
            "mode 0640, and restart Mosquitto there."
        )
    home = room.screens_home
    if home and not home.here:
        _show_screens_to_carry(console, home, room)
    elif home:
        console.print(
            "\nThe screens speak for every seat: to a PC with pages in its browser nothing has to "
            "be carried. Its browser has to trust /etc/classbox/pki/ca.crt: docs/OPERATING.md."
        )
    if folders := to_carry(machine, pki, room):
        console.print("\nTo carry, each folder to its owner alone; new or changed:")
        for folder in folders:
            console.print(f"  {folder}")
    else:
        console.print("\nNothing new to carry to a PC or a person.")
    for name in strangers(pki, room):
        console.print(f"{name} has a certificate and no seat; run: sudo classbox pki revoke {name}")
    for name in revoked_names(pki, room):
        console.print(pki.how_to_issue_again(name))


def _show_screens_to_carry(console: Console, home: ScreensHome, room: Room) -> None:
    """Say how the screens come to their machine, and again after a renewal."""
    where = room.around.screens.hosts[0] if room.around.screens else ""
    console.print(f"\nCarry {home.folder} to {where}, which serves the pages, and there run:")
    for line in (
        "apt install ./classbox_*.deb",
        f"cp -rT {home.folder.name} {SCREENS_DIR}",
        f"chown -R root:{SCREENS_GROUP} {SCREENS_DIR}",
        f"chmod -R u=rwX,g=rX,o= {SCREENS_DIR}",
        f"systemctl enable {SCREENS_UNIT}",
        f"systemctl restart {SCREENS_UNIT}",
    ):
        console.print(f"  sudo {line}")


def show_next(machine: Machine, console: Console, room: Room, services: Services) -> None:
    """Say what to try first, after the commands that nobody here could run."""
    if services.left:
        why = "No systemd runs here" if machine.here else f"{machine.root} is not this machine"
        console.print(f"\n{escape(why)}; on the machine itself run:")
        for line in (*_owners(machine, room), *services.left):
            console.print(f"  sudo {line}")
    seat = next(iter(next(iter(room.settings.cameras.values())).seats))
    console.print("\nNext, to see who sits in whose region of the picture: sudo classbox aim")
    console.print(f"then, with a terminal running on that seat: sudo classbox test-alert {seat}")
