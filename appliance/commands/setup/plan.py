"""What has to be done on a machine so that it fits its configuration: nothing twice."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from appliance.commands.broker.acl import People, acl_text
from appliance.commands.broker.config import Identity, broker_config
from appliance.commands.pki.certificate import WITH_FOLDER, Kind
from appliance.commands.pki.copies import (
    SCREENS,
    ScreensHome,
    copy_stands,
    told_screens,
    write_copy,
)
from appliance.commands.pki.pairs import usual_folder
from appliance.commands.pki.permissions import people_file, people_of, write_acl, write_people
from appliance.commands.pki.register import ClientRole, Holder
from appliance.commands.pki.room import REVOCATIONS, RoomPki
from appliance.commands.pki.school import make_request
from appliance.commands.placing.layout import (
    BROKER_BUNDLE,
    BROKER_CONFIG,
    BROKER_DIR,
    CONFIG,
    CREDENTIALS,
    PEOPLE_FILE,
    SCREENS_BUNDLE,
    SCREENS_DIR,
    SCREENS_PORT_FILE,
    SENSORS,
    TERMINALS,
)
from appliance.commands.placing.machine import SECRET_MODE, Machine, NewFile
from appliance.commands.setup.answers import SensorAnswer, Surroundings
from appliance.commands.setup.screens import ScreensAnswer
from appliance.commands.setup.sensors.renewed import renewed
from appliance.commands.setup.texts import LOW_PORT, screens_text, sensor_text, terminal_text
from appliance.errors import ConfigError
from appliance.settings.layout import seat_terminals, sensor_seats
from appliance.settings.tree import Settings

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
FIRST_FREE_PORT = 1024
"""Below it only who has the right may listen."""


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

    screens: bool = False
    """True when the screens have to start anew for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What one machine is brought into line with."""

    settings: Settings
    """The configuration as it stands."""

    around: Surroundings
    """What it does not say."""

    sensors: tuple[SensorAnswer, ...] = ()
    """What was answered of sensors: their cameras, which the box's settings do not say."""

    @property
    def broker_folder(self) -> Path:
        """Where the broker's files go."""
        return BROKER_DIR if self.around.broker_here else BROKER_BUNDLE

    @property
    def screens_home(self) -> ScreensHome | None:
        """Where the files of the screens go; None without screens."""
        if self.around.screens is None:
            return None
        return ScreensHome(SCREENS_DIR if self.around.screens.here else SCREENS_BUNDLE)

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
        for sensor in self.settings.sensors:
            yield _holder(sensor, Kind.SENSOR, None)
        for name in self.around.teachers:
            yield _holder(name, Kind.PERSON, ClientRole.TEACHER)
        for name in self.around.it:
            yield _holder(name, Kind.PERSON, ClientRole.IT)
        if (home := self.screens_home) and (answer := self.around.screens):
            yield Holder(
                name=SCREENS,
                kind=Kind.SCREENS,
                hosts=tuple(dict.fromkeys((*answer.hosts, *LOOPBACK_NAMES))),
                folder=str(home.folder / "server"),
            )


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
    home = room.screens_home
    if home and (answer := room.around.screens):
        yield from _screens_settings(machine, pki, room, home=home, answer=answer)
    own = room.around.own_authority
    if own and not pki.own:
        name = f"{room.settings.box.site}-{room.settings.box.room}-ca"
        yield Chore(says=f"make the room's authority {name}", act=lambda: pki.init(name))
    for holder in room.holders():
        if _lacks(pki, holder):
            yield _credentials(machine, pki, holder, days=room.around.days, own=own)
    yield from _terminal_files(machine, pki, room)
    people = _people(pki, room)
    yield from _sensor_files(machine, pki, room, people)
    if not machine.stands(PEOPLE_FILE, whom := people_file(people)):
        yield Chore(says=f"write {PEOPLE_FILE}", act=lambda: write_people(machine, whom), box=True)
    yield from _broker_files(machine, room, people)
    if home:
        yield from _copies_for(machine, pki, room, home)


def strangers(pki: RoomPki, room: Room) -> list[str]:
    """Return terminals and sensors that have a certificate and no seat any more."""
    seated = {str(terminal) for terminal in seat_terminals(room.settings).values()}
    return [
        *(name for name in pki.register.names(Kind.TERMINAL) if name not in seated),
        *(name for name in pki.register.names(Kind.SENSOR) if name not in room.settings.sensors),
    ]


def revoked_names(pki: RoomPki, room: Room) -> list[str]:
    """Return who should have a certificate and was deliberately deprived of it."""
    return [
        holder.name
        for holder in room.holders()
        if pki.register.known(holder.name) and pki.register.current(holder.name) is None
    ]


def _revoked_people(pki: RoomPki) -> set[str]:
    """Return people who had a certificate and have none that counts."""
    had = {entry.name for entry in pki.register.entries if entry.kind is Kind.PERSON}
    return had - set(pki.register.names(Kind.PERSON))


def _holder(name: str, kind: Kind, role: ClientRole | None) -> Holder:
    return Holder(name=name, kind=kind, role=role, folder=str(usual_folder(kind, name)))


def _lacks(pki: RoomPki, holder: Holder) -> bool:
    entry = pki.register.current(holder.name)
    if entry is None:
        asked = pki.register.requests.get(holder.name) == holder
        return not asked and not pki.register.known(holder.name)
    if holder.kind in WITH_FOLDER:
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
            screens=holder.kind is Kind.SCREENS,
        )
    return Chore(
        says=f"make a key and a request for {where}",
        act=lambda: make_request(machine, pki, holder),
    )


def _terminal_files(machine: Machine, pki: RoomPki, room: Room) -> Iterator[Chore]:
    gone = revoked_names(pki, room)
    for terminal in map(str, seat_terminals(room.settings).values()):
        if terminal in gone:
            continue
        file = _told(room, terminal)
        path = TERMINALS / terminal / "terminal.toml"
        if not machine.stands(path, file):
            yield Chore(
                says=f"write {path}",
                act=partial(machine.write, path, file, folder_mode=0o700),
            )


def _sensor_files(machine: Machine, pki: RoomPki, room: Room, people: People) -> Iterator[Chore]:
    """Yield each sensor's configuration; of one that is there, what it has to know today."""
    gone = revoked_names(pki, room)
    cameras = {one.sensor: one.cameras for one in room.sensors}
    for sensor, seats in sensor_seats(room.settings).items():
        if sensor in gone:
            continue
        path, profile = SENSORS / sensor / "config.toml", room.settings.policy.profile
        fresh = sensor_text(
            site=room.settings.box.site,
            room=room.settings.box.room,
            sensor=sensor,
            profile=profile,
            host=room.around.hosts[0],
            port=room.around.port,
            teachers=people.teachers,
            seats=seats,
            cameras=cameras.get(sensor, ()),
        )
        old = machine.read(path)
        if old is None:
            yield _sensor_file(machine, path, fresh, says=f"write {path}")
            continue
        new = renewed(
            old.decode(errors="replace"),
            fresh=fresh,
            seats=seats,
            profile=profile.value,
            teachers=people.teachers,
            gone=_revoked_people(pki),
        )
        if new.keeps_former:
            former = path.with_name("config.toml.before")
            says = f"keep {path} as it was in {former.name}; put its edits into the new one"
            yield _sensor_file(machine, former, old.decode(errors="replace"), says=says)
        if new.text is not None:
            yield _sensor_file(machine, path, new.text, says=f"write {path} ({new.why})")
        elif new.why:
            yield Chore(says=f"leave {path} to you: {new.why}", act=lambda: None)


def _sensor_file(machine: Machine, path: Path, text: str, *, says: str) -> Chore:
    # A camera's password may come to stand in it.
    file = NewFile(content=text.encode(), mode=SECRET_MODE)
    return Chore(says=says, act=partial(machine.write, path, file, folder_mode=0o700))


def _told(room: Room, client: str) -> NewFile:
    """Return how a client reaches the broker."""
    text = terminal_text(
        site=room.settings.box.site,
        room=room.settings.box.room,
        terminal=client,
        host=room.around.hosts[0],
        port=room.around.port,
    )
    return NewFile(content=text.encode())


def _screens_settings(
    machine: Machine, pki: RoomPki, room: Room, *, home: ScreensHome, answer: ScreensAnswer
) -> Iterator[Chore]:
    """Yield what the screens are told, once: later it belongs to whoever edits it."""
    if machine.read(home.settings) is None:
        box = room.settings.box
        text = screens_text(answer, site=box.site, room=box.room, people=_spoken_for(pki, room))
        file = NewFile(content=text.encode(), mode=0o640 if home.here else SECRET_MODE)
        yield Chore(
            says=f"write {home.settings}",
            act=partial(
                machine.write,
                home.settings,
                file,
                group=home.group,
                folder_mode=home.folder_mode,
            ),
            screens=True,
        )
    port = told_screens(machine, home).get("port", answer.port)
    low = home.here and isinstance(port, int) and port < FIRST_FREE_PORT
    file = NewFile(content=LOW_PORT.encode())
    if low and not machine.stands(SCREENS_PORT_FILE, file):
        yield Chore(
            says=f"write {SCREENS_PORT_FILE}, for port {port}",
            act=partial(machine.write, SCREENS_PORT_FILE, file),
            screens=True,
        )
    elif not low and machine.read(SCREENS_PORT_FILE) is not None:
        yield Chore(
            says=f"remove {SCREENS_PORT_FILE}",
            act=machine.path(SCREENS_PORT_FILE).unlink,
            screens=True,
        )


def _copies_for(machine: Machine, pki: RoomPki, room: Room, home: ScreensHome) -> Iterator[Chore]:
    """Yield the keys that the screens need: each seat's, one teacher's, one IT person's."""
    told = told_screens(machine, home)
    terminals = map(str, seat_terminals(room.settings).values())
    people = [
        Path(str(told.get(role, usual))).name for role, usual in _spoken_for(pki, room).items()
    ]
    wanted = [
        *((Kind.TERMINAL, name, None) for name in terminals),
        *((Kind.PERSON, name, _told(room, name)) for name in people),
    ]
    for kind, name, file in wanted:
        entry = pki.register.current(name)
        if entry is None and (pki.register.known(name) or name in pki.register.requests):
            continue  # revoked, or the school's authority has not answered
        if entry is None or not copy_stands(machine, home, entry, told=file):
            yield Chore(
                says=f"copy certificate and key of {name} to {home.copy(kind, name)}",
                act=partial(_copy, machine, pki, home, name=name, told=file),
                screens=True,
            )


def _copy(
    machine: Machine, pki: RoomPki, home: ScreensHome, *, name: str, told: NewFile | None
) -> None:
    write_copy(machine, home, pki.require(name), told=told)


def _spoken_for(pki: RoomPki, room: Room) -> dict[str, str]:
    """Return the first teacher and the first IT person, by role."""
    people = _people(pki, room)
    firsts = {ClientRole.TEACHER.value: people.teachers[:1], ClientRole.IT.value: people.it[:1]}
    return {role: name for role, names in firsts.items() for name in names}


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
