"""What a role needs and has no use for is said with file, key and what to change."""

from pathlib import Path

import pytest

from appliance.domain.seats import SeatKey, TerminalKey
from appliance.domain.token_packets import SensorKey
from appliance.errors import ConfigError
from appliance.settings.box import BoxRole
from appliance.settings.layout import (
    all_seats,
    seat_cameras,
    seat_terminals,
    seats_with_consent,
    sensor_seats,
    terminal_seats,
)
from appliance.settings.load import load_settings

HEAD = """schema = 1
policy.profile = "four-state"
[box]
site = "school"
room = "lab"
id = "{id}"
role = "{role}"
"""
CAMERA = """[cameras.front]
source = "/dev/video0"
[cameras.front.seats.a01]
terminal = "pc-01"
"""
SENSOR = """[sensors.sensor-pc-07.seats.c01]
terminal = "pc-07"
consent = "granted"
[sensors.pi-2.seats]
d01 = {terminal = "pc-08"}
d02 = {terminal = "pc-09"}
"""
NET = '[mqtt]\nhost = "broker.school"\n'
TLS = 'ca_file = "/etc/classbox/ca.pem"\n'
ALL, SENSE, DECIDE = (HEAD.format(id="box-1", role=role) for role in BoxRole)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(ALL + CAMERA, id="all"),
        pytest.param(ALL + CAMERA + SENSOR, id="all-and-sensors"),
        pytest.param(DECIDE + SENSOR, id="decide"),
        pytest.param(SENSE + CAMERA, id="sense"),
        pytest.param(SENSE + CAMERA + NET + TLS, id="sense-over-the-network"),
        pytest.param(DECIDE + SENSOR + NET + TLS, id="decide-over-the-network"),
        pytest.param(ALL + CAMERA + NET, id="all-in-one-has-no-tokens-to-hide"),
    ],
)
def test_every_role_can_be_configured(tmp_path: Path, text: str) -> None:
    """With what it needs and nothing else."""
    file = tmp_path / "config.toml"
    file.write_text(text)

    assert load_settings(file).box.role in set(BoxRole)


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        (ALL, "cameras", "is missing; add it at the top: at least one table [cameras.ID]"),
        (SENSE, "cameras", "is missing; add it at the top: at least one table [cameras.ID]"),
        (ALL + SENSOR, "cameras", 'with source and seats, or set role = "decide" under [box]'),
        (ALL.replace("all", "watch") + CAMERA, "box.role", "expected"),
        (DECIDE, "sensors", "without a sensor there is nothing to decide on; add at least one"),
        (DECIDE + SENSOR + CAMERA, "cameras", "nothing is looked at here; take the cameras away"),
        (SENSE + CAMERA + SENSOR, "sensors", "a sensor only looks"),
        (SENSE + CAMERA + "[warning]\ntheta = 0.6\n", "warning", "a sensor only looks"),
        (SENSE + CAMERA + "[intervention]\nenabled = false\n", "intervention", "take it away"),
        (SENSE + CAMERA + "[storage]\nretention_days = 3\n", "storage", "take it away"),
        (SENSE + CAMERA + "[teacher]\nlive_states = true\n", "teacher", "take it away"),
        (SENSE + CAMERA + '[timetable]\ntimezone = "Europe/Berlin"\nmonday = ["08:00-09:00"]\n',
         "timetable", "in the configuration of the decider"),
        (SENSE.replace("[box]", 'policy.learner = "dqn"\n[box]') + CAMERA, "policy.learner",
         "a sensor decides nothing"),
        (SENSE + CAMERA + 'consent = "granted"\n', "cameras.front.seats.a01.consent",
         "a sensor looks at whom its decider lets it"),
        (SENSE + CAMERA + NET, "mqtt.ca_file", "would cross the network in the open"),
        (DECIDE + SENSOR + NET, "mqtt.ca_file", "would cross the network in the open"),
        (ALL + CAMERA + SENSOR + NET, "mqtt.ca_file", "would cross the network in the open"),
        (ALL + CAMERA + SENSOR.replace("c01", "a01"), "sensors.sensor-pc-07.seats.a01",
         "seat id 'a01' is used twice"),
        (DECIDE + SENSOR.replace("pc-08", "pc-07"), "sensors.pi-2.seats.d01.terminal",
         "terminal 'pc-07' has two seats"),
        (DECIDE + SENSOR.replace("sensor-pc-07", "pc-07"), "sensors.pc-07",
         "'pc-07' is also a terminal"),
        (DECIDE + SENSOR.replace("pi-2", "box-1"), "sensors.box-1", "is also this box"),
        (DECIDE + SENSOR + '[mqtt]\nteachers = ["pi-2"]\n', "sensors.pi-2", "is also a teacher"),
        (DECIDE + "[sensors.pi-2]\n", "sensors.pi-2.seats", "at least one table"),
        (DECIDE + SENSOR + "[sensors.pi-2.seats.d03]\nregion = [0, 0, 1, 1]\n",
         "sensors.pi-2.seats.d03.region", "no such setting"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(tmp_path: Path, text: str, key: str, words: str) -> None:
    """One line with the file and the key, and what to do."""
    file = tmp_path / "config.toml"
    file.write_text(text)

    with pytest.raises(ConfigError) as caught:
        load_settings(file)

    lines = [line for line in str(caught.value).splitlines() if f"{file}: {key}: " in line]
    assert len(lines) == 1, str(caught.value)
    assert words in lines[0]


def test_sensors_seats_come_after_the_own(tmp_path: Path) -> None:
    """In the order of the configuration; only own seats have a camera here."""
    file = tmp_path / "config.toml"
    file.write_text(ALL + CAMERA + SENSOR)
    settings = load_settings(file)

    assert all_seats(settings) == ("a01", "c01", "d01", "d02")
    assert seat_cameras(settings) == {"a01": "front"}
    assert seat_terminals(settings)[SeatKey("d02")] == "pc-09"
    assert terminal_seats(settings)[TerminalKey("pc-07")] == "c01"
    assert seats_with_consent(settings) == {"c01"}
    assert sensor_seats(settings) == {
        SensorKey("sensor-pc-07"): {"c01": "pc-07"},
        SensorKey("pi-2"): {"d01": "pc-08", "d02": "pc-09"},
    }
