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


PI = """\
[[sensors]]
id = "pi-1"
[sensors.cameras.left]
source = "/dev/video0"
seats = ["p01", "p02"]
terminals = ["pc-21", "pc-22"]
[sensors.cameras.right]
source = "rtsp://10.0.0.9/live"
seats = 1
"""


def test_one_machine_looks_with_several_cameras(tmp_path: Path) -> None:
    """Its configuration has them; the box has its seats."""
    file = tmp_path / "answers.toml"
    file.write_text(ANSWERS + PI)
    room = SetUpRoom(tmp_path)

    room.ok("setup", "--answers", str(file))

    etc = tmp_path / "etc" / "classbox"
    assert set(load_settings(etc / "config.toml").sensors["pi-1"].seats) == {"p01", "p02", "b01"}
    sensor = load_settings(etc / "sensors" / "pi-1" / "config.toml")
    assert sensor.cameras["left"].seats["p02"].region == (0.5, 0, 1, 1)
    assert sensor.cameras["right"].source == "rtsp://10.0.0.9/live"
    assert sensor.cameras["right"].seats["b01"].terminal == "pc-03"


def test_a_later_teacher_is_heard_by_the_sensors(tmp_path: Path) -> None:
    """Nothing else of their files changes, and what to copy again is said."""
    file = tmp_path / "answers.toml"
    file.write_text(ANSWERS)
    room = SetUpRoom(tmp_path)
    room.ok("setup", "--answers", str(file))
    path = tmp_path / "etc" / "classbox" / "sensors" / "eye-8" / "config.toml"
    edited = path.read_text(encoding="utf-8").replace("/dev/video0", "/dev/video2") + "# mine\n"
    path.write_text(edited, encoding="utf-8")

    file.write_text(ANSWERS + '[people]\nteachers = ["teacher-1", "teacher-2"]\n')
    said = room.ok("setup", "--answers", str(file)).output

    teachers = 'teachers = ["teacher-1", "teacher-2"]'
    assert path.read_text(encoding="utf-8") == edited.replace('teachers = ["teacher-1"]', teachers)
    assert "sensors/eye-8" in said.partition("To carry")[2]

    room.ok("pki", "revoke", "teacher-1")
    room.ok("setup", "--answers", str(file))
    assert 'teachers = ["teacher-2"]' in path.read_text(encoding="utf-8")


def test_another_seat_makes_a_sensors_file_anew_and_keeps_the_edits(tmp_path: Path) -> None:
    """Beside it, and says so."""
    file = tmp_path / "answers.toml"
    file.write_text(ANSWERS)
    room = SetUpRoom(tmp_path)
    room.ok("setup", "--answers", str(file))
    folder = tmp_path / "etc" / "classbox" / "sensors" / "eye-8"
    before = (folder / "config.toml").read_text(encoding="utf-8") + "# mine\n"
    (folder / "config.toml").write_text(before, encoding="utf-8")

    file.write_text(ANSWERS.replace("d04", "d05"))
    said = room.ok("setup", "--answers", str(file), "--force").output

    assert "config.toml.before" in said
    assert (folder / "config.toml.before").read_text(encoding="utf-8") == before
    assert list(load_settings(folder / "config.toml").cameras["front"].seats) == ["d05"]
