"""The files that follow from the answers, as text."""

import json
from collections.abc import Mapping, Sequence

from appliance.commands.placing.layout import CREDENTIALS, SCREENS_DIR, SENSOR_DIR
from appliance.commands.setup.answers import CameraAnswer, SeatAnswer, SetupAnswers
from appliance.commands.setup.screens import ScreensAnswer
from appliance.domain.seats import SeatKey, TerminalKey
from appliance.settings.policy import Profile

MEANINGS = {
    Profile.FATIGUE_ONLY: "alert or drowsy, and nothing else; no emotion is inferred or stored "
    "(in the EU, inferring emotions in education is prohibited)",
    Profile.FOUR_STATE: "focused, confused, fatigued, bored: infers emotions, which the law of "
    "your country may forbid in a school",
}
"""What each profile means, in the words of a question."""

_HEAD = """\
# Configuration of one Classroom Box, written by classbox setup. Edit it, then:
# sudo classbox check. setup keeps what you edit. Every other setting, with what it does:
# /usr/share/doc/classbox/examples/config.toml
# Files in {folder}/config.d/*.toml are read after this one; the later one wins.
schema = 1

[box]
site = {site}
room = {room}
id = {box}
{role}
[policy]
# {meaning}
profile = {profile}

[mqtt]
host = {host}
port = {port}
ca_file = {ca}
cert_file = {certificate}
key_file = {key}
"""

_SEAT = """
[cameras.{camera}.seats.{seat}]
region = [{left}, 0.0, {right}, 1.0]
terminal = {terminal}
consent = "ask"
"""

_TERMINAL = """\
# Configuration of the terminal {terminal}, written by classbox setup. Put this folder on that PC as
# /etc/classbox; the files named here lie beside this one.
schema = 1

[terminal]
site = {site}
room = {room}
id = {terminal_id}

[mqtt]
host = {host}
port = {port}
ca_file = "ca.crt"
cert_file = {certificate}
key_file = {key}
"""


_SENSOR = """\
# Configuration of the sensor {sensor}, written by classbox setup. Put this folder on its machine as
# {folder}; the files named here lie in it. setup keeps what you edit.
schema = 1

[box]
role = "sense"
site = {site}
room = {room}
id = {sensor_id}

[policy]
profile = {profile}            # as on the box that decides

[mqtt]
host = {host}
port = {port}
ca_file = {ca}
cert_file = {certificate}
key_file = {key}
teachers = {teachers}

[engines]
# A third less memory than OpenVINO, for a tenth more processor time: this is somebody's PC.
pose = "onnx"
expression = "onnx"
"""

_WEBCAM = """
[cameras.front]
source = "/dev/video0"         # the webcam; better a name under /dev/v4l/by-path
"""

_SENSOR_SEAT = """
[cameras.{camera}.seats.{seat}]
region = [{left}, 0.0, {right}, 1.0]
terminal = {terminal}
"""


_SCREENS = """\
# Configuration of classbox screens, written by classbox setup. setup keeps what you edit; then:
# sudo systemctl restart classbox-screens
schema = 1

[screens]
site = {site}
room = {room}
host = "0.0.0.0"               # every address of this machine
port = {port}
origin = {origin}
# The room's own, which browsers have to be told to trust; or one of the school's.
cert_file = "{folder}/server/screens.crt"
key_file = "{folder}/server/screens.key"
terminals = "{folder}/terminals"
{people}# language = "en"              # where a browser asks for none that there is

# [content]
# folder = "{folder}/content"    # the school's own hints and cards

# [lock]
# kind = "page"                # or "notice", "veyon"
"""


LOW_PORT = """\
# Written by classbox setup, because screens.toml names a port below 1024.
[Service]
AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
# In a user namespace of its own the right would not count.
PrivateUsers=no
"""


def config_text(answers: SetupAnswers) -> str:
    """Return the configuration of the box."""
    around = answers.around
    head = _HEAD.format(
        folder=CREDENTIALS.parent,
        site=quoted(answers.site),
        room=quoted(answers.room),
        box=quoted(answers.box),
        role="" if answers.cameras else 'role = "decide"\n',
        meaning=MEANINGS[answers.profile],
        profile=quoted(answers.profile.value),
        host=quoted("127.0.0.1" if around.broker_here else around.hosts[0]),
        port=around.port,
        ca=quoted(str(CREDENTIALS / "ca.crt")),
        certificate=quoted(str(CREDENTIALS / "box.crt")),
        key=quoted(str(CREDENTIALS / "box.key")),
    )
    sensors = (
        f"\n[sensors.{one.sensor}.seats.{seat.seat}]\nterminal = {quoted(seat.terminal)}\n"
        'consent = "ask"\n'
        for one in answers.sensors
        for seat in one.seats
    )
    return head + "".join((*map(_camera_text, answers.cameras), *sensors))


def terminal_text(*, site: str, room: str, terminal: str, host: str, port: int) -> str:
    """Return the configuration of a terminal."""
    return _TERMINAL.format(
        terminal=terminal,
        site=quoted(site),
        room=quoted(room),
        terminal_id=quoted(terminal),
        host=quoted(host),
        port=port,
        certificate=quoted(f"{terminal}.crt"),
        key=quoted(f"{terminal}.key"),
    )


def sensor_text(
    *,
    site: str,
    room: str,
    sensor: str,
    profile: Profile,
    host: str,
    port: int,
    teachers: Sequence[str],
    seats: Mapping[SeatKey, TerminalKey],
    cameras: Sequence[CameraAnswer] = (),
) -> str:
    """Return the configuration of a sensor: its cameras, or one with all of its seats."""
    head = _SENSOR.format(
        sensor=sensor,
        folder=SENSOR_DIR,
        site=quoted(site),
        room=quoted(room),
        sensor_id=quoted(sensor),
        profile=quoted(profile.value),
        host=quoted(host),
        port=port,
        ca=quoted(str(SENSOR_DIR / "ca.crt")),
        certificate=quoted(str(SENSOR_DIR / f"{sensor}.crt")),
        key=quoted(str(SENSOR_DIR / f"{sensor}.key")),
        teachers=json.dumps(list(teachers)),
    )
    if cameras:
        return head + "".join(_camera_text(one, seat_text=_SENSOR_SEAT) for one in cameras)
    webcam = [SeatAnswer(seat=str(key), terminal=str(its)) for key, its in seats.items()]
    return head + _WEBCAM + _seats_text("front", webcam, _SENSOR_SEAT)


def screens_text(answer: ScreensAnswer, *, site: str, room: str, people: Mapping[str, str]) -> str:
    """Return the configuration of the screens.

    Args:
        answer: Who serves them.
        site: Of the box.
        room: Of the box.
        people: Role to the id of the teacher and of the IT person for whom they speak.
    """
    return _SCREENS.format(
        site=quoted(site),
        room=quoted(room),
        port=answer.port,
        origin=quoted(answer.origin),
        folder=SCREENS_DIR,
        people="".join(
            f"{role} = {quoted(str(SCREENS_DIR / 'people' / name))}\n"
            for role, name in people.items()
        ),
    )


def quoted(text: str) -> str:
    """Return a string of TOML; a basic one is written like JSON's."""
    return json.dumps(text, ensure_ascii=False)


def _camera_text(camera: CameraAnswer, *, seat_text: str = _SEAT) -> str:
    head = f"\n[cameras.{camera.camera}]\nsource = {quoted(camera.source)}\n"
    return head + _seats_text(camera.camera, camera.seats, seat_text)


def _seats_text(camera: str, seats: Sequence[SeatAnswer], seat_text: str) -> str:
    return "".join(
        seat_text.format(
            camera=camera,
            seat=one.seat,
            left=round(place / len(seats), 3),
            right=round((place + 1) / len(seats), 3),
            terminal=quoted(one.terminal),
        )
        for place, one in enumerate(seats)
    )
