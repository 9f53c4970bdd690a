"""What is typed on a blank machine until a room works: README's Install section, step by step."""

from dataclasses import dataclass

CAMERA = "rtsp://127.0.0.1:8554/live"

CONFIGURATION = f"""schema = 1
[box]
site = "north-school"
room = "lab-2"
id = "box-1"
[policy]
profile = "fatigue-only"
[mqtt]
host = "localhost"
[cameras.front]
source = "{CAMERA}"
[cameras.front.seats.a01]
region = [0.0, 0.0, 0.5, 1.0]
terminal = "pc-01"
[cameras.front.seats.a02]
region = [0.5, 0.0, 1.0, 1.0]
terminal = "pc-02"
"""
"""What somebody wrote into a file beforehand."""

HEARD = "mosquitto_sub -t 'cb/v1/north-school/lab-2/{}' -C 1 -W 5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command that somebody types as root."""

    typed: str
    shows: str
    """Regular expression that its output, or that of ``until``, has to match."""

    until: str = ""
    """Asked again and again until it shows that; nobody types it."""

    patience_s: float = 300.0
    aside: bool = False
    """It goes on while the next ones are typed, as the program on a student's PC does."""


STEPS = (
    Step(typed="apt-get install --yes ./classbox.deb", shows="Setting up classbox"),
    Step(typed="install -m 0640 -g classbox room.toml /etc/classbox/config.toml", shows=""),
    Step(
        typed="systemctl enable --now classbox",
        until="systemctl is-active classbox; systemctl show -P StatusText classbox",
        shows=r"^active\n",
    ),
    Step(
        typed="classbox terminal --id pc-01 --auto accept",
        aside=True,
        until=HEARD.format("seat/pc-01/presence"),
        shows=r'"online": ?true',
    ),
    Step(
        typed="classbox consent grant a01",
        until=HEARD.format("box/box-1/health"),
        shows=r'"front"',
    ),
)
"""Each must show what it should before the next is typed."""
