"""A running link and its certificate: taken when it is replaced, told of when it ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.domain.seats import SeatKey, TerminalKey
from appliance.host.clock import SystemClock
from appliance.mqtt.client import BrokerClient
from appliance.mqtt.private_broker import PrivateBroker
from tests.support.links import make_link
from tests.support.memory_store import MemoryCommandStore
from tests.support.set_up_rooms import SetUpRoom
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker


@pytest.fixture
def room(tmp_path: Path) -> SetUpRoom:
    """A room that was just set up."""
    return SetUpRoom.below(tmp_path / "machine")


@pytest.fixture
def broker(room: SetUpRoom, tmp_path: Path) -> Iterator[PrivateBroker]:
    """Its broker, running."""
    with room.broker(tmp_path / "broker") as running:
        yield running


def shorten(room: SetUpRoom, *, days: int) -> None:
    """Let the next certificates be valid for so long."""
    register = room.path("classbox/pki/register.json")
    register.write_text(register.read_text().replace('"days": 90', f'"days": {days}'))


def test_a_replaced_certificate_is_shown_at_once(room: SetUpRoom, broker: PrivateBroker) -> None:
    """On a new connection; nobody has to restart the box."""
    link = make_link(room.box(broker.port), client_id="box-1")
    link.start()
    try:
        wait_until(lambda: link.connected)
        first_ends_s = link.own_ends_s
        shorten(room, days=80)
        room.ok("pki", "renew", "box-1", "--force")
        wait_until(lambda: link.connections == 2 and link.connected)
    finally:
        link.stop()

    assert first_ends_s is not None
    assert link.own_ends_s is not None
    assert round((first_ends_s - link.own_ends_s) / 86400) == 10


def test_a_useless_certificate_does_not_cost_the_connection(
    room: SetUpRoom, broker: PrivateBroker
) -> None:
    """Somebody copies files one after the other: the old connection holds until they fit."""
    link = make_link(room.box(broker.port), client_id="box-1")
    link.start()
    home = room.path("classbox/credentials")
    key = (home / "box.key").read_bytes()
    try:
        wait_until(lambda: link.connected)
        (home / "box.key").write_bytes(room.path("mosquitto/classbox/broker.key").read_bytes())
        with pytest.raises(AssertionError):
            wait_until(lambda: link.connections != 1 or not link.connected, timeout_s=2.5)
        (home / "box.key").write_bytes(key)
        wait_until(lambda: link.connections == 2 and link.connected)
    finally:
        link.stop()


@pytest.mark.parametrize(
    ("renew", "told"),
    [
        pytest.param("box-1", ("the box's own ends within a week",), id="box"),
        pytest.param("broker", ("the broker's ends within a week",), id="broker"),
    ],
)
def test_a_week_before_its_end_a_certificate_is_a_problem(
    room: SetUpRoom, tmp_path: Path, renew: str, told: tuple[str, ...]
) -> None:
    """Whose, and what to do; no number, so that the status is not sent again and again."""
    shorten(room, days=6)
    room.ok("pki", "renew", renew, "--force")
    with room.broker(tmp_path / "broker") as broker:
        box = BrokerClient(
            address=room.box(broker.port),
            site="north-school",
            room="lab-2",
            box="box-1",
            terminals={TerminalKey("pc-01"): SeatKey("a01")},
            store=MemoryCommandStore(),
            clock=SystemClock(),
        )
        box.start()
        try:
            wait_until(lambda: box.connected)
            lines = box.expiring()
        finally:
            box.stop()

    assert len(lines) == len(told)
    for line, words in zip(lines, told, strict=True):
        assert words in line
        assert line.endswith("run: sudo classbox pki renew")
