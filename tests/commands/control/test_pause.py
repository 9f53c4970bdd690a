"""A pause from the command line holds through a power cut and a lost database."""

import json
from pathlib import Path
from typing import Any

import pytest

from appliance.domain.seats import SeatKey
from appliance.mqtt.private_broker import PrivateBroker
from appliance.storage.export import PRIVACY_FILE
from appliance.storage.pause import PauseFile
from tests.support.disk import rows
from tests.support.mjpeg_server import MjpegServer
from tests.support.service import Service, run_classbox, write_config
from tests.support.waiting import wait_until


def status(config: Path) -> tuple[int, dict[str, Any]]:
    """Return the exit status of ``classbox status --json`` and what it prints."""
    ran = run_classbox("status", "--json", "--config", str(config))
    told: dict[str, Any] = json.loads(ran.stdout)
    return ran.returncode, told


def state(config: Path) -> str:
    """Return the state alone."""
    return str(status(config)[1]["state"])


@pytest.mark.long
@pytest.mark.broker
def test_a_pause_outlives_a_power_cut_and_its_database(tmp_path: Path) -> None:
    """No camera is opened again before somebody resumes; every state is told."""
    with PrivateBroker(tmp_path / "broker") as broker, MjpegServer(fps=15) as camera:
        config = write_config(
            tmp_path, port=broker.port, cameras={"front": f'source = "{camera.url}"'}
        )
        name = ("--config", str(config))
        with Service(config) as box:
            wait_until(lambda: state(config) == "ready", timeout_s=60)
            assert status(config)[0] == 0
            paused = run_classbox("pause", "--why", "exam", *name)
            assert (paused.returncode, paused.stderr) == (0, "")
            wait_until(lambda: state(config) == "paused")
            wait_until(lambda: status(config)[1]["cameras"]["front"]["state"] == "paused")
            box.kill()
        opened = len(camera.requests)
        assert status(config) == (
            69,
            {
                "state": "stopped",
                "closed": {"pause": "asked for at the box: exam"},
                "detail": "no classbox service runs here; start it: sudo systemctl start classbox",
            },
        )

        (tmp_path / "state" / PRIVACY_FILE).write_bytes(b"\xff" * 8192)
        with Service(config) as box:
            wait_until(lambda: state(config) == "paused", timeout_s=60)
            code, told = status(config)
            assert (code, told["closed"]) == (0, {"pause": "asked for at the box: exam"})
            assert told["seats"] == {"a01": "paused"}
            assert len(camera.requests) == opened
            resumed = run_classbox("resume", *name)
            assert (resumed.returncode, resumed.stdout) == (0, "resumed\n")
            wait_until(lambda: len(camera.requests) > opened)
            assert box.terminate() == 0
    events = rows(tmp_path / "state" / PRIVACY_FILE, "SELECT event, actor FROM audit")
    assert ("control_resume", "operator") in events


@pytest.mark.long
def test_a_pause_of_a_stopped_box_closes_the_next_start(tmp_path: Path) -> None:
    """And a resume of a stopped box opens it; both are on record."""
    with MjpegServer(fps=15) as camera:
        config = write_config(tmp_path, cameras={"front": f'source = "{camera.url}"'})
        name = ("--config", str(config))
        asked = run_classbox("pause", *name)
        assert (asked.returncode, asked.stderr) == (0, "")
        assert "does not run" in asked.stdout
        with Service(config):
            wait_until(lambda: state(config) == "paused", timeout_s=60)
        assert camera.requests == []

        assert run_classbox("resume", *name).returncode == 0
        with Service(config):
            wait_until(lambda: state(config) == "degraded", timeout_s=60)  # there is no broker
            assert camera.requests
            shown = run_classbox("status", *name)
    assert "systemctl status mosquitto" in shown.stdout
    assert shown.returncode == 1
    events = rows(tmp_path / "state" / PRIVACY_FILE, "SELECT event, actor FROM audit")
    assert [event for event in events if str(event[0]).startswith("control")] == [
        ("control_pause", "operator"),
        ("control_resume", "operator"),
    ]


def test_one_seat_of_a_stopped_box_is_paused_and_resumed(tmp_path: Path) -> None:
    """For the next start, on record; a seat that does not exist is a mistake of its own."""
    config = write_config(tmp_path, cameras={"front": 'source = "/dev/video97"'})
    name, file = ("--config", str(config)), PauseFile(tmp_path / "state", seat=SeatKey("a01"))

    paused = run_classbox("pause", "--seat", "a01", "--why", "asked", *name)
    kept = str(file.read())
    room = PauseFile(tmp_path / "state").read()
    resumed = run_classbox("resume", "--seat", "a01", *name)
    unknown = run_classbox("pause", "--seat", "z99", *name)

    assert paused.stdout == (
        "paused: the service does not run; seat a01 will not be looked at, until: "
        "sudo classbox resume --seat a01\n"
    )
    assert (kept, room) == ("asked for at the box: asked", None)
    assert (resumed.returncode, file.read()) == (0, None)
    assert (unknown.returncode, "there are a01" in unknown.stderr) == (78, True)
    events = rows(tmp_path / "state" / PRIVACY_FILE, "SELECT event, actor, seat FROM audit")
    assert events == [("control_pause", "operator", "a01"), ("control_resume", "operator", "a01")]


def test_nobody_is_told_of_a_pause_that_cannot_be_kept(tmp_path: Path) -> None:
    """Without a service and without a folder there is none."""
    config = write_config(tmp_path, cameras={"front": 'source = "/dev/video97"'})
    (tmp_path / "state").write_text("no folder", encoding="utf-8")

    asked = run_classbox("pause", "--config", str(config))

    assert (asked.returncode, asked.stdout) == (1, "")
    assert asked.stderr.startswith("not paused: ")
