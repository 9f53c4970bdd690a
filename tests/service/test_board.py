"""A real box tells a terminal and the teachers how its seat stands, at a real Mosquitto."""

from pathlib import Path

import pytest

from appliance.commands.demo.packaged import packaged_clip
from appliance.domain.seats import SeatKey
from appliance.domain.terminals import ControlCommand
from appliance.mqtt.contract.classroom import ControlRequestMessage
from appliance.mqtt.private_broker import PrivateBroker
from tests.support.listener import Listener
from tests.support.messages import message_json
from tests.support.service import ROOM, SITE, TEACHER, Service, write_config
from tests.support.waiting import wait_until

PREFIX = f"cb/v1/{SITE}/{ROOM}"
A01 = SeatKey("a01")
SEEN = ("observed", "", False)


def told(listener: Listener, kind: str) -> list[tuple[str, str, bool]]:
    """Return sight, reason and exam of each message about the seat."""
    rows = [each.document["data"] for each in listener.of_type(kind)]
    return [(each["sight"], each["reason"], each["exam"]) for each in rows]


def ask(listener: Listener, body: ControlRequestMessage) -> None:
    """Ask as a teacher does."""
    text = message_json(f"teacher/{TEACHER}", body, ttl_s=30)
    listener.publish(f"{PREFIX}/control/{TEACHER}/req", text, expiry_s=30)


@pytest.mark.long
@pytest.mark.broker
def test_a_seat_is_told_of_while_a_teacher_changes_it(tmp_path: Path) -> None:
    """To both in the same words; a newcomer hears the newest at once, with its lifetime."""
    source = f'source = "{packaged_clip()}"\nloop = true'
    with PrivateBroker(tmp_path / "broker") as broker:
        config = write_config(tmp_path, port=broker.port, cameras={"front": source})
        with Service(config), Listener(broker.port) as listener:
            for kind in ("seat.view", "board.seat"):
                wait_until(
                    lambda k=kind: ("observed", "", False) in told(listener, k), timeout_s=60
                )
            ask(listener, ControlRequestMessage(command=ControlCommand.EXAM, on=True))
            wait_until(lambda: ("observed", "", True) in told(listener, "seat.view"))
            ask(listener, ControlRequestMessage(command=ControlCommand.PAUSE, seat=A01))
            for kind in ("seat.view", "board.seat"):
                wait_until(lambda k=kind: ("paused", "seat-paused", True) in told(listener, k))
            with Listener(broker.port) as newcomer:
                wait_until(lambda: len(told(newcomer, "board.seat")) > 0)
                board = newcomer.of_type("board.seat")[0]

    assert board.retained
    assert board.document["data"]["sight"] == "paused"
    assert board.document["data"]["state"] is None
    assert 0 < board.expiry_s <= 120
