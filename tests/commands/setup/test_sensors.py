"""A line per PC with a webcam, and everything that its sensor needs is made."""

from pathlib import Path

import pytest

from appliance.commands.pki.certificate import read_certificates
from appliance.settings.box import BoxRole
from appliance.settings.load import load_settings
from tests.support.set_up_rooms import SetUpRoom

ANSWERS = """\
[box]
site = "north-school"
room = "lab-2"
id = "box-1"
[policy]
profile = "fatigue-only"
[broker]
names = ["10.0.0.5"]
[[sensors]]
terminal = "pc-07"
[[sensors]]
terminal = "pc-08"
id = "eye-8"
seat = "d04"
"""


def test_a_line_per_pc_makes_a_decider_and_its_sensors(tmp_path: Path) -> None:
    """Configuration of both, certificates, the ACL; and a second run changes nothing."""
    file = tmp_path / "answers.toml"
    file.write_text(ANSWERS)
    room = SetUpRoom(tmp_path)
    room.ok("setup", "--answers", str(file))

    etc = tmp_path / "etc" / "classbox"
    box = load_settings(etc / "config.toml")
    assert box.box.role is BoxRole.DECIDE
    assert {key: set(one.seats) for key, one in box.sensors.items()} == {
        "sensor-pc-07": {"s01"},
        "eye-8": {"d04"},
    }
    folder = etc / "sensors" / "eye-8"
    sensor = load_settings(folder / "config.toml")
    assert (sensor.box.role, sensor.box.id) == (BoxRole.SENSE, "eye-8")
    assert sensor.cameras["front"].seats["d04"].terminal == "pc-08"
    assert sensor.cameras["front"].seats["d04"].region == (0, 0, 1, 1)
    assert sensor.mqtt.teachers == ("teacher-1",)
    assert sensor.mqtt.cert_file == Path("/etc/classbox-sensor/eye-8.crt")
    (certificate,) = read_certificates((folder / "eye-8.crt").read_bytes(), origin="eye-8")
    assert "CN=eye-8" in certificate.subject.rfc4514_string()
    acl = (tmp_path / "etc" / "mosquitto" / "classbox" / "acl").read_text(encoding="utf-8")
    block = acl.partition("user eye-8\n")[2].partition("\nuser ")[0]
    assert "topic write cb/v1/north-school/lab-2/seat/pc-08/tokens" in block
    assert "pc-07" not in block

    before = (folder / "config.toml").read_text(encoding="utf-8") + "# edited\n"
    (folder / "config.toml").write_text(before, encoding="utf-8")
    room.ok("setup", "--answers", str(file))
    assert (folder / "config.toml").read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("eye-8", "pc-07"), "'pc-07' is a terminal and a sensor; every client needs an id"),
        (("d04", "s01"), "seat 's01' is given twice"),
        (("eye-8", "Eye"), "sensors.2.id: only a-z"),
        (("seat =", "region ="), "sensors.2.region"),
        (('terminal = "pc-07"', ""), "sensors.1.terminal: is missing"),
    ],
)
def test_wrong_sensors_are_named(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    """By their place in the file; nothing is written."""
    file = tmp_path / "answers.toml"
    file.write_text(ANSWERS.replace(*change))

    result = SetUpRoom(tmp_path).run("setup", "--answers", str(file))

    assert says in str(result.exception)
    assert not (tmp_path / "etc").exists()
