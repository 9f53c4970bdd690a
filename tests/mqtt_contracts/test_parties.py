"""Whatever the contract lists is sent by somebody and heard by somebody.

Boxes and terminals are this code; teachers and IT staff are other people's programs, named in the
shipped ACL.
"""

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest

import appliance
from appliance.domain.frames import CameraKey
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.token_packets import SensorKey
from appliance.mqtt.contract.commands import CommandBody
from appliance.mqtt.contract.envelope import BODIES
from appliance.mqtt.contract.topics import BoxTopics, RoomTopics, SensorTopics, TerminalTopics

TOKENS = "tokens"
"""Not among the bodies: CBOR, without an envelope."""

ROOT = files("mqtt_contracts")
CODE = Path(appliance.__file__).parent
PACKAGES = {
    "box-1": ("mqtt", "service", "intake"),
    "pc-01": ("terminal",),
    "sensor-pc-07": ("mqtt", "service"),
}
"""Who of the ACL is which code; everybody else is outside."""

HEARD_BY_TOPIC = {"box.echo"}
"""Its sender is its only receiver."""

ACL = re.sub(
    r"\n# The box proves by delivery.*?\n\n",
    "\n\n",
    ROOT.joinpath("mosquitto", "acl").read_text(encoding="utf-8"),
    flags=re.DOTALL,
)
"""Without the lines by which the box plays the other side: they make nobody a party."""

ASYNCAPI = ROOT.joinpath("asyncapi.yaml").read_text(encoding="utf-8")
CHANNELS = {
    address: re.findall(r"components/messages/(.+)\"", messages)
    for address, messages in re.findall(
        r"^  \w+:\n    address: (\S+)\n.*?    messages:\n((?: {6}[^\n]*\n)+)",
        ASYNCAPI,
        re.MULTILINE | re.DOTALL,
    )
}
IDS = {
    "site": "north-school", "room": "lab-2", "box": "box-1", "seat": "a01", "terminal": "pc-01",
    "camera": "front", "client": "teacher-1", "sensor": "sensor-pc-07",
}  # fmt: skip


def allowed(way: str) -> Iterator[tuple[str, str]]:
    """User and filter of every line of the ACL that allows a way, ``read`` or ``write``."""
    user = ""
    for line in ACL.splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "user":
            user = rest
        elif kind in {"topic", "pattern"}:
            access, _, topic = rest.partition(" ")
            if access in {way, "readwrite"}:
                # Everybody asks under the own name; of the seats' topics each terminal has its own.
                anybody = IDS["client"] if "/control/" in topic else IDS["terminal"]
                who = user if kind == "topic" else anybody
                yield who, topic.replace("%u", who)


def matches(filter_: str, topic: str) -> bool:
    """Tell whether a filter without its special cases catches a topic."""
    pattern = re.escape(filter_).replace(r"\+", "[^/]+").replace(r"\#", "#").replace("/#", "(/.*)?")
    return re.fullmatch(pattern, topic) is not None


def topic_of(address: str) -> str:
    """Fill a channel's address; tokens are those of the seat that the ACL's sensor sees."""
    return address.format(**IDS | ({"terminal": "pc-07"} if address.endswith("/tokens") else {}))


def parties(address: str, way: str) -> set[str]:
    """Who may read or write a channel."""
    topic = topic_of(address)
    return {who for who, filter_ in allowed(way) if matches(filter_, topic)}


def trees(who: str) -> Iterator[ast.AST]:
    """Every node of the code of a party."""
    for package in PACKAGES[who]:
        for path in (CODE / package).rglob("*.py"):
            yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def names(node: ast.AST) -> set[str]:
    """Every name in an expression."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


CALLED = {
    who: {
        node.func.id
        for node in trees(who)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    for who in PACKAGES
}
EXPECTED = {
    who: {
        name
        for node in trees(who)
        if isinstance(node, ast.Call) and names(node.func) == {"isinstance"}
        for name in names(node.args[1])
    }
    for who in PACKAGES
}
USED = {
    who: {node.attr for node in trees(who) if isinstance(node, ast.Attribute)} for who in PACKAGES
}


def name_of(message_type: str, *, tokens: str) -> str:
    """What code calls to make a message."""
    return tokens if message_type == TOKENS else BODIES[message_type].__name__


def topic_properties() -> dict[str, str]:
    """Topic to the name of what builds it, with the ids of the ACL."""
    room = RoomTopics(site=IDS["site"], room=IDS["room"])
    box, terminal = room.box(IDS["box"]), room.terminal(TerminalKey(IDS["terminal"]))
    seat, sensor = SeatKey(IDS["seat"]), room.sensor(SensorKey(IDS["sensor"]))
    properties = {
        getattr(topics, name): name
        for kind, topics in (
            (RoomTopics, room),
            (BoxTopics, box),
            (TerminalTopics, terminal),
            (SensorTopics, sensor),
        )
        for name, member in vars(kind).items()
        if isinstance(member, property) and not name.startswith("_")
    }
    return properties | {
        room.terminal(TerminalKey("pc-07")).tokens: "tokens",
        room.alert(seat): "alert",
        room.alert_ack(seat): "alert_ack",
        room.aim(CameraKey(IDS["camera"])): "aim",
        room.board(seat): "board",
        room.control_request(IDS["client"]): "control_request",
        room.control_response(IDS["client"]): "control_response",
    }


def test_every_message_type_is_on_a_topic() -> None:
    """No schema without a channel."""
    assert {name for types in CHANNELS.values() for name in types} == {*BODIES, TOKENS}


@pytest.mark.parametrize("address", CHANNELS)
def test_every_topic_has_a_sender(address: str) -> None:
    """Somebody may write it; where that is our code, it builds topic and messages."""
    senders = parties(address, "write")
    assert senders
    for who in senders & set(PACKAGES):
        assert topic_properties()[topic_of(address)] in USED[who]
        sent = {name_of(name, tokens="encode_tokens") for name in CHANNELS[address]}
        assert sent <= CALLED[who]


@pytest.mark.parametrize("address", CHANNELS)
def test_every_topic_has_a_receiver(address: str) -> None:
    """Somebody other than its sender may read it; where that is our code, it looks for the type."""
    receivers = parties(address, "read")
    if not HEARD_BY_TOPIC & set(CHANNELS[address]):
        receivers -= parties(address, "write")
    assert receivers
    for who in receivers & set(PACKAGES):
        assert topic_properties()[topic_of(address)] in USED[who]
        if CHANNELS[address] == [TOKENS]:
            assert "parse_tokens" in CALLED[who]
            continue
        kinds = {BODIES[name] for name in CHANNELS[address] if name not in HEARD_BY_TOPIC}
        if kinds == set(get_args(CommandBody)):
            assert "CommandBody" in EXPECTED[who]
        else:
            assert {kind.__name__ for kind in kinds} <= EXPECTED[who]


@pytest.mark.parametrize("way", ["read", "write"])
def test_the_acl_names_no_topic_that_does_not_exist(way: str) -> None:
    """Every line of the ACL allows something that the contract lists."""
    # Terminals and teachers ask for control alike, and a sensor hears those of its own seats.
    seventh = IDS | {"terminal": "pc-07", "client": "pc-07"}
    topics = [address.format(**ids) for ids in (IDS, seventh) for address in CHANNELS]
    for who, filter_ in allowed(way):
        assert any(matches(filter_, topic) for topic in topics), (who, filter_)
