"""A real box is pointed, at its door and over a real broker: numbers come, and never a picture."""

import base64
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import pytest

from appliance.commands.demo.packaged import packaged_clip
from appliance.domain.arrays import UInt8Array
from appliance.domain.frames import CameraKey
from appliance.domain.terminals import ControlCommand
from appliance.mqtt.contract.classroom import ControlRequestMessage
from appliance.mqtt.contract.envelope import parse_message
from appliance.mqtt.contract.schemas import Contracts
from appliance.mqtt.private_broker import PrivateBroker
from tests.support.listener import Listener
from tests.support.messages import message_json
from tests.support.service import ROOM, SITE, TEACHER, Service, run_classbox, write_config
from tests.support.waiting import wait_until

PREFIX = f"cb/v1/{SITE}/{ROOM}"
AIM = f"{PREFIX}/aim/front"
MOST_BYTES = 16_384
"""Of one measurement: twelve people with fifteen points each, and all that is around them."""


def ask(
    listener: Listener, command: ControlCommand, *, camera: CameraKey | None = None
) -> dict[str, object]:
    """Ask as a teacher does, and return the answer."""
    before = len(listener.of_type("control.response"))
    request = ControlRequestMessage(command=command, camera=camera)
    listener.publish(
        f"{PREFIX}/control/{TEACHER}/req",
        message_json(f"teacher/{TEACHER}", request, ttl_s=30),
        expiry_s=30,
    )
    wait_until(lambda: len(listener.of_type("control.response")) > before)
    answer: dict[str, object] = listener.of_type("control.response")[-1].document["data"]
    return answer


def ask_when_ready(listener: Listener) -> dict[str, object]:
    """Ask as soon as the box has begun to work, and wait for three measurements."""

    def ready() -> bool:
        states = [heard.document["data"]["state"] for heard in listener.of_type("box.status")]
        return bool(states) and states[-1] in {"ready", "degraded"}

    wait_until(ready, timeout_s=60)
    answer = ask(listener, ControlCommand.AIM)
    wait_until(lambda: len(listener.on(AIM)) >= 3, timeout_s=60)
    return answer


def audit(folder: Path) -> list[tuple[str, str, str]]:
    """Return what is on record about aiming, oldest first."""
    with closing(sqlite3.connect(folder / "state" / "privacy.db")) as database:
        return database.execute(
            "SELECT event, actor, detail FROM audit WHERE event LIKE '%aim%' ORDER BY rowid"
        ).fetchall()


@pytest.mark.long
@pytest.mark.broker
def test_a_running_box_is_pointed_over_mqtt_and_at_its_door(tmp_path: Path) -> None:
    """On a seat without consent, by its own frames; a pause ends it and keeps it from beginning."""
    with PrivateBroker(tmp_path / "broker") as broker:
        config = write_config(
            tmp_path,
            port=broker.port,
            consent="ask",
            cameras={"front": f'source = "{packaged_clip()}"\nloop = true'},
        )
        with Service(config) as box, Listener(broker.port) as listener:
            reply = ask_when_ready(listener)
            assert reply == {"status": "done", "detail": "camera front for 300 s"}

            door = run_classbox("aim", "--config", str(config), "--json", "--seconds", "5")

            ask(listener, ControlCommand.PAUSE)
            wait_until(lambda: audit(tmp_path)[-1][0] == "aim_ended")
            refused = ask(listener, ControlCommand.AIM, camera=CameraKey("front"))
            closed = run_classbox("aim", "--config", str(config), "--json", "--seconds", "5")
            assert box.terminate() == 0

    for heard in listener.on(AIM):
        message = parse_message(json.dumps(heard.document), Contracts.load())
        assert message.type == "aim.frame"
        assert (heard.qos, heard.retained, heard.expiry_s) == (0, False, 5)
    *measured, last = (heard.document["data"] for heard in listener.on(AIM))
    assert (last["ended"][:29], last["people"]) == ("the cameras are closed (pause", [])
    (one, other) = measured[-1]["people"]
    assert one["box"][2] < other["box"][0] + 0.1  # two students, from left to right
    lines = [json.loads(line) for line in door.stdout.splitlines()]
    assert door.returncode == 0, door.stderr
    assert lines[0]["frame"]["people"]
    assert "proposal" in lines[-1]
    assert refused["status"] == "refused"
    assert "the cameras are closed (pause" in str(refused["detail"])
    assert closed.returncode == 1
    assert "the cameras are closed (pause" in closed.stderr
    begun = [(actor, detail) for event, actor, detail in audit(tmp_path) if event == "aim_started"]
    assert begun[0] == (f"teacher/{TEACHER}", "camera front, at most 300 s")
    assert begun[1][0] == "operator"
    assert begun[1][1].startswith("camera front, at most 5 s, uid ")


def canary(seed: int) -> UInt8Array:
    """Return a picture that nothing else in the world looks like."""
    noise = np.random.default_rng(seed).integers(0, 256, (48, 80, 3), dtype=np.uint8)
    return np.asarray(
        cv2.resize(noise, (640, 384), interpolation=cv2.INTER_NEAREST), dtype=np.uint8
    )


def write_canary(path: Path, seed: int) -> Path:
    """Write a lossless clip of one canary."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"FFV1"), 15.0, (640, 384))
    for _ in range(30):
        writer.write(canary(seed))
    writer.release()
    return path


@pytest.mark.long
@pytest.mark.broker
def test_what_leaves_a_box_that_is_pointed_holds_no_picture(tmp_path: Path) -> None:
    """Pictures of pure information: no row of one is found anywhere, and two say the same."""
    said: list[list[object]] = []
    for seed in (1, 2):
        folder = tmp_path / str(seed)
        folder.mkdir()
        clip = write_canary(folder / "clip.mkv", seed)
        with PrivateBroker(folder / "broker") as broker:
            config = write_config(
                folder, port=broker.port, cameras={"front": f'source = "{clip}"\nloop = true'}
            )
            with Service(config) as box, Listener(broker.port) as listener:
                ask_when_ready(listener)
                door = run_classbox("aim", "--config", str(config), "--json", "--seconds", "3")
                box.terminate()
        payloads = [json.dumps(heard.document) for heard in listener.heard]
        measured = [heard.document["data"] for heard in listener.on(AIM)]
        assert all(len(json.dumps(each)) < MOST_BYTES for each in measured)
        assert all(len(line) < MOST_BYTES for line in door.stdout.splitlines())
        kept = [path.read_bytes() for path in (folder / "state").rglob("*") if path.is_file()]
        texts = [*payloads, door.stdout, door.stderr, box.log.read_text(encoding="utf-8")]
        everything = b"\n".join([*kept, *(text.encode() for text in texts)])
        for needle in needles(seed):
            assert needle not in everything
        said.append([[each["people"], each["seats"], each["faults"]] for each in measured[:3]])
    assert said[0] == said[1]


def needles(seed: int) -> list[bytes]:
    """Return pieces of a canary as bytes, in base64 and as numbers in JSON."""
    rows = [canary(seed)[row, ::8].ravel()[:24] for row in range(0, 384, 8)]
    return [
        form
        for row in rows
        for form in (
            row.tobytes(),
            base64.b64encode(row.tobytes())[:-4],
            json.dumps(row.tolist())[1:-1].encode(),
        )
    ]
