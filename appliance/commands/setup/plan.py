"""What has to be done on a machine so that it fits its configuration: nothing twice."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from appliance.commands.broker.acl import People, acl_text
from appliance.commands.broker.config import Identity, broker_config
from appliance.commands.pki.certificate import Kind
from appliance.commands.pki.pairs import usual_folder
from appliance.commands.pki.permissions import people_file, people_of, write_acl, write_people
from appliance.commands.pki.register import Holder, Role
from appliance.commands.pki.room import REVOCATIONS, RoomPki
from appliance.commands.pki.school import make_request
from appliance.commands.placing.layout import (
    BROKER_BUNDLE,
    BROKER_CONFIG,
    BROKER_DIR,
    CONFIG,
    CREDENTIALS,
    PEOPLE_FILE,
    TERMINALS,
)
from appliance.commands.placing.machine import Machine, NewFile
from appliance.commands.setup.answers import Surroundings
from appliance.commands.setup.texts import terminal_text
from appliance.errors import ConfigError
from appliance.settings.layout import seat_terminals
from appliance.settings.tree import Settings

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """One thing to do."""

    says: str
    """What, for whoever watches."""

    act: Callable[[], object] = field(repr=False)
    """Does it."""

    box: bool = False
    """True when the box has to start anew for it."""

    broker: bool = False
    """True when the broker has to start anew for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What one machine is brought into line with."""

    settings: Settings
    """The configuration as it stands."""

    around: Surroundings
    """What it does not say."""

    @property
    def broker_folder(self) -> Path:
        """Where the broker's files go."""
        return BROKER_DIR if self.around.broker_here else BROKER_BUNDLE

    def holders(self) -> Iterator[Holder]:
        """Everybody who needs a certificate."""
        hosts = dict.fromkeys(
            (*self.around.hosts, *(LOOPBACK_NAMES if self.around.broker_here else ()))
        )
        yield Holder(
            name="broker", kind=Kind.BROKER, hosts=tuple(hosts), folder=str(self.broker_folder)
        )
        yield Holder(name=self.settings.box.id, kind=Kind.BOX, folder=str(CREDENTIALS))
        for terminal in seat_terminals(self.settings).values():
            yield _holder(str(terminal), Kind.TERMINAL, None)
        for name in self.around.teachers:
            yield _holder(name, Kind.PERSON, Role.TEACHER)
        for name in self.around.it:
            yield _holder(name, Kind.PERSON, Role.IT)


def plan(machine: Machine, pki: RoomPki, room: Room) -> Iterator[Chore]:
    """Yield what is left to do, in the order in which it has to be done.

    Raises:
        ConfigError: Two would share an id, by which the broker takes the one for the other.
    """
    names = [holder.name for holder in room.holders()]
    if shared := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        msg = f"{', '.join(shared)}: box, broker, terminals and people need an id each; "
        msg += f"change {CONFIG}"
        raise ConfigError(msg)
    own = room.around.own_authority
    if own and not pki.own:
        name = f"{room.settings.box.site}-{room.settings.box.room}-ca"
        yield Chore(says=f"make the room's authority {name}", act=lambda: pki.init(name))
    for holder in room.holders():
        if _lacks(pki, holder):
            yield _credentials(machine, pki, holder, days=room.around.days, own=own)
    yield from _terminal_files(machine, pki, room)
    people = _people(pki, room)
    if not machine.stands(PEOPLE_FILE, whom := people_file(people)):
        yield Chore(says=f"write {PEOPLE_FILE}", act=lambda: write_people(machine, whom), box=True)
    yield from _broker_files(machine, room, people)


def strangers(pki: RoomPki, room: Room) -> list[str]:
    """Return terminals that have a certificate and no seat any more."""
    seated = {str(terminal) for terminal in seat_terminals(room.settings).values()}
    return [name for name in pki.register.names(Kind.TERMINAL) if name not in seated]


def revoked_names(pki: RoomPki, room: Room) -> list[str]:
    """Return who should have a certificate and was deliberately deprived of it."""
    return [
        holder.name
        for holder in room.holders()
        if pki.register.known(holder.name) and pki.register.current(holder.name) is None
    ]


def _holder(name: str, kind: Kind, role: Role | None) -> Holder:
    return Holder(name=name, kind=kind, role=role, folder=str(usual_folder(kind, name)))


def _lacks(pki: RoomPki, holder: Holder) -> bool:
    entry = pki.register.current(holder.name)
    if entry is None:
        asked = pki.register.requests.get(holder.name) == holder
        return not asked and not pki.register.known(holder.name)
    if holder.kind in (Kind.TERMINAL, Kind.PERSON):
        return False  # its bundle may have been carried away
    moved = entry.folder != holder.folder or not set(holder.hosts) <= set(entry.hosts)
    return moved or pki.pairs.standing(entry) is None


def _credentials(machine: Machine, pki: RoomPki, holder: Holder, *, days: int, own: bool) -> Chore:
    where = f"{holder.kind} {holder.name} in {holder.folder}"
    if own:
        return Chore(
            says=f"make a key and a certificate for {where}",
            act=lambda: pki.sign(holder, days=days),
            box=holder.kind is Kind.BOX,
            broker=holder.kind is Kind.BROKER,
        )
    return Chore(
        says=f"make a key and a request for {where}",
        act=lambda: make_request(machine, pki, holder),
    )


def _terminal_files(machine: Machine, pki: RoomPki, room: Room) -> Iterator[Chore]:
    box, gone = room.settings.box, revoked_names(pki, room)
    for terminal in map(str, seat_terminals(room.settings).values()):
        if terminal in gone:
            continue
        text = terminal_text(
            site=box.site,
            room=box.room,
            terminal=terminal,
            host=room.around.hosts[0],
            port=room.around.port,
        )
        file = NewFile(content=text.encode())
        path = TERMINALS / terminal / "terminal.toml"
        if not machine.stands(path, file):
            yield Chore(
                says=f"write {path}",
                act=partial(machine.write, path, file, folder_mode=0o700),
            )


def _broker_files(machine: Machine, room: Room, people: People) -> Iterator[Chore]:
    around, folder = room.around, room.broker_folder
    acl = acl_text(room.settings, people)
    if machine.read(folder / "acl") != acl.encode():
        yield Chore(
            says=f"write {folder / 'acl'}",
            act=lambda: write_acl(machine, folder, acl),
            broker=True,
        )
    text = broker_config(
        identity=Identity.CERTIFICATES,
        port=around.port,
        revocations=around.own_authority or machine.read(REVOCATIONS) is not None,
    )
    path = BROKER_CONFIG if around.broker_here else BROKER_BUNDLE / BROKER_CONFIG.name
    file = NewFile(content=text.encode())
    if not machine.stands(path, file):
        yield Chore(
            says=f"write {path}",
            act=lambda: machine.write(path, file, folder_mode=0o755),
            broker=True,
        )


def _people(pki: RoomPki, room: Room) -> People:
    """Return who was answered and who was added since, but nobody who was revoked."""
    register, around = pki.register, room.around
    later = people_of(register)
    gone = set(revoked_names(pki, room))
    return People(
        teachers=[
            one for one in dict.fromkeys((*around.teachers, *later.teachers)) if one not in gone
        ],
        it=[one for one in dict.fromkeys((*around.it, *later.it)) if one not in gone],
    )
