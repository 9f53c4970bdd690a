"""The questions of ``classbox setup``."""

from collections.abc import Callable

import typer
from rich.console import Console
from rich.markup import escape

from appliance.commands.setup.answers import (
    MOST_SEATS,
    CameraAnswer,
    SeatAnswer,
    SetupAnswers,
    Surroundings,
    is_id,
    numbered_seats,
    twice,
    with_login,
)
from appliance.commands.setup.found_cameras import local_cameras, network_cameras
from appliance.commands.setup.texts import MEANINGS
from appliance.errors import ConfigError
from appliance.settings.policy import Profile

_NETWORK = ("rtsp://", "rtsps://", "http://", "https://")
_CAMERA_NAMES = ("front", "left", "right", "back")


def ask_answers(console: Console, *, usual_hosts: tuple[str, ...]) -> SetupAnswers:
    """Ask everything, on a terminal.

    Raises:
        ConfigError: Two clients would share an id.
    """
    site = _ask_id("School (stands in every topic, such as north-school)")
    room = _ask_id("Room", usual="lab-1")
    box = _ask_id("This box", usual="box-1")
    profile = _ask_profile(console)
    cameras = _ask_cameras(console)
    around = _ask_surroundings(usual_hosts)
    if problems := twice(box, cameras, around):
        raise ConfigError("\n".join(problems))
    return SetupAnswers(
        site=site, room=room, box=box, profile=profile, cameras=cameras, around=around
    )


def _ask(question: str, check: Callable[[str], str], *, usual: str | None = None) -> str:
    """Ask until the answer does; ``check`` returns what is wrong with it."""
    while True:
        answer = str(typer.prompt(question, default=usual)).strip()
        problem = check(answer)
        if not problem:
            return answer
        typer.echo(f"  {problem}")


def _ask_id(question: str, *, usual: str | None = None) -> str:
    return _ask(
        question,
        lambda text: "" if is_id(text) else "a-z, 0-9 and - only, at most 32 characters",
        usual=usual,
    )


def _ask_profile(console: Console) -> Profile:
    console.print("\nWhat may the box infer? There is no default: the school decides.")
    offered = list(MEANINGS)
    for place, profile in enumerate(offered, 1):
        console.print(f"  {place}  {profile}: {escape(MEANINGS[profile])}")
    words = {str(place): one for place, one in enumerate(offered, 1)}
    words |= {one.value: one for one in offered}
    answer = _ask(
        "Profile",
        lambda text: "" if text in words else f"one of {', '.join(words)}",
    )
    return words[answer]


def _ask_cameras(console: Console) -> tuple[CameraAnswer, ...]:
    found = list(local_cameras())
    console.print("\nCameras of this machine:" if found else "\nNo camera is plugged in here.")
    for path, name in found:
        console.print(f"  {escape(path)}  {escape(name)}")
    if typer.confirm(
        "Ask the network for cameras (ONVIF; one packet to everybody)?", default=False
    ):
        hosts = network_cameras()
        console.print(f"answered: {', '.join(hosts) or 'nobody'}")
        if hosts:
            console.print("The camera's manual says what its stream is called: rtsp://HOST/STREAM")
    cameras: list[CameraAnswer] = []
    while True:
        place = len(cameras)
        usual = _CAMERA_NAMES[place] if place < len(_CAMERA_NAMES) else f"camera-{place + 1}"
        name = _ask_id("Camera (a name for it)", usual=usual)
        source = _ask_source(found[place][0] if place < len(found) else None)
        first = 1 + sum(len(one.seats) for one in cameras)
        seats = _ask_seats(camera=place, first_terminal=first)
        cameras.append(CameraAnswer(camera=name, source=source, seats=seats))
        if not typer.confirm("Another camera?", default=False):
            return tuple(cameras)


def _ask_source(usual: str | None) -> str:
    source = _ask(
        "Device or URL (/dev/…, rtsp://HOST/STREAM)",
        lambda text: (
            ""
            if text.startswith(("/", *_NETWORK))
            else "a path that begins with /, or a URL that begins with rtsp:// or http://"
        ),
        usual=usual,
    )
    if source.startswith(_NETWORK) and "@" not in source:
        user = str(typer.prompt("User at the camera (empty: none)", default="", show_default=False))
        if user:
            password = typer.prompt("Password at the camera", hide_input=True)
            return with_login(source, user, str(password))
    return source


def _ask_seats(*, camera: int, first_terminal: int) -> tuple[SeatAnswer, ...]:
    console_ids = "How many seats does it see (or ids, from left to right: a01 a02 …)"
    answer = _ask(console_ids, _seats_problem)
    if answer.isdigit():
        seats = [
            one.seat
            for one in numbered_seats(int(answer), camera=camera, first_terminal=first_terminal)
        ]
    else:
        seats = answer.split()
    usual = [
        one.terminal
        for one in numbered_seats(len(seats), camera=camera, first_terminal=first_terminal)
    ]
    terminals = _ask(
        "The PCs on these seats",
        lambda text: (
            ""
            if len(text.split()) == len(seats) and all(map(is_id, text.split()))
            else f"{len(seats)} ids of a-z, 0-9 and -, with blanks between them"
        ),
        usual=" ".join(usual),
    ).split()
    return tuple(
        SeatAnswer(seat=seat, terminal=terminal)
        for seat, terminal in zip(seats, terminals, strict=True)
    )


def _seats_problem(text: str) -> str:
    count = int(text) if text.isdigit() else len(text.split())
    if not 1 <= count <= MOST_SEATS:
        return f"from 1 to {MOST_SEATS} in one picture"
    if not text.isdigit() and not all(map(is_id, text.split())):
        return "ids of a-z, 0-9 and -, with blanks between them"
    return ""


def _ask_surroundings(usual_hosts: tuple[str, ...]) -> Surroundings:
    here = typer.confirm("\nShall the broker (Mosquitto) run on this machine?", default=True)
    names = _ask(
        "Names and addresses at which the PCs reach the broker, the best first",
        lambda text: "" if text.split() else "at least one",
        usual=" ".join(usual_hosts) if here else None,
    ).split()
    own = typer.confirm(
        "Make an authority for this room's certificates (no: the school has one)?", default=True
    )
    return Surroundings(hosts=tuple(names), broker_here=here, own_authority=own)
