"""A recorded clip leads to the same readings however many lanes look at it."""

import threading
from pathlib import Path

import cv2
import pytest

from appliance.commands.demo.packaged import packaged_clip
from appliance.commands.demo.play import SEATS
from appliance.host.clock import SystemClock
from appliance.host.systemd import SystemdNotifier
from appliance.mqtt.private_broker import LOOPBACK, PrivateBroker
from appliance.pipeline import TickResult
from appliance.service.box import Box, BoxWatchers
from appliance.settings.load import parse_settings

SECONDS = 12

Rows = list[tuple[str, float, str, bytes]]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the beginning of the packaged clip."""
    path = tmp_path_factory.mktemp("clip") / "short.avi"
    source = cv2.VideoCapture(str(packaged_clip()))
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 15.0, (640, 360))
    for _ in range(SECONDS * 15):
        writer.write(source.read()[1])
    writer.release()
    source.release()
    return path


def replay(clip: Path, folder: Path, *, port: int, lanes: int) -> tuple[Rows, int]:
    """Run a box over the clip; return its readings and the number of stored tokens."""
    rows: Rows = []

    def take(result: TickResult) -> None:
        rows.extend(
            (one.seat, one.at_s, one.status.value, one.probabilities.tobytes())
            for one in result.readings
        )

    seats = {
        seat: {"region": region, "terminal": terminal, "consent": "granted"}
        for seat, (terminal, region) in SEATS.items()
    }
    tables = {
        "schema": 1,
        "box": {"site": "s", "room": "r", "id": "b", "state_dir": folder, "lanes": lanes},
        "policy": {"profile": "demo"},
        "mqtt": {"host": LOOPBACK, "port": port},
        "cameras": {"clip": {"source": str(clip), "realtime": False, "seats": seats}},
    }
    box = Box(
        parse_settings(tables, origin="test"),
        clock=SystemClock(),
        notifier=SystemdNotifier(None),
        watchers=BoxWatchers(on_tick=take),
    )
    box.connect()
    box.watch()
    box.wait(threading.Event())
    stored = box.storage.feature_rows()
    box.stop()
    return rows, stored


@pytest.mark.broker
def test_one_lane_and_three_agree_to_the_bit(clip: Path, tmp_path: Path) -> None:
    """Nothing is dropped, and no order of work shows in the result."""
    with PrivateBroker(tmp_path / "broker") as broker:
        one, stored = replay(clip, tmp_path / "one", port=broker.port, lanes=1)
        three, _ = replay(clip, tmp_path / "three", port=broker.port, lanes=3)

    assert len(one) >= 2 * 5 * (SECONDS - 1)
    assert one == three
    assert stored == len(one)
