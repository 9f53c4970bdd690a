"""Time passes: what is renewed when, and that key and certificate always match."""

import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from appliance.commands.pki.certificate import Kind
from appliance.commands.pki.register import Entry, Holder, State
from appliance.commands.pki.renewal import renew_room
from appliance.commands.pki.room import RoomPki
from appliance.commands.placing.machine import Machine
from appliance.errors import ConfigError

START = datetime(2026, 9, 1, tzinfo=UTC)
BROKER = Holder(name="broker", kind=Kind.BROKER, hosts=("::1",), folder="/etc/mosquitto/classbox")
BOX = Holder(name="box-1", kind=Kind.BOX, folder="/etc/classbox/credentials")


class Calendar:
    """A day that a test turns."""

    def __init__(self) -> None:
        """Begin on the first of September."""
        self.now = START

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now

    def turn_to(self, *, day: float) -> None:
        """Go to so many days after the start."""
        self.now = START + timedelta(days=day)


@pytest.fixture
def calendar() -> Calendar:
    """The first day."""
    return Calendar()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """An empty machine."""
    return Machine(tmp_path)


@pytest.fixture
def room(machine: Machine, calendar: Calendar) -> RoomPki:
    """A room with a broker and a box."""
    room = RoomPki(machine, now=calendar)
    room.init("school-ca")
    room.issue(BROKER)
    room.issue(BOX)
    return room


def renewed(machine: Machine, room: RoomPki) -> list[str]:
    """Renew what is due; return the names."""
    return [one.name for one in renew_room(machine, room, names=[], force=False).renewed]


def test_two_thirds_of_a_lifetime_are_the_day(
    machine: Machine, room: RoomPki, calendar: Calendar
) -> None:
    """Not a day before; and the new one counts from its own first day."""
    calendar.turn_to(day=59.9)
    assert renewed(machine, room) == []
    calendar.turn_to(day=60)
    assert renewed(machine, room) == ["broker", "box-1"]
    assert room.require("box-1").ends == START + timedelta(days=150)
    calendar.turn_to(day=119.9)
    assert renewed(machine, room) == []


def test_an_expired_one_is_renewed_too(machine: Machine, room: RoomPki, calendar: Calendar) -> None:
    """A box that was off over the summer comes back."""
    calendar.turn_to(day=200)

    assert renewed(machine, room) == ["broker", "box-1"]


def test_the_list_of_revoked_ones_never_gets_old(
    machine: Machine, room: RoomPki, calendar: Calendar
) -> None:
    """With an outdated one OpenSSL refuses everybody."""
    for day in range(0, 400, 10):
        calendar.turn_to(day=day)
        renew_room(machine, room, names=[], force=False)
        lifetime = room.revocations_lifetime()
        assert lifetime is not None
        assert lifetime[1] - calendar.now >= timedelta(days=20)
        broker_reads = machine.read(Path("/etc/mosquitto/classbox/crl.pem"))
        assert broker_reads == machine.read(Path("/etc/classbox/pki/crl.pem"))


def test_nothing_outlives_the_authority(
    machine: Machine, room: RoomPki, calendar: Calendar
) -> None:
    """Its last certificates end with it; after that it signs nothing, and says why."""
    ends = room.authority().certificate.not_valid_after_utc
    calendar.now = ends - timedelta(days=30)
    renew_room(machine, room, names=[], force=False)
    assert room.require("box-1").ends == ends

    calendar.now = ends + timedelta(days=1)
    with pytest.raises(ConfigError, match="authority expired on 2036"):
        renew_room(machine, room, names=[], force=False)


def test_a_run_that_was_cut_off_is_made_up_for(
    machine: Machine, room: RoomPki, calendar: Calendar
) -> None:
    """The register names a new certificate, the folder holds the old one: the next run sees it."""
    standing = room.pairs.standing(BOX)
    assert standing is not None
    room.record(BOX, another_certificate(room, calendar), days=90, foreign=False)

    assert renewed(machine, room) == ["box-1"]
    now_standing = room.pairs.standing(BOX)
    assert now_standing is not None
    assert now_standing.serial_number == room.require("box-1").serial


def another_certificate(room: RoomPki, calendar: Calendar) -> x509.Certificate:
    """Sign without putting anything in place."""
    standing = room.pairs.standing(BOX)
    assert standing is not None
    key = standing.public_key()
    return room.authority().sign(BOX_SUBJECT, key, now=calendar.now)  # type: ignore[arg-type] # P-256


BOX_SUBJECT = BOX.subject


def test_key_and_certificate_match_for_every_reader(machine: Machine, room: RoomPki) -> None:
    """Whoever opens the folder sees one pair, while it is replaced a hundred times."""
    mismatches: list[str] = []
    looks = 0
    over = threading.Event()

    def look() -> None:
        nonlocal looks
        while not over.is_set():
            folder = os.open(machine.path(Path(BOX.folder)), os.O_DIRECTORY)
            try:
                certificate, key = (read_at(folder, name) for name in ("box.crt", "box.key"))
            except FileNotFoundError:
                continue  # an old folder, already being removed
            finally:
                os.close(folder)
            looks += 1
            public = load_pem_private_key(key, password=None).public_key()
            if x509.load_pem_x509_certificate(certificate).public_key() != public:
                mismatches.append("box")

    reader = threading.Thread(target=look)
    reader.start()
    try:
        for _ in range(100):
            room.renew(room.require("box-1"))
    finally:
        over.set()
        reader.join()

    assert looks > 50
    assert mismatches == []


def read_at(folder: int, name: str) -> bytes:
    """Read a file of an open folder."""
    with os.fdopen(os.open(name, os.O_RDONLY, dir_fd=folder), "rb") as file:
        return file.read()


def test_states_follow_the_calendar(room: RoomPki, calendar: Calendar) -> None:
    """Valid, due at two thirds, expired at the end."""

    def state(entry: Entry) -> State:
        return room.register.state(entry, now=calendar.now)

    entry = room.require("box-1")
    assert state(entry) is State.VALID
    calendar.turn_to(day=61)
    assert state(entry) is State.DUE
    calendar.turn_to(day=90)
    assert state(entry) is State.EXPIRED
