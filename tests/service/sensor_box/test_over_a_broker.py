"""A sensor with a clip for a camera, a decider and a real broker between them."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.cameras.reader import CameraState
from appliance.commands.demo.packaged import packaged_clip
from appliance.deciding import TickResult
from appliance.domain.seats import SeatKey
from appliance.domain.terminals import ControlCommand
from appliance.host.clock import SystemClock, boot_time
from appliance.host.systemd import SystemdNotifier
from appliance.mqtt.contract.classroom import ControlRequestMessage
from appliance.mqtt.contract.envelope import CONTROL_TTL_S
from appliance.mqtt.private_broker import LOOPBACK, PrivateBroker
from appliance.service.box import Box, BoxWatchers
from appliance.service.sensor_box.box import SensorBox
from appliance.service.sensor_box.indicator import Indicator, read_indicator
from appliance.settings.load import parse_settings
from tests.support.listener import Listener
from tests.support.messages import message_json
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.long, pytest.mark.broker]

LEFT = SeatKey("left")
ROOM = "cb/v1/school/lab"
CLOSED_S = 5.0
"""Generous, on a busy machine; what it really takes prints ``acceptance.sensors.revocations``."""


def common(broker: PrivateBroker) -> dict[str, object]:
    """What the configurations of both say alike."""
    return {
        "schema": 1,
        "policy": {"profile": "four-state"},
        "mqtt": {"host": LOOPBACK, "port": broker.port, "teachers": ["teacher-1"]},
    }


@pytest.fixture
def results() -> list[TickResult]:
    """What the decider makes of it."""
    return []


@pytest.fixture(autouse=True)
def decider(broker: PrivateBroker, tmp_path: Path, results: list[TickResult]) -> Iterator[Box]:
    """Of a seat whose consent the school holds, and of one that nobody has agreed on."""
    tables = common(broker) | {
        "box": {
            "role": "decide",
            "site": "school",
            "room": "lab",
            "id": "box-1",
            "state_dir": tmp_path / "state",
        },
        "engines": {"tune": False},
        "sensors": {
            "sensor-1": {
                "seats": {
                    "left": {"terminal": "pc-01", "consent": "granted"},
                    "right": {"terminal": "pc-02"},
                }
            }
        },
    }
    box = Box(
        parse_settings(tables, origin="test"),
        clock=SystemClock(),
        notifier=SystemdNotifier(None),
        watchers=BoxWatchers(on_tick=results.append),
    )
    box.connect()
    box.watch()
    yield box
    box.stop()


@pytest.fixture
def indicator(tmp_path: Path) -> Path:
    """What the desktop shows."""
    return tmp_path / "run" / "looking.json"


@pytest.fixture
def sensor(broker: PrivateBroker, indicator: Path, tmp_path: Path) -> Iterator[SensorBox]:
    """Two seats before one camera, which is the packaged clip again and again."""
    tables = common(broker) | {
        "box": {
            "role": "sense",
            "site": "school",
            "room": "lab",
            "id": "sensor-1",
            "state_dir": tmp_path / "s",
        },
        "cameras": {
            "front": {
                "source": str(packaged_clip()),
                "loop": True,
                "seats": {
                    "left": {"terminal": "pc-01", "region": [0.0, 0.0, 0.5, 1.0]},
                    "right": {"terminal": "pc-02", "region": [0.5, 0.0, 1.0, 1.0]},
                },
            }
        },
    }
    (tmp_path / "s").mkdir()
    running = SensorBox(
        parse_settings(tables, origin="test"),
        clock=SystemClock(),
        notifier=SystemdNotifier(None),
        indicator=Indicator(indicator),
    )
    running.start()
    yield running
    running.stop()


def readings(results: list[TickResult], seat: str) -> int:
    """How often the decider has judged a seat by tokens of its own."""
    return sum(
        one.seat == seat and one.occupancy is not None
        for result in list(results)
        for one in result.readings
    )


def test_it_looks_as_far_as_it_is_let_and_a_no_is_heard_at_once(
    sensor: SensorBox, results: list[TickResult], indicator: Path, broker: PrivateBroker
) -> None:
    """From the first token to a refusal of the student's own, and on without a decider."""
    with Listener(broker.port, f"{ROOM}/#") as listener:
        wait_until(lambda: readings(results, "left") >= 20, timeout_s=60)
        assert readings(results, "right") == 0
        shown(indicator, "classbox looks: at left")
        topics = {each.topic for each in listener.heard}
        assert f"{ROOM}/seat/pc-01/tokens" in topics
        assert f"{ROOM}/seat/pc-02/tokens" not in topics
        assert not any(each.retained for each in listener.on(f"{ROOM}/seat/pc-01/tokens"))

        refusal = ControlRequestMessage(command=ControlCommand.CONSENT, granted=False)
        request = message_json("seat/pc-01", refusal, ttl_s=CONTROL_TTL_S)
        listener.publish(f"{ROOM}/control/pc-01/req", request, expiry_s=CONTROL_TTL_S)
        wait_until(lambda: closed(sensor), timeout_s=CLOSED_S)

        time.sleep(3.0)  # a lease of the decider's that does not know of it would open it again
        assert closed(sensor)
        shown(indicator, "classbox does not look: nobody is logged in")
        answers = listener.on(f"{ROOM}/control/pc-01/resp")
        assert [each.document["data"]["status"] for each in answers] == ["done"]


def test_a_checkpoint_knows_in_which_boot_it_was_made(decider: Box) -> None:
    """So a clock that is set while no process runs takes no open episode away."""
    checkpoints = decider.storage.checkpoints
    wait_until(lambda: checkpoints.get("pipeline") is not None)
    kept = checkpoints.get("pipeline")

    assert kept is not None
    assert kept["boot"] == boot_time().boot != ""


def test_without_a_decider_it_closes_by_itself(
    decider: Box, sensor: SensorBox, results: list[TickResult], indicator: Path
) -> None:
    """A lease lives for ten seconds, by the sensor's own clock."""
    wait_until(lambda: readings(results, "left") >= 5, timeout_s=60)
    decider.stop()
    stopped_s = time.monotonic()
    wait_until(lambda: closed(sensor), timeout_s=30)

    assert time.monotonic() - stopped_s < 10 + CLOSED_S
    shown(indicator, "classbox does not look: the box that decides has not said yet that it may")


def closed(sensor: SensorBox) -> bool:
    """Nobody may be looked at, and the camera is closed."""
    (camera,) = sensor.cameras.health().values()
    return not sensor.permit.granted(LEFT) and camera.state is CameraState.PAUSED


def shown(indicator: Path, words: str) -> None:
    """The desktop is told, a moment after it is so."""
    wait_until(lambda: read_indicator(indicator) == words)
