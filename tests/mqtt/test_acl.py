"""The shipped ACL lets everybody say and hear what the contract says, and nothing else.

By delivery only: Mosquitto grants a subscription that it then never serves.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from appliance.domain.frames import CameraKey
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.token_packets import SensorKey
from appliance.mqtt.contract.topics import RoomTopics
from appliance.mqtt.private_broker import PrivateBroker
from tests.support.certificates import Authority
from tests.support.listener import Listener
from tests.support.shipped_broker import USERS, password_of, shipped_broker
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

ROOM = RoomTopics(site="north-school", room="lab-2")
BOX = ROOM.box("box-1")
ONE, OTHER = ROOM.terminal(TerminalKey("pc-01")), ROOM.terminal(TerminalKey("pc-02"))
SEVENTH = ROOM.terminal(TerminalKey("pc-07"))
SENSOR, ECHOED_SENSOR = ROOM.sensor(SensorKey("sensor-pc-07")), ROOM.sensor(SensorKey("box-1"))
STRANGER = ROOM.sensor(SensorKey("sensor-pc-08"))
ITS_REPORTS = {SENSOR.status, SENSOR.info, SENSOR.health}
REPORTS = {
    *ITS_REPORTS,
    ECHOED_SENSOR.status, ECHOED_SENSOR.info, ECHOED_SENSOR.health,
}  # fmt: skip
AIM = ROOM.aim(CameraKey("front"))
ALERT, VERDICT = ROOM.alert(SeatKey("a01")), ROOM.alert_ack(SeatKey("a01"))
BOARD, ECHOED_BOARD = ROOM.board(SeatKey("a01")), ROOM.board(SeatKey("box-1"))
ECHOED = ROOM.terminal(TerminalKey("box-1"))
ECHOED_ALERT, ECHOED_VERDICT = ROOM.alert(SeatKey("box-1")), ROOM.alert_ack(SeatKey("box-1"))
"""Where the box plays the other side, to see that each permission holds."""

ASKED = {user: ROOM.control_request(user) for user in USERS}
ANSWERED = {user: ROOM.control_response(user) for user in USERS}

NOBODY = ROOM.terminal(TerminalKey("sensor-pc-07"))
OF_ANYBODY = {NOBODY.ack, NOBODY.feedback, NOBODY.context, NOBODY.presence}
"""What the patterns give a sensor as to every user name: of a terminal that there is not."""

MAY_WRITE = {
    "box-1": {
        BOX.status, BOX.info, BOX.health, BOX.echo, ALERT, BOARD,
        ONE.command, OTHER.command, ONE.view, OTHER.view, ASKED["box-1"], *ANSWERED.values(), AIM,
        ECHOED_ALERT, ECHOED_VERDICT, ECHOED_BOARD, ECHOED.view,
        ECHOED.ack, ECHOED.feedback, ECHOED.context, ECHOED.presence, ECHOED.command,
        SEVENTH.command, SEVENTH.view,
        SENSOR.lease, STRANGER.lease, ECHOED_SENSOR.lease, ECHOED.tokens,
        ECHOED_SENSOR.status, ECHOED_SENSOR.info, ECHOED_SENSOR.health,
    },
    "teacher-1": {VERDICT, ECHOED_VERDICT, ASKED["teacher-1"]},
    "it-1": {ASKED["it-1"]},
    "pc-01": {ONE.ack, ONE.feedback, ONE.context, ONE.presence, ASKED["pc-01"]},
    "pc-02": {OTHER.ack, OTHER.feedback, OTHER.context, OTHER.presence, ASKED["pc-02"]},
    "pc-07": {
        SEVENTH.ack, SEVENTH.feedback, SEVENTH.context, SEVENTH.presence, ASKED["pc-07"],
    },
    "sensor-pc-07": {*ITS_REPORTS, SEVENTH.tokens, *OF_ANYBODY, ASKED["sensor-pc-07"]},
}  # fmt: skip
MAY_READ = {
    "box-1": {
        BOX.status, BOX.info, BOX.health, BOX.echo, VERDICT,
        *ASKED.values(), ANSWERED["box-1"],
        ECHOED_ALERT, ECHOED_VERDICT, ECHOED_BOARD, ECHOED.view,
        ECHOED.ack, ECHOED.feedback, ECHOED.context, ECHOED.presence, ECHOED.command,
        ONE.ack, ONE.feedback, ONE.context, ONE.presence,
        OTHER.ack, OTHER.feedback, OTHER.context, OTHER.presence,
        SEVENTH.ack, SEVENTH.feedback, SEVENTH.context, SEVENTH.presence, *OF_ANYBODY,
        *REPORTS, ECHOED_SENSOR.lease, SEVENTH.tokens, ECHOED.tokens,
    },
    "teacher-1": {
        BOX.status, BOX.info, ALERT, ECHOED_ALERT, BOARD, ECHOED_BOARD, ANSWERED["teacher-1"], AIM,
    },
    "it-1": {BOX.status, BOX.info, BOX.health, ANSWERED["it-1"], AIM, *REPORTS},
    "pc-01": {ONE.command, ONE.view, ANSWERED["pc-01"]},
    "pc-02": {OTHER.command, OTHER.view, ANSWERED["pc-02"]},
    "pc-07": {SEVENTH.command, SEVENTH.view, ANSWERED["pc-07"]},
    "sensor-pc-07": {
        SENSOR.lease, SEVENTH.presence, ASKED["pc-07"], ASKED["teacher-1"],
        ANSWERED["sensor-pc-07"],
    },
}  # fmt: skip
NEXT_DOOR = {
    topic
    for room in (RoomTopics(site="north-school", room="lab-3"), RoomTopics(site="s", room="lab-2"))
    for topic in (
        room.box("box-1").status, room.alert(SeatKey("a01")),
        room.control_request("teacher-1"), room.control_request("pc-01"),
        room.terminal(TerminalKey("pc-01")).command, room.terminal(TerminalKey("pc-01")).presence,
    )
}  # fmt: skip
"""The same ids in another room and at another school: nobody here has a say there."""

FORBIDDEN = {ONE.tokens, OTHER.tokens, STRANGER.status, STRANGER.health, STRANGER.info}
"""Tokens of seats that no sensor sees, and what a sensor says that there is not."""

TOPICS = NEXT_DOOR.union(FORBIDDEN, *MAY_WRITE.values())


@pytest.fixture
def school(tmp_path: Path, authority: Authority) -> Iterator[PrivateBroker]:
    """The shipped password configuration, running."""
    with shipped_broker(tmp_path / "broker", authority, name="mosquitto-password.conf") as broker:
        yield broker


def join(stack: ExitStack, school: PrivateBroker, authority: Authority, user: str) -> Listener:
    """Log a user in who subscribes to everything."""
    return stack.enter_context(
        Listener(
            school.port,
            username=user,
            password=password_of(user),
            ca_file=authority.certificate,
        )
    )


def test_a_wildcard_brings_nobody_more_than_the_contract(
    school: PrivateBroker, authority: Authority
) -> None:
    """Everybody subscribes to ``#``, everybody tries to write every topic."""
    assert set(MAY_READ) == set(MAY_WRITE) == set(USERS)
    with ExitStack() as stack:
        users = {user: join(stack, school, authority, user) for user in USERS}
        for user, listener in users.items():
            for topic in sorted(TOPICS):
                listener.publish(topic, f'{{"type": "x", "by": "{user}"}}', expiry_s=30)

        def heard(user: str) -> set[tuple[str, str]]:
            return {(each.topic, each.document["by"]) for each in users[user].heard}

        allowed = {(topic, user) for user, topics in MAY_WRITE.items() for topic in topics}
        expected = {
            user: {(topic, by) for topic, by in allowed if topic in MAY_READ[user]}
            for user in USERS
        }
        wait_until(lambda: all(heard(user) >= expected[user] for user in USERS))
        time.sleep(0.3)  # what must not come would have come by now

        assert {user: heard(user) for user in USERS} == expected


def test_a_terminal_cannot_take_anothers_session(
    school: PrivateBroker, authority: Authority
) -> None:
    """The user name is the client id, so a forged client id neither hears nor disturbs."""
    with ExitStack() as stack:
        victim = join(stack, school, authority, "pc-01")
        thief = Listener(
            school.port,
            username="pc-02",
            password=password_of("pc-02"),
            ca_file=authority.certificate,
            client_id="pc-01",
        )
        stack.enter_context(thief)
        box = join(stack, school, authority, "box-1")
        box.publish(ONE.command, '{"type": "x"}', expiry_s=30)
        wait_until(lambda: victim.heard)
        time.sleep(0.2)

    assert thief.heard == []
