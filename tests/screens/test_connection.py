"""Teachers' and IT's connections show their own certificates, and can say nothing of others'.

By delivery only: Mosquitto answers what it does not let through as if it had.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.domain.frames import CameraKey
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.terminals import ControlCommand, ControlReply, ControlStatus, Verdict
from appliance.host.clock import SystemClock
from appliance.mqtt.contract.box import BoxEcho
from appliance.mqtt.contract.classroom import AlertAck, ControlRequestMessage
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.private_broker import LOOPBACK, PrivateBroker
from appliance.mqtt.wire.address import BrokerAddress
from appliance.mqtt.wire.messages import Delivery
from appliance.screens.connection import (
    HeardMessage,
    PersonConnection,
    PersonIdentity,
    PersonRole,
    identity_of,
)
from appliance.settings.load import load_terminal
from tests.support.certificates import Authority
from tests.support.links import make_link
from tests.support.messages import fresh_id
from tests.support.shipped_broker import shipped_broker
from tests.support.spoken_box import TOPICS, SpokenBox, aim_of, alert_of, board_of
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

TEACHER, IT = "teacher-1", "it-1"
SEATS = "cb/v1/north-school/lab-2/seat"


@pytest.fixture(scope="module")
def school(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority
) -> Iterator[PrivateBroker]:
    """The shipped configuration and ACL: TLS, a certificate for everybody."""
    folder = tmp_path_factory.mktemp("school") / "broker"
    with shipped_broker(folder, authority, name="mosquitto.conf") as broker:
        yield broker


def _address(school: PrivateBroker, authority: Authority, name: str) -> BrokerAddress:
    certificate, key = authority.sign(name)
    return BrokerAddress(
        host=LOOPBACK,
        port=school.port,
        ca_file=authority.certificate,
        cert_file=certificate,
        key_file=key,
    )


@pytest.fixture
def box(school: PrivateBroker, authority: Authority) -> Iterator[SpokenBox]:
    """The box, which is everybody's other side."""
    everything = [f"{SEATS}/+/{kind}" for kind in ("ack", "feedback", "context", "presence")]
    address = _address(school, authority, "box-1")
    with SpokenBox(address, also=[*everything, f"{TOPICS.box('box-1').prefix}/#"]) as box:
        yield box


class Person:
    """A connection and what it has heard."""

    def __init__(self, identity: PersonIdentity, role: PersonRole) -> None:
        """Prepare it."""
        self.heard: list[HeardMessage] = []
        for_role = {
            PersonRole.TEACHER: lambda room: room.for_teachers,
            PersonRole.IT: lambda room: room.for_it,
        }
        self.connection = PersonConnection(
            identity=identity,
            role=role,
            topics=for_role[role],
            on_message=self.heard.append,
            on_turn=lambda: None,
            clock=SystemClock(),
            clock_state=lambda: "unknown",
            first_backoff_s=0.1,
        )


@pytest.fixture(params=[PersonRole.TEACHER, PersonRole.IT])
def person(
    request: pytest.FixtureRequest, school: PrivateBroker, authority: Authority
) -> Iterator[Person]:
    """A teacher's and IT's connection in turn, with the certificate of their folder."""
    role: PersonRole = request.param
    client = f"{role}-1"
    address = _address(school, authority, client)
    identity = PersonIdentity(site=TOPICS.site, room=TOPICS.room, client=client, address=address)
    person = Person(identity, role)
    person.connection.start()
    wait_until(lambda: person.connection.connected)
    yield person
    person.connection.stop()


def _others_topics(room: RoomTopics, own: str) -> list[str]:
    """Return a topic of each kind that is not this client's to write."""
    seat, terminal = SeatKey("a1"), room.terminal(TerminalKey("pc-01"))
    box = room.box("box-1")
    topics = [
        terminal.command, terminal.view, terminal.ack, terminal.feedback, terminal.context,
        terminal.presence, box.status, box.info, box.health, box.echo,
        room.board(seat), room.alert(seat), room.aim(CameraKey("front")),
        room.control_response("pc-01"), room.control_response(own),
    ]  # fmt: skip
    return topics + [
        room.control_request(one) for one in (TEACHER, IT, "pc-01", "box-1") if one != own
    ]


def test_nothing_of_anybody_elses_can_be_said(
    person: Person, box: SpokenBox, school: PrivateBroker, authority: Authority
) -> None:
    """Neither a terminal's answer nor a box's word nor a request under another name."""
    room, own = TOPICS, person.connection.identity.client
    terminal = room.terminal(TerminalKey("pc-01"))
    for_terminal: list[Delivery] = []
    student = make_link(
        _address(school, authority, "pc-01"),
        client_id="pc-01",
        subscriptions=dict.fromkeys(
            [terminal.command, terminal.view, room.control_response("pc-01")], 1
        ),
        on_delivery=for_terminal.append,
    )
    student.start()
    wait_until(lambda: student.connected)
    box.heard.clear()  # what is retained since another test
    before = list(person.heard)
    for topic in _others_topics(room, own):
        person.connection.tell(BoxEcho(count=1), topic=topic, corr=fresh_id(), timeout_s=1.0)
    if own == IT:  # a verdict is a teacher's
        ack = AlertAck(episode="e", verdict=Verdict.WRONG)
        person.connection.tell(ack, topic=room.alert_ack(SeatKey("a1")), corr=fresh_id())

    # A request under the own name comes after all of these, and alone.
    pause = ControlRequestMessage(command=ControlCommand.PAUSE)
    assert person.connection.asker.ask(pause, boxes=1) == ControlReply(status=ControlStatus.DONE)
    assert [topic for topic, _ in box.heard] == [room.control_request(own)]
    assert person.heard == before
    assert for_terminal == []
    student.stop(timeout_s=1.0)


def test_each_hears_what_is_theirs(person: Person, box: SpokenBox) -> None:
    """A teacher seats and alerts, IT health and measurements, and neither the other's."""
    box.status()
    box.info()
    box.board(board_of("a1"))
    box.alert(alert_of("a1"))
    box.health("a1")
    box.aim(aim_of("front", "a1"))
    box.status()
    box.clear("a1")

    common = {"box.status", "box.info"}
    wanted = {
        PersonRole.TEACHER: {"board.seat", "alert"},
        PersonRole.IT: {"box.health", "aim.frame"},
    }
    role = PersonRole(person.connection.identity.client.removesuffix("-1"))

    def kinds() -> set[str]:
        return {one.message.type for one in person.heard if one.message is not None}

    wait_until(lambda: kinds() >= common | wanted[role])
    assert kinds() == common | wanted[role]


def test_what_somebody_else_says_under_a_boxs_topic_is_not_taken(
    person: Person, box: SpokenBox
) -> None:
    """Where an ACL is too wide the head of the message still has to be a box's."""
    text = box.say(box.topics.status, BoxEcho(count=1), ttl_s=60).to_json()
    box.raw(box.topics.info, text.replace("box/box-1", "seat/pc-01"))
    box.info("demo")
    wait_until(lambda: any(one.topic == box.topics.info for one in person.heard))
    sources = {one.message.src for one in person.heard if one.message is not None}
    assert sources == {"box/box-1"}


def test_the_folder_that_setup_hands_out_is_an_identity(
    school: PrivateBroker, authority: Authority, tmp_path: Path
) -> None:
    """Paths in it are relative to itself, as in a terminal's; end dates come with a connection."""
    certificate, key = authority.sign(TEACHER)
    for file in (certificate, key, authority.certificate):
        (tmp_path / file.name).write_bytes(file.read_bytes())
        (tmp_path / file.name).chmod(0o600)
    (tmp_path / "terminal.toml").write_text(
        "schema = 1\n"
        f'[terminal]\nsite = "{TOPICS.site}"\nroom = "{TOPICS.room}"\nid = "{TEACHER}"\n'
        f'[mqtt]\nhost = "{LOOPBACK}"\nport = {school.port}\nca_file = "ca.crt"\n'
        f'cert_file = "{TEACHER}.crt"\nkey_file = "{TEACHER}.key"\n'
    )
    identity = identity_of(load_terminal(tmp_path / "terminal.toml"))
    assert (identity.client, identity.address.key_file) == (TEACHER, tmp_path / f"{TEACHER}.key")

    # Whatever a client calls itself, it is who its certificate says.
    person = Person(replace(identity, client="pc-01"), PersonRole.TEACHER)
    person.connection.start()
    try:
        wait_until(lambda: person.connection.connected)
        assert person.connection.own_ends_s is not None
        assert person.connection.broker_ends_s is not None
        pause = ControlRequestMessage(command=ControlCommand.PAUSE)
        assert person.connection.asker.ask(pause, timeout_s=1.0) is None
    finally:
        person.connection.stop()
