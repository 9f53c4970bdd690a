"""``classbox sense`` and what other commands say to its configuration."""

from pathlib import Path

import pytest

from appliance.commands.demo.packaged import packaged_clip
from appliance.mqtt.private_broker import LOOPBACK, PrivateBroker
from tests.support.service import run_classbox

CONFIG = """\
schema = 1
[box]
role = "{role}"
site = "school"
room = "lab"
id = "{name}"
state_dir = "{state}"
[policy]
profile = "fatigue-only"
[mqtt]
host = "{host}"
port = {port}
"""
CAMERA = """\
[cameras.front]
source = "{clip}"
[cameras.front.seats.a01]
terminal = "pc-01"
"""
SENSOR = """\
[sensors.sensor-1.seats.a01]
terminal = "pc-01"
"""


def written(folder: Path, role: str, *, port: int = 1883) -> Path:
    """A configuration of a role."""
    name = {"sense": "sensor-1", "decide": "box-1"}[role]
    text = CONFIG.format(role=role, name=name, state=folder / "state", host=LOOPBACK, port=port)
    text += CAMERA.format(clip=packaged_clip()) if role == "sense" else SENSOR
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("command", "role", "other"), [("run", "sense", "sense"), ("sense", "decide", "run")]
)
def test_each_role_has_its_command(tmp_path: Path, command: str, role: str, other: str) -> None:
    """The other one is named, and nothing begins."""
    config = written(tmp_path, role)
    done = run_classbox(command, "--config", str(config))

    assert done.returncode == 78
    assert f"run: classbox {other} --config {config}" in done.stderr


@pytest.mark.broker
def test_check_asks_of_a_sensor_what_it_can_ask(tmp_path: Path, broker: PrivateBroker) -> None:
    """Configuration, models, camera and broker; what a box must be allowed is not its matter."""
    done = run_classbox("check", "--config", str(written(tmp_path, "sense", port=broker.port)))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "camera front" in done.stdout
    assert "permission" not in done.stdout


def test_without_a_sensor_the_status_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line, for a panel, which gets a code of its own."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    done = run_classbox("sense", "--status")

    assert done.returncode == 69
    assert done.stderr == "classbox does not look: no sensor runs in this session\n"
