"""What ``classbox setup`` has to know, from a file or from questions."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import ascii_lowercase
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from appliance.commands.pki.authority import DAYS
from appliance.commands.pki.copies import SCREENS
from appliance.commands.pki.options import LONGEST_ID
from appliance.commands.setup.screens import ScreensAnswer, read_screens
from appliance.commands.setup.table import Reader
from appliance.errors import ConfigError
from appliance.mqtt.contract.topics import ID_PATTERN
from appliance.settings.policy import PolicySettings, Profile

TLS_PORT = 8883
MOST_SEATS = 12
"""In one camera's picture; more are too small to see a face."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatAnswer:
    """A seat and the PC on it."""

    seat: str
    """Id of the seat."""

    terminal: str
    """Id of the terminal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraAnswer:
    """A camera and who sits before it, from left to right."""

    camera: str
    """Id."""

    source: str = field(repr=False)
    """Device or URL; may hold a password."""

    seats: tuple[SeatAnswer, ...]
    """From left to right in the picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorAnswer:
    """A PC with its webcam, or another machine that looks for this box."""

    sensor: str
    """Id."""

    seats: tuple[SeatAnswer, ...]
    """From left to right in its pictures."""

    cameras: tuple[CameraAnswer, ...] = ()
    """Its cameras, where somebody told them; else it has one, for all of its seats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the box's own configuration does not say."""

    hosts: tuple[str, ...]
    """Names and addresses of the broker's machine; terminals are told the first."""

    port: int = TLS_PORT
    """Of the broker."""

    broker_here: bool = True
    """False: the broker is another machine, and its files have to be carried there."""

    teachers: tuple[str, ...] = ("teacher-1",)
    """Ids of teachers' clients."""

    it: tuple[str, ...] = ("it-1",)
    """Ids of IT people's clients."""

    own_authority: bool = True
    """False: a school's own authority signs requests."""

    days: int = DAYS
    """Lifetime of certificates."""

    screens: ScreensAnswer | None = None
    """Who serves pages; None: nobody was asked for, and who serves them already goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupAnswers:
    """Everything."""

    site: str
    """School."""

    room: str
    """Classroom."""

    box: str
    """This box."""

    profile: Profile
    """What the box may infer."""

    cameras: tuple[CameraAnswer, ...]
    """Of this box; none where only sensors look."""

    around: Surroundings
    """Broker, people and certificates."""

    sensors: tuple[SensorAnswer, ...] = ()
    """Who looks for this box."""


def read_answers(file: Path, *, usual_hosts: tuple[str, ...]) -> SetupAnswers:
    """Read and check a file of answers.

    Args:
        file: TOML; see systemd/answers.example.toml.
        usual_hosts: Names of this machine, where the file gives none.

    Raises:
        ConfigError: One line per problem.
    """
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        msg = f"{file}: {error}"
        raise ConfigError(msg) from error
    reader = Reader()
    top = reader.table(
        tables,
        "",
        known=(
            "box",
            "policy",
            "cameras",
            "sensors",
            "broker",
            "people",
            "certificates",
            "screens",
        ),
    )
    box = reader.table(top.get("box", {}), "box", known=("site", "room", "id"))
    site, room, own = (_id(reader, box, f"box.{key}") for key in ("site", "room", "id"))
    profile = _profile(reader, top.get("policy", {}))
    needed = not top.get("sensors")
    cameras = tuple(_cameras(reader, top.get("cameras", {}), needed=needed))
    sensors = tuple(_sensors(reader, top.get("sensors", []), cameras))
    around = _surroundings(reader, top, usual_hosts=usual_hosts)
    if not reader.problems:
        reader.problems += twice(own, cameras, around, sensors)
    if reader.problems:
        lines = "\n  ".join([f"{len(reader.problems)} problem(s)", *reader.problems])
        msg = f"{file}: {lines}"
        raise ConfigError(msg)
    return SetupAnswers(
        site=site,
        room=room,
        box=own,
        profile=profile,
        cameras=cameras,
        around=around,
        sensors=sensors,
    )


def is_id(text: object) -> bool:
    """Tell whether something may stand in a topic."""
    return (
        isinstance(text, str) and ID_PATTERN.fullmatch(text) is not None and len(text) <= LONGEST_ID
    )


def twice(
    box: str,
    cameras: tuple[CameraAnswer, ...],
    around: Surroundings,
    sensors: tuple[SensorAnswer, ...] = (),
) -> list[str]:
    """Return ids that two would share: the broker would take the one for the other."""
    placed = [one for camera in cameras for one in camera.seats]
    placed += [one for sensor in sensors for one in sensor.seats]
    used: dict[str, str] = {"broker": "the broker"}
    if around.screens:
        used[SCREENS] = "the screens"
    found = []
    clients = [
        ("the box", box),
        *(("a terminal", one.terminal) for one in placed),
        *(("a sensor", one.sensor) for one in sensors),
        *(("a teacher", name) for name in around.teachers),
        *(("an IT person", name) for name in around.it),
    ]
    for what, name in clients:
        if name in used:
            found.append(
                f"{name!r} is {used[name]} and {what}; every client needs an id of its own"
            )
        used.setdefault(name, what)
    seats = [one.seat for one in placed]
    found += [
        f"seat {seat!r} is given twice" for seat in dict.fromkeys(seats) if seats.count(seat) > 1
    ]
    return found


def numbered_seats(count: int, *, camera: int, first_terminal: int) -> tuple[SeatAnswer, ...]:
    """Return seats a01, a02, … of the first camera, b01, … of the second, and their PCs."""
    letter = chr(ord("a") + camera) if camera < len(ascii_lowercase) else f"c{camera + 1}-"
    return tuple(
        SeatAnswer(
            seat=f"{letter}{place + 1:02}",
            terminal=f"pc-{first_terminal + place:02}",
        )
        for place in range(count)
    )


def with_login(source: str, user: str, password: str) -> str:
    """Return a URL with user and password in it, as OpenCV needs them."""
    parts = urlsplit(source)
    login = f"{quote(user, safe='')}:{quote(password, safe='')}@"
    return urlunsplit(parts._replace(netloc=login + parts.netloc.rpartition("@")[2]))


def _id(reader: Reader, table: Mapping[str, Any], setting: str) -> str:
    value = table.get(setting.rpartition(".")[2])
    if value is None:
        reader.problem(setting, "is missing")
    elif not is_id(value):
        reader.problem(setting, f"only a-z, 0-9 and - may be used, at most {LONGEST_ID} characters")
    return str(value)


def _ids(reader: Reader, value: object, setting: str, usual: tuple[str, ...]) -> tuple[str, ...]:
    if value is None:
        return usual
    if not isinstance(value, list) or not all(is_id(one) for one in value):
        reader.problem(setting, 'a list of ids, such as ["it-1"], with a-z, 0-9 and - only')
        return usual
    return tuple(value)


def _profile(reader: Reader, value: object) -> Profile:
    later = PolicySettings.model_fields
    policy = reader.table(value, "policy", known=("profile",), later=later)
    try:
        profile = Profile(str(policy.get("profile")))
    except ValueError:
        profile = Profile.DEMO
    if profile is Profile.DEMO:
        reader.problem("policy.profile", "choose fatigue-only or four-state; there is no default")
    return profile


def _sensors(
    reader: Reader, value: object, own: tuple[CameraAnswer, ...]
) -> Iterator[SensorAnswer]:
    """Yield one sensor per table [[sensors]]: a PC with one seat, or a machine with cameras."""
    if not isinstance(value, list):
        reader.problem("sensors", "one table [[sensors]] per machine that looks")
        return
    before = list(own)
    for place, content in enumerate(value, start=1):
        setting = f"sensors.{place}"
        several = isinstance(content, dict) and "cameras" in content
        known = ("id", "cameras") if several else ("id", "terminal", "seat", "cameras")
        table = reader.table(content, setting, known=known)
        if several:
            sensor = _id(reader, table, f"{setting}.id")
            its = tuple(
                _cameras(reader, table["cameras"], needed=True, of=f"{setting}.", before=before)
            )
            before += its
            seats = tuple(seat for one in its for seat in one.seats)
            yield SensorAnswer(sensor=sensor, seats=seats, cameras=its)
            continue
        terminal = _id(reader, table, f"{setting}.terminal")
        usual = {"id": f"sensor-{terminal}", "seat": f"s{place:02}"}
        sensor, seat = (_id(reader, usual | dict(table), f"{setting}.{key}") for key in usual)
        yield SensorAnswer(sensor=sensor, seats=(SeatAnswer(seat=seat, terminal=terminal),))


def _cameras(
    reader: Reader,
    value: object,
    *,
    needed: bool,
    of: str = "",
    before: Sequence[CameraAnswer] = (),
) -> Iterator[CameraAnswer]:
    cameras = reader.table(value, f"{of}cameras", known=None)
    if not cameras and needed:
        reader.problem(f"{of}cameras", "at least one is needed: [cameras.front]")
    first, terminals = len(before), 1 + sum(len(one.seats) for one in before)
    for place, (name, content) in enumerate(cameras.items(), start=first):
        setting = f"{of}cameras.{name}"
        table = reader.table(
            content, setting, known=("source", "user", "password_file", "seats", "terminals")
        )
        if not is_id(name):
            reader.problem(setting, "only a-z, 0-9 and - may be used")
        seats = _seats(reader, table, setting, camera=place, first_terminal=terminals)
        terminals += len(seats)
        yield CameraAnswer(camera=name, source=_source(reader, table, setting), seats=seats)


def _source(reader: Reader, table: Mapping[str, Any], setting: str) -> str:
    source, user, file = (table.get(key) for key in ("source", "user", "password_file"))
    if not isinstance(source, str) or not source:
        reader.problem(f"{setting}.source", "a device or a URL is needed: /dev/video0, rtsp://…")
        return ""
    if (user is None) != (file is None):
        reader.problem(setting, "user and password_file belong together")
    if not isinstance(user, str) or not isinstance(file, str):
        return source
    try:
        password = Path(file).read_text(encoding="utf-8").partition("\n")[0]
    except OSError as error:
        reader.problem(f"{setting}.password_file", f"{file}: {error.strerror}")
        return source
    return with_login(source, user, password)


def _seats(
    reader: Reader, table: Mapping[str, Any], setting: str, *, camera: int, first_terminal: int
) -> tuple[SeatAnswer, ...]:
    wish = table.get("seats")
    if isinstance(wish, bool) or not isinstance(wish, int | list):
        reader.problem(f"{setting}.seats", "how many, or a list of ids, from left to right")
        return ()
    count = wish if isinstance(wish, int) else len(wish)
    if not 1 <= count <= MOST_SEATS:
        reader.problem(f"{setting}.seats", f"from 1 to {MOST_SEATS} in one picture, got {count}")
        return ()
    numbered = numbered_seats(count, camera=camera, first_terminal=first_terminal)
    seats = _ids(
        reader,
        wish if isinstance(wish, list) else None,
        f"{setting}.seats",
        tuple(one.seat for one in numbered),
    )
    terminals = _ids(
        reader,
        table.get("terminals"),
        f"{setting}.terminals",
        tuple(one.terminal for one in numbered),
    )
    if len(terminals) != len(seats):
        reader.problem(f"{setting}.terminals", f"{len(seats)} seats need as many terminals")
        return ()
    return tuple(
        SeatAnswer(seat=seat, terminal=terminal)
        for seat, terminal in zip(seats, terminals, strict=True)
    )


def _surroundings(
    reader: Reader, top: Mapping[str, Any], *, usual_hosts: tuple[str, ...]
) -> Surroundings:
    broker = reader.table(top.get("broker", {}), "broker", known=("host", "names", "port"))
    people = reader.table(top.get("people", {}), "people", known=("teachers", "it"))
    papers = reader.table(top.get("certificates", {}), "certificates", known=("authority", "days"))
    host, names = broker.get("host"), broker.get("names")
    if host is not None and not (isinstance(host, str) and host):
        reader.problem("broker.host", "the name of the machine on which the broker runs")
    if names is not None and not (isinstance(names, list) and all(map(_text, names)) and names):
        reader.problem("broker.names", 'names and addresses, such as ["box-1.local"]')
        names = None
    hosts = tuple(names or ((str(host),) if host else usual_hosts))
    pages = reader.table(top.get("screens", {}), "screens", known=("here", "host", "names", "port"))
    authority = reader.one_of(papers, "certificates.authority", ("own", "school"))
    return Surroundings(
        hosts=hosts,
        port=reader.number(broker, "broker.port", usual=TLS_PORT, between=(1, 65535)),
        broker_here=host is None,
        teachers=_ids(reader, people.get("teachers"), "people.teachers", ("teacher-1",)),
        it=_ids(reader, people.get("it"), "people.it", ("it-1",)),
        own_authority=authority == "own",
        days=reader.number(papers, "certificates.days", usual=DAYS, between=(1, 825)),
        screens=read_screens(reader, pages, usual_hosts=hosts if host is None else usual_hosts),
    )


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value)
