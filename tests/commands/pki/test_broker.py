"""Who gets in and who does not, at a real Mosquitto with the files that were written.

Judged by what is delivered: under TLS 1.3 a client believes that it is connected before the broker
has looked at its certificate. For another release of Mosquitto put its folder first on PATH.
"""

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from appliance.commands.pki.authority import Authority
from appliance.domain.interventions import FeedbackKind
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.host.clock import SystemClock
from appliance.mqtt.client import BrokerClient
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.private_broker import PrivateBroker
from appliance.mqtt.wire.address import BrokerAddress
from appliance.terminal.answers import AutoAnswers
from appliance.terminal.terminal import Terminal
from tests.support.memory_store import MemoryCommandStore
from tests.support.messages import intervention
from tests.support.set_up_rooms import (
    SetUpRoom,
    foreign_pair,
    read_authority,
    reload_broker,
)
from tests.support.terminals import RecordingScreen
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

TOPICS = RoomTopics(site="north-school", room="lab-2")
COMMAND = TOPICS.terminal(TerminalKey("pc-01")).command
OTHERS_COMMAND = TOPICS.terminal(TerminalKey("pc-02")).command
PRESENCE = TOPICS.terminal(TerminalKey("pc-01")).presence
OTHERS_PRESENCE = TOPICS.terminal(TerminalKey("pc-02")).presence


@pytest.fixture
def room(tmp_path: Path) -> SetUpRoom:
    """A room that was just set up."""
    return SetUpRoom.below(tmp_path / "machine")


@pytest.fixture
def broker(room: SetUpRoom, tmp_path: Path) -> Iterator[PrivateBroker]:
    """Its broker, running."""
    with room.broker(tmp_path / "broker") as running:
        yield running


class Client5:
    """A client that hears and says what it can, and does not come back when it is cut off."""

    def __init__(
        self, address: BrokerAddress, *, client_id: str, username: str | None = None
    ) -> None:
        """Connect, whatever comes of it."""
        self.heard: list[tuple[str, bytes]] = []
        self._subscribed = threading.Event()
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
        )
        if username is not None:
            self._client.username_pw_set(username, "")
        if address.ca_file is not None:
            context = ssl.create_default_context(cafile=str(address.ca_file))
            if address.cert_file is not None and address.key_file is not None:
                context.load_cert_chain(address.cert_file, address.key_file)
            self._client.tls_set_context(context)
        self._client.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = lambda _, __, message: self.heard.append(
            (message.topic, bytes(message.payload))
        )
        try:
            self._client.connect(address.host, address.port)
        except OSError:
            return
        self._client.loop_start()
        self._subscribed.wait(2)

    def say(self, topic: str, payload: bytes = b"{}") -> None:
        """Publish, if anybody listens."""
        self._client.publish(topic, payload, qos=1)

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()


@contextmanager
def client(
    address: BrokerAddress, *, client_id: str, username: str | None = None
) -> Iterator[Client5]:
    """Be a client for a while."""
    one = Client5(address, client_id=client_id, username=username)
    try:
        yield one
    finally:
        one.close()


Change = Callable[[SetUpRoom, BrokerAddress, Path], BrokerAddress]


def anonymous(_room: SetUpRoom, address: BrokerAddress, _folder: Path) -> BrokerAddress:
    """No certificate at all."""
    return replace(address, cert_file=None, key_file=None)


def wrong_authority(_room: SetUpRoom, address: BrokerAddress, folder: Path) -> BrokerAddress:
    """The right name, signed by somebody else."""
    certificate, key = foreign_pair(folder, "pc-01")
    return replace(address, cert_file=certificate, key_file=key)


def expired(room: SetUpRoom, address: BrokerAddress, folder: Path) -> BrokerAddress:
    """Signed by the room's authority for two days, five days ago."""
    own = read_authority(room)
    past = Authority(own.certificate, own.key)
    certificate, key = foreign_pair(folder, "pc-01", authority=past, age_days=5)
    return replace(address, cert_file=certificate, key_file=key)


def without_tls(_room: SetUpRoom, address: BrokerAddress, _folder: Path) -> BrokerAddress:
    """Plain MQTT at the port of TLS."""
    return replace(address, ca_file=None, cert_file=None, key_file=None)


@pytest.mark.parametrize("change", [anonymous, wrong_authority, expired, without_tls])
def test_who_has_no_valid_certificate_hears_and_says_nothing(
    room: SetUpRoom, broker: PrivateBroker, tmp_path: Path, change: Change
) -> None:
    """While the box and the terminal whose name it takes exchange what they like."""
    good = room.terminal(broker.port, "pc-01")
    bad = change(room, good, tmp_path)
    with (
        client(room.box(broker.port), client_id="box-1") as box,
        client(good, client_id="pc-01") as terminal,
        client(bad, client_id="pc-01", username="pc-01") as stranger,
    ):
        stranger.say(PRESENCE, b"stranger")
        terminal.say(PRESENCE, b"terminal")
        box.say(COMMAND, b"command")
        wait_until(lambda: terminal.heard and box.heard)
        time.sleep(0.3)

    assert stranger.heard == []
    assert (COMMAND, b"command") in terminal.heard
    assert (PRESENCE, b"terminal") in box.heard
    assert (PRESENCE, b"stranger") not in box.heard


@pytest.mark.parametrize("pretends", ["pc-02", "box-1"])
def test_anothers_certificate_makes_nobody_another(
    room: SetUpRoom, broker: PrivateBroker, pretends: str
) -> None:
    """A terminal that calls itself another, or the box, stays what its certificate says."""
    with (
        client(room.box(broker.port), client_id="box-1") as box,
        client(room.terminal(broker.port, "pc-02"), client_id="pc-02") as victim,
        client(room.terminal(broker.port, "pc-01"), client_id=pretends, username=pretends) as thief,
    ):
        thief.say(OTHERS_PRESENCE, b"thief")
        thief.say(OTHERS_COMMAND, b"thief")
        thief.say(PRESENCE, b"own")
        box.say(OTHERS_COMMAND, b"to pc-02")
        wait_until(lambda: victim.heard and box.heard)
        time.sleep(0.3)

    assert thief.heard == []
    assert victim.heard == [(OTHERS_COMMAND, b"to pc-02")]
    said = [payload for topic, payload in box.heard if topic in (PRESENCE, OTHERS_PRESENCE)]
    assert said == [b"own"]


def test_who_is_revoked_is_cut_off_and_stays_out(
    room: SetUpRoom, broker: PrivateBroker, tmp_path: Path
) -> None:
    """Mosquitto asks only new connections for its list: that is why it is restarted."""
    address = room.terminal(broker.port, "pc-01")
    with client(address, client_id="pc-01") as lost:
        done = room.ok("pki", "revoke", "pc-01")
        assert "systemctl try-restart mosquitto" in done.output

        reload_broker(tmp_path / "broker")
        with client(room.box(broker.port), client_id="box-1") as box:
            box.say(COMMAND, b"still heard after a reload")
            wait_until(lambda: lost.heard)

        broker.stop()
        broker.start()
        lost.heard.clear()
        with (
            client(room.box(broker.port), client_id="box-1") as box,
            client(address, client_id="pc-01") as again,
            client(room.terminal(broker.port, "pc-02"), client_id="pc-02") as other,
        ):
            again.say(PRESENCE)
            lost.say(PRESENCE)
            box.say(COMMAND)
            box.say(OTHERS_COMMAND)
            wait_until(lambda: other.heard)
            time.sleep(0.3)

    assert lost.heard == again.heard == []
    assert not [topic for topic, _ in box.heard if topic == PRESENCE]


def test_a_renewal_loses_no_command(room: SetUpRoom, broker: PrivateBroker, tmp_path: Path) -> None:
    """Everybody's certificate is made anew while a box and a terminal are at work."""
    screen = RecordingScreen()
    terminal = Terminal(
        address=room.terminal(broker.port, "pc-01"),
        site="north-school",
        room="lab-2",
        terminal=TerminalKey("pc-01"),
        answers=AutoAnswers(FeedbackKind.ACCEPTED),
        screen=screen,
        clock=SystemClock(),
        first_backoff_s=0.1,
    )
    box = BrokerClient(
        address=room.box(broker.port),
        site="north-school",
        room="lab-2",
        box="box-1",
        terminals={TerminalKey("pc-01"): SeatKey("a01")},
        store=MemoryCommandStore(),
        clock=SystemClock(),
        first_backoff_s=0.1,
    )
    terminal.start()
    box.start()
    sent = 0
    try:
        wait_until(lambda: box.connected and terminal.connected)
        for round_number in range(3):
            for _ in range(10):
                box.send(intervention(), terminal=TerminalKey("pc-01"))
                sent += 1
                time.sleep(0.02)
            if round_number < 2:
                room.ok("pki", "renew", "--force")
                reload_broker(tmp_path / "broker")
        wait_until(lambda: box.health().acknowledged == sent)
        wait_until(lambda: box.connected and box.health().reconnects >= 1)
    finally:
        terminal.stop()
        box.stop()

    assert box.health().expired == box.health().dropped == 0
    assert len(screen.shown) == sent
