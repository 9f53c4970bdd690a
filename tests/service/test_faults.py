"""Cameras die, freeze and come back, a file is cut, the broker restarts: the box goes on."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from appliance.domain.commands import CommandState, OutboxEntry
from appliance.domain.seats import TerminalKey
from appliance.host.clock import SystemClock
from appliance.mqtt.private_broker import PrivateBroker
from appliance.storage.store import Storage
from tests.support.clips import write_clip
from tests.support.listener import Listener
from tests.support.mjpeg_server import MjpegServer
from tests.support.service import BOX, ROOM, SITE, Service, write_config
from tests.support.waiting import wait_until

BOX_TOPIC = f"cb/v1/{SITE}/{ROOM}/box/{BOX}"


def health(listener: Listener) -> dict[str, Any]:
    """Return the newest health report; empty before the first."""
    reports = listener.on(f"{BOX_TOPIC}/health")
    report: dict[str, Any] = reports[-1].document["data"] if reports else {}
    return report


def states(listener: Listener) -> dict[str, str]:
    """Return the state of every camera in the newest health report."""
    return {key: camera["state"] for key, camera in health(listener).get("cameras", {}).items()}


def status(listener: Listener) -> str:
    """Return the newest status of the box."""
    heard = listener.on(f"{BOX_TOPIC}/status")
    return str(heard[-1].document["data"]["state"]) if heard else ""


@pytest.mark.long
@pytest.mark.broker
def test_one_fault_never_stops_the_rest(tmp_path: Path) -> None:
    """Each fault is seen in health, touches nobody else and heals."""
    looped = write_clip(tmp_path / "looped.avi", frames=30, fps=15)
    whole = shutil.copy(looped, tmp_path / "whole.avi")
    fine = write_clip(tmp_path / "fine.avi", frames=45, fps=15)
    with PrivateBroker(tmp_path / "broker") as broker, MjpegServer(fps=15) as camera:
        config = write_config(
            tmp_path,
            port=broker.port,
            cameras={
                "http": f'source = "{camera.url}"',
                "looped": f'source = "{looped}"\nloop = true',
                "fine": f'source = "{fine}"\nloop = true',
                "absent": 'source = "/dev/video97"',
            },
        )
        with Service(config) as box, Listener(broker.port, f"{BOX_TOPIC}/#") as listener:
            alive = {"http": "live", "looped": "live", "fine": "live", "absent": "retrying"}
            wait_until(lambda: states(listener) == alive, timeout_s=40)

            camera.kill()
            looped.write_bytes(looped.read_bytes()[: looped.stat().st_size // 3])
            broken = alive | {"http": "retrying", "looped": "retrying"}
            wait_until(lambda: states(listener) == broken, timeout_s=40)
            assert status(listener) == "degraded"

            camera.stall()
            camera.start()
            shutil.copy(whole, looped)
            wait_until(lambda: states(listener) == alive | {"http": "retrying"}, timeout_s=40)

            camera.flow()
            wait_until(lambda: states(listener) == alive, timeout_s=60)
            # A machine that is busy with other tests may stutter for a moment.
            wait_until(
                lambda: abs(health(listener)["cameras"]["fine"]["fps"] - 15) < 3, timeout_s=60
            )

            code = box.terminate()
            wait_until(lambda: status(listener) == "disconnected")
    assert code == 0
    assert "s3cret" not in box.log.read_text(encoding="utf-8")
    assert "hunter2" not in box.log.read_text(encoding="utf-8")
    for name in ("privacy.db", "features.db"):
        assert not (tmp_path / "state" / f"{name}-wal").exists()
        with closing(sqlite3.connect(tmp_path / "state" / name)) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def leave_command(state_dir: Path, *, lives_s: float) -> str:
    """Put a command into the outbox of a box that is not running, as a crash leaves it."""
    clock = SystemClock()
    storage = Storage.open(state_dir, clock=clock)
    storage.start()
    now_s = clock.wall_s()
    entry = OutboxEntry(
        id="01a20447-f040-7f68-b0e5-7e83ee8cbc93",
        terminal=TerminalKey("pc-01"),
        topic=f"cb/v1/{SITE}/{ROOM}/seat/pc-01/cmd",
        payload='{"left": "by a crash"}',
        created_s=now_s,
        expires_s=now_s + lives_s,
        state=CommandState.PUBLISHED,
        updated_s=now_s,
    )
    storage.outbox.put(entry)
    storage.stop()
    return entry.id


@pytest.mark.broker
def test_no_unexpired_command_is_lost_without_a_broker_or_a_box(tmp_path: Path) -> None:
    """A command outlives a crash of the box and hours without a broker; an expired one does not."""
    clip = write_clip(tmp_path / "clip.avi", frames=45, fps=15)
    broker = PrivateBroker(tmp_path / "broker")
    config = write_config(
        tmp_path, port=broker.port, cameras={"fine": f'source = "{clip}"\nloop = true'}
    )
    leave_command(tmp_path / "state", lives_s=120)

    with Service(config) as box:
        wait_until(lambda: "box_started" in box.log.read_text(encoding="utf-8"), timeout_s=40)
        assert "mqtt_connected" not in box.log.read_text(encoding="utf-8")
        with broker:
            with Listener(broker.port) as listener:
                command = f"cb/v1/{SITE}/{ROOM}/seat/pc-01/cmd"
                wait_until(lambda: listener.on(command), timeout_s=40)
                wait_until(lambda: status(listener) == "ready", timeout_s=20)
            broker.kill()
            broker.start()
            with Listener(broker.port) as again:
                # A broker killed like this forgets what was retained: the box says it once more.
                wait_until(lambda: status(again) == "ready", timeout_s=40)
                assert box.terminate() == 0

    assert next(one.document for one in listener.on(command)) == {"left": "by a crash"}
    assert all(0 < (one.expiry_s or 0) <= 120 for one in listener.on(command))
