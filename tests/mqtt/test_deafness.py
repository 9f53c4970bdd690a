"""Nobody makes a box deaf: it is heard again, or at least hears everybody else."""

import time
from functools import partial
from pathlib import Path

import pytest

from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.terminals import ControlCommand
from appliance.host.clock import SystemClock
from appliance.mqtt.client import BrokerClient
from appliance.mqtt.contract.classroom import ControlRequestMessage
from appliance.mqtt.contract.permissions import permissions_of
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.private_broker import PrivateBroker
from tests.support.acl_broker import AclBroker, box_acl
from tests.support.listener import Listener
from tests.support.memory_store import MemoryCommandStore
from tests.support.messages import BOX, ROOM, SITE, address_of, message_json
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

TOPICS = RoomTopics(site=SITE, room=ROOM)


def test_a_box_that_does_not_hear_itself_connects_again(tmp_path: Path) -> None:
    """Its broker stays there, lets it speak and stops delivering; nothing else would tell."""
    acl = box_acl(TOPICS, BOX, trials=False)
    own = permissions_of(TOPICS, BOX)[0]
    with AclBroker(tmp_path / "broker", users=(BOX,), acl=acl) as broker:
        box = BrokerClient(
            address=broker.address(BOX),
            site=SITE,
            room=ROOM,
            box=BOX,
            terminals={},
            store=MemoryCommandStore(),
            clock=SystemClock(),
        )
        box.start()
        try:
            wait_until(lambda: box.health().last_echo_s is not None)
            broker.write(acl.replace(own.acl_line, own.acl_line.replace("readwrite", "write")))
            broker.reload()
            began_s = time.monotonic()
            wait_until(lambda: box.health().reconnects)
            assert time.monotonic() - began_s < 20.0  # 10 s on a machine that does nothing else
            broker.write(acl)
            broker.reload()
            wait_until(lambda: (box.health().last_echo_s or 60.0) < 2.0)
        finally:
            box.stop()


def test_a_teacher_is_heard_while_a_terminal_floods_its_control_topic(
    broker: PrivateBroker,
) -> None:
    """The one wildcard that a box hears is narrowed to those whom it knows."""
    box = BrokerClient(
        address=address_of(broker.port),
        site=SITE,
        room=ROOM,
        box=BOX,
        terminals={TerminalKey("loud"): SeatKey("a01"), TerminalKey("quiet"): SeatKey("a02")},
        store=MemoryCommandStore(),
        clock=SystemClock(),
        teachers=["teacher-1"],
    )
    box.start()
    try:
        wait_until(lambda: box.health().last_echo_s is not None)
        with Listener(broker.port, f"cb/v1/{SITE}/{ROOM}/control/+/resp") as listener:

            def ask(client: str, src: str) -> None:
                body = ControlRequestMessage(command=ControlCommand.PAUSE)
                text = message_json(src, body, ttl_s=30)
                listener.publish(TOPICS.control_request(client), text, expiry_s=30)

            while not box.health().floods:
                ask("loud", "seat/loud")
            assert box.health().floods.keys() == {"control/loud"}
            for client, src in (("teacher-1", "teacher/teacher-1"), ("quiet", "seat/quiet")):
                ask(client, src)
                wait_until(partial(listener.on, TOPICS.control_response(client)))
    finally:
        box.stop()
