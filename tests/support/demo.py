"""The packaged clip: rendered, nobody real, two students."""

import threading
from pathlib import Path

import cv2

from appliance.commands.demo.packaged import packaged_clip
from appliance.commands.demo.play import SEATS
from appliance.deciding import TickResult
from appliance.host.clock import SystemClock
from appliance.host.systemd import SystemdNotifier
from appliance.mqtt.private_broker import LOOPBACK
from appliance.service.box import Box, BoxWatchers
from appliance.settings.load import parse_settings

Rows = list[tuple[str, float, str, bytes]]


def cut_demo(path: Path, *, seconds: int, every: int = 1) -> Path:
    """Write the beginning of the packaged clip, every picture a JPEG of its own.

    Args:
        path: Where to.
        seconds: How much of it.
        every: 1: all of its 15 pictures a second; 3: every third, one for each token.
    """
    source = cv2.VideoCapture(str(packaged_clip()))
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 15.0 / every, (640, 360))
    for number in range(seconds * 15):
        picture = source.read()[1]
        if number % every == 0:
            writer.write(picture)
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
