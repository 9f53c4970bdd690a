"""What the broker allows a box is found out by delivery, on the box's own session or beside it."""

from pathlib import Path

import pytest

from appliance.host.clock import SystemClock
from appliance.mqtt.client import BrokerClient
from appliance.mqtt.contract.box import BoxEcho
from appliance.mqtt.contract.envelope import DAY_TTL_S
from appliance.mqtt.contract.permissions import Access, Permission, permissions_of
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.private_broker import PrivateBroker
from appliance.mqtt.wire.probe import Proof, ProvedPermission, try_permissions
from tests.support.acl_broker import AclBroker, box_acl, password_of
from tests.support.brokers import MakeBox
from tests.support.listener import Listener
from tests.support.memory_store import MemoryCommandStore
from tests.support.messages import BOX, ROOM, SITE, TERMINALS, message_json, stamper
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

TOPICS = RoomTopics(site=SITE, room=ROOM)
PERMISSIONS = permissions_of(TOPICS, BOX)
OWN, ALERT, VERDICT, COMMAND, VIEW, BOARD, ACK, *_, REQUEST, RESPONSE, AIM = PERMISSIONS


def try_as_box(broker: AclBroker) -> dict[Permission, Proof]:
    """Try every permission while the box does not run."""
    found = try_permissions(
        broker.address(BOX),
        PERMISSIONS,
        stamper=stamper(f"box/{BOX}"),
        client_id=BOX,
        session_expiry_s=DAY_TTL_S,
    )
    return proofs(found)


def proofs(found: list[ProvedPermission]) -> dict[Permission, Proof]:
    """Every permission with how sure it is."""
    return {one.permission: one.proof for one in found}


def make_client(broker: AclBroker) -> BrokerClient:
    """The box itself, not started."""
    return BrokerClient(
        address=broker.address(BOX),
        site=SITE,
        room=ROOM,
        box=BOX,
        terminals=TERMINALS,
        store=MemoryCommandStore(),
        clock=SystemClock(),
    )


def test_every_permission_is_proved_by_delivery(tmp_path: Path) -> None:
    """An ACL with the lines for trials lets every marked message come back."""
    with AclBroker(tmp_path / "b", users=(BOX,), acl=box_acl(TOPICS, BOX)) as broker:
        assert set(try_as_box(broker).values()) == {Proof.DELIVERED}


@pytest.mark.parametrize(
    "missing",
    [OWN, COMMAND, BOARD, ACK, REQUEST],
    ids=["own", "command", "board", "ack", "request"],
)
def test_a_line_that_is_missing_is_named_alone(tmp_path: Path, missing: Permission) -> None:
    """Writing and reading, with a wildcard and without."""
    lines = [one.acl_line for one in PERMISSIONS if one is not missing]
    lines += [one.trial_line for one in PERMISSIONS]
    acl = "\n".join([f"user {BOX}", *lines])
    with AclBroker(tmp_path / "b", users=(BOX,), acl=acl) as broker:
        found = try_as_box(broker)

    assert {one for one, proof in found.items() if proof is Proof.MISSING} == {missing}
    assert set(found.values()) == {Proof.MISSING, Proof.DELIVERED}


def test_an_acl_without_lines_for_trials_is_believed_as_far_as_it_answers(tmp_path: Path) -> None:
    """What the box may write is told by the reason code; what it may read cannot be known."""
    acl = box_acl(TOPICS, BOX, trials=False).replace(f"{RESPONSE.acl_line}\n", "")
    with AclBroker(tmp_path / "b", users=(BOX,), acl=acl) as broker:
        found = try_as_box(broker)

    expected = {Access.READWRITE: Proof.DELIVERED, Access.WRITE: Proof.ACCEPTED}
    assert found == {
        one: Proof.MISSING if one is RESPONSE else expected.get(one.access, Proof.UNPROVED)
        for one in PERMISSIONS
    }


def test_a_trial_beside_a_stopped_box_takes_no_answer_from_it(tmp_path: Path) -> None:
    """What a terminal said while the box was down still reaches the box afterwards."""
    acl = f"{box_acl(TOPICS, BOX)}user pc\ntopic write {ACK.topics}\n"
    ack_topic = TOPICS.terminal(next(iter(TERMINALS))).ack
    with AclBroker(tmp_path / "b", users=(BOX, "pc"), acl=acl) as broker:
        first = make_client(broker)
        first.start()
        wait_until(lambda: first.connected)
        first.stop()
        with Listener(broker.port, username="pc", password=password_of("pc")) as terminal:
            terminal.publish(ack_topic, "no JSON", expiry_s=300)

        assert set(try_as_box(broker).values()) == {Proof.DELIVERED}

        second = make_client(broker)
        second.start()
        wait_until(lambda: second.health().drops["invalid"] == 1)
        second.stop()


def test_a_running_box_tries_on_its_own_session(tmp_path: Path) -> None:
    """Nothing is counted as broken, and the connection stays."""
    with AclBroker(tmp_path / "b", users=(BOX,), acl=box_acl(TOPICS, BOX)) as broker:
        box = make_client(broker)
        box.start()
        wait_until(lambda: box.health().last_echo_s is not None)

        found = proofs(box.prove_permissions())

        health = box.health()
        box.stop()
    assert set(found.values()) == {Proof.DELIVERED}
    assert (health.reconnects, health.dropped, health.last_error) == (0, 0, "")


def test_the_trial_of_another_box_is_nobodys_request(
    broker: PrivateBroker, make_box: MakeBox
) -> None:
    """A marked message on control is neither answered nor held against anybody."""
    box = make_box(broker.port)
    asked = TOPICS.control_request("box-2")
    with Listener(broker.port, TOPICS.control_response("box-2")) as other:
        wait_until(lambda: box.health().last_echo_s is not None)
        marked = message_json("box/box-2", BoxEcho(count=1), ttl_s=5)
        other.publish(asked, marked, expiry_s=5)
        other.publish(asked, "no JSON", expiry_s=5)  # handled behind it
        wait_until(lambda: other.heard)

        assert box.health().drops["invalid"] == 1
        assert [answer.document["data"]["status"] for answer in other.heard] == ["refused"]


def test_a_box_that_does_not_hear_itself_says_so(tmp_path: Path) -> None:
    """The ACL of another room leaves the connection up and the box deaf."""
    other = RoomTopics(site="another-school", room=ROOM)
    with AclBroker(tmp_path / "b", users=(BOX,), acl=box_acl(other, BOX)) as broker:
        box = make_client(broker)
        box.start()
        wait_until(lambda: box.health().last_error)

        health = box.health()
        box.stop()
    assert health.connected
    assert health.last_error == (
        "the box's own messages do not come back; its ACL names other topics than "
        f"cb/v1/{SITE}/{ROOM}/box/{BOX}: run sudo classbox check"
    )
