"""The end of ``classbox setup``: units run, and somebody knows what to do next, in order."""

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from appliance.commands.broker.tell import BOX_UNIT, BROKER_UNIT, SCREENS_UNIT, Services
from appliance.commands.pki.certificate import Kind
from appliance.commands.pki.copies import ScreensHome, told_screens
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
    PEOPLE,
    PKI,
    SCREENS_DIR,
    SCREENS_GROUP,
)
from appliance.commands.placing.machine import Machine
from appliance.commands.setup.carried import to_carry
from appliance.commands.setup.plan import Room, revoked_names, strangers
from appliance.settings.layout import seat_terminals

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


def show_result(
    machine: Machine, console: Console, pki: RoomPki, room: Room, services: Services
) -> None:
    """Say what is left to do: first what nobody here could run, then what to carry where."""
    register = pki.register
    if register.requests:
        console.print("\nHave these signed by the school's authority, as PEM:")
        for name in register.requests:
            console.print(f"  /etc/classbox/pki/requests/{name}.csr")
        console.print("then for each: sudo classbox pki import NAME CERT --chain CHAIN")
        console.print("and again: sudo classbox setup")
        return
    if services.left:
        _show_left(machine, console, room, services)
    if not room.around.broker_here:
        console.print(
            f"\nCarry {BROKER_BUNDLE} to {room.around.hosts[0]}: classbox.conf into "
            "/etc/mosquitto/conf.d, the rest into /etc/mosquitto/classbox, owned by mosquitto with "
            "mode 0640, and restart Mosquitto there."
        )
    home = room.screens_home
    folders = [
        each
        for each in to_carry(machine, pki, room)
        if home is None or not _is_spoken_for(machine, home, Path(each))
    ]
    if folders:
        whose = (
            "To carry, each folder to its owner alone"
            if home is None
            else "To carry only to a PC with a program of its own instead of the pages"
        )
        console.print(f"\n{whose}; new or changed:")
        for folder in folders:
            console.print(f"  {folder}")
    elif home is None:
        console.print("\nNothing new to carry to a PC or a person.")
    for name in strangers(pki, room):
        console.print(f"{name} has a certificate and no seat; run: sudo classbox pki revoke {name}")
    for name in revoked_names(pki, room):
        console.print(pki.how_to_issue_again(name))


def show_next(machine: Machine, console: Console, room: Room) -> None:
    """Say what to type next, in the order in which it works, until a student sees something."""
    home = room.screens_home
    seat, terminal = next(iter(seat_terminals(room.settings).items()))
    ready = "its terminal runs" if home is None else '"Begin" is pressed there'
    first = ("classbox aim", "who sits in whose region of the picture")
    last = (f"classbox test-alert {seat}", f"a harmless test on {terminal}, once {ready}")
    if home is None:
        console.print("\nNext:")
        _show_commands(console, [*([first] if room.settings.cameras else []), last])
        console.print(
            'How a PC gets a terminal: docs/OPERATING.md, "The student\'s PC"; pages in browsers '
            'instead: "The screens".'
        )
        return
    answer = room.around.screens
    origin = str(told_screens(machine, home).get("origin", answer.origin if answer else ""))
    pages = list(_page_commands(origin, terminal))
    if home.here:
        console.print("\nNext, in this order:")
        _show_commands(console, [*([first] if room.settings.cameras else []), *pages, last])
    else:
        where = answer.hosts[0] if answer else ""
        console.print(
            f"\nNext: carry {home.folder} to {where}, which serves the pages, and there, "
            "beside that folder, run:"
        )
        _show_commands(console, [*_install_commands(home), *pages])
        console.print("then here:")
        _show_commands(console, [*([first] if room.settings.cameras else []), last])
    console.print(
        f"Browsers warn until they trust {PKI / 'ca.crt'}, or the pages have a certificate of the "
        'school: docs/OPERATING.md, "Let browsers trust it".'
    )


def _show_left(machine: Machine, console: Console, room: Room, services: Services) -> None:
    """Say what could not be done here, for want of systemd or because it is another machine's."""
    if machine.here:
        console.print("\nNo systemd runs here. Where this machine starts with one, run there:")
    else:
        console.print(f"\nOn the machine whose / {escape(str(machine.root))} becomes, run:")
    _show_commands(console, [(line, "") for line in (*_owners(machine, room), *services.left)])
    console.print('Without systemd, or to try it here: docs/OPERATING.md, "Without systemd".')


def _is_spoken_for(machine: Machine, home: ScreensHome, folder: Path) -> bool:
    """Tell whether a folder is of a person as whom the screens are always connected."""
    return folder.parent == PEOPLE and machine.path(home.copy(Kind.PERSON, folder.name)).is_dir()


def _page_commands(origin: str, terminal: str) -> Iterator[tuple[str, str]]:
    add = "classbox screens account add"
    yield f"{add} YOUR-NAME --role it", f"asks for a password; sign in at {origin}/box"
    yield f"{add} THEIR-NAME --role teacher", f"for each teacher; they sign in at {origin}/teacher"
    yield f"classbox screens code {terminal}", f"type it on {terminal}, at {origin}/enrol"


def _install_commands(home: ScreensHome) -> Iterator[tuple[str, str]]:
    """Yield how the screens come to their machine, and again after a renewal."""
    for line in (
        "apt install ./classbox_*.deb",
        f"cp -rT {home.folder.name} {SCREENS_DIR}",
        f"chown -R root:{SCREENS_GROUP} {SCREENS_DIR}",
        f"chmod -R u=rwX,g=rX,o= {SCREENS_DIR}",
        f"systemctl enable {SCREENS_UNIT}",
        f"systemctl restart {SCREENS_UNIT}",
    ):
        yield line, ""


def _show_commands(console: Console, commands: list[tuple[str, str]]) -> None:
    """Show commands with what they are for; never broken, because they are copied."""
    width = max((len(line) for line, why in commands if why), default=0)
    for line, why in commands:
        text = f"sudo {line:{width}}  # {why}" if why else f"sudo {line}"
        console.print(f"  {escape(text)}", soft_wrap=True)
