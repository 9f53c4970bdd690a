"""A real box does not look at a paused seat, also after it was killed."""

import json
from pathlib import Path

import pytest

from appliance.commands.demo.packaged import packaged_clip
from appliance.domain.seats import SeatKey
from appliance.domain.terminals import ControlCommand
from appliance.host.doorbell import ask as ask_at_door
from appliance.mqtt.contract.classroom import ControlRequestMessage
from appliance.mqtt.private_broker import PrivateBroker
from tests.support.listener import Listener
from tests.support.messages import message_json
from tests.support.service import BOX, ROOM, SITE, TEACHER, Service, run_classbox, write_config
from tests.support.waiting import wait_until

PREFIX = f"cb/v1/{SITE}/{ROOM}"


def reported(listener: Listener) -> list[tuple[str, str]]:
    """Return how camera and seat were in each report."""
    told = [each.document["data"] for each in listener.of_type("box.health")]
    return [(each["cameras"]["front"]["state"], each["seats"]["a01"]) for each in told]


def looked(config: Path) -> int:
    """Return how often a model has looked at the seat since the start."""
    state = config.parent / "state"
    (told,) = ask_at_door(state, identity=f"{SITE}/{ROOM}/{BOX}", ask="funnel")
    return int(told["seats"]["a01"]["found"]["looked"])


def ask(listener: Listener, command: ControlCommand) -> object:
    """Ask for the seat as a teacher does; return what became of it."""
    before = len(listener.of_type("control.response"))
    request = ControlRequestMessage(command=command, seat=SeatKey("a01"))
    text = message_json(f"teacher/{TEACHER}", request, ttl_s=30)
    listener.publish(f"{PREFIX}/control/{TEACHER}/req", text, expiry_s=30)
    wait_until(lambda: len(listener.of_type("control.response")) > before)
    return listener.of_type("control.response")[-1].document["data"]["status"]


@pytest.mark.long
@pytest.mark.broker
def test_a_paused_seat_is_not_looked_at_also_after_a_kill(tmp_path: Path) -> None:
    """The camera goes on, no model sees the seat, the status says so; a resume ends it."""
    looking, paused = ("live", "observed"), ("live", "paused")
    with PrivateBroker(tmp_path / "broker") as broker:
        source = f'source = "{packaged_clip()}"\nloop = true'
        config = write_config(tmp_path, port=broker.port, cameras={"front": source})
        with Service(config), Listener(broker.port) as listener:
            wait_until(lambda: looking in reported(listener), timeout_s=60)
            assert ask(listener, ControlCommand.PAUSE) == "done"
            wait_until(lambda: paused in reported(listener))
            first = looked(config)
            listener.heard.clear()
            wait_until(lambda: paused in reported(listener))
            last = looked(config)

        with Service(config) as box, Listener(broker.port) as listener:
            wait_until(lambda: paused in reported(listener), timeout_s=60)
            killed = looked(config)
            status = run_classbox("status", "--config", str(config), "--json")
            room = run_classbox("resume", "--config", str(config))
            seat = run_classbox("resume", "--seat", "a01", "--config", str(config))
            wait_until(lambda: looking in reported(listener))
            resumed = looked(config)
            assert box.terminate() == 0

    assert 0 < first == last
    assert killed == 0 < resumed
    stays = "seats that stay paused: a01; sudo classbox resume --seat SEAT"
    assert room.stdout.splitlines() == ["resumed", stays]
    assert (seat.returncode, seat.stdout) == (0, "resumed\n")
    assert json.loads(status.stdout)["seats"] == {"a01": "paused"}
