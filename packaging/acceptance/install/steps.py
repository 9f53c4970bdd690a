"""What is typed on a blank machine until a room works: README's Install section, step by step."""

from dataclasses import dataclass

CAMERA = "rtsp://127.0.0.1:8554/live"

TERMINAL = "/etc/classbox/terminals/pc-01/terminal.toml"
"""Of the folder that is carried to the student's PC."""

ANSWERS = f"""[box]
site = "north-school"
room = "lab-2"
id = "box-1"
[policy]
profile = "fatigue-only"
[cameras.front]
source = "{CAMERA}"
seats = ["a01", "a02"]
terminals = ["pc-01", "pc-02"]
[screens]
here = true
"""
"""What somebody wrote into a file beforehand; the questions are the same."""


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
    Step(
        typed="classbox setup --answers room.toml",
        until="systemctl is-active classbox; classbox status",
        shows=r"^active\n",
    ),
    Step(
        typed=f"classbox terminal --config {TERMINAL} --auto accept",
        aside=True,
        until="grep --no-filename ' as pc-01' /var/log/mosquitto/mosquitto.log",
        shows="as pc-01",
    ),
    Step(typed="classbox consent grant a01", shows=""),
    Step(typed="classbox test-alert a01", shows="pc-01 has shown the test"),
)
"""Each must show what it should before the next is typed."""
