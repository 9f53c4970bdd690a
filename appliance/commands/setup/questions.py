"""The questions of ``classbox setup``."""

from collections.abc import Callable
from dataclasses import replace

import typer
from rich.console import Console
from rich.markup import escape

from appliance.cameras.redaction import redact_url
from appliance.commands.setup.answers import (
    MOST_SEATS,
    CameraAnswer,
    SeatAnswer,
    SensorAnswer,
    SetupAnswers,
    Surroundings,
    is_id,
    numbered_seats,
    twice,
    with_login,
)
from appliance.commands.setup.found_cameras import local_cameras, network_cameras
from appliance.commands.setup.screens import ScreensAnswer
from appliance.commands.setup.sensors.wish import offered, wish_problem, wished
from appliance.commands.setup.texts import MEANINGS
from appliance.commands.setup.trial import camera_problem
from appliance.commands.wrapping import fitted
from appliance.errors import ConfigError
from appliance.settings.policy import Profile

_NETWORK = ("rtsp://", "rtsps://", "http://", "https://")
_CAMERA_NAMES = ("front", "left", "right", "back")
_NUMBER_WORDS = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]  # up to MOST_SEATS


def ask_answers(
    console: Console, *, usual_hosts: tuple[str, ...], before: SetupAnswers | None = None
) -> SetupAnswers:
    """Ask everything, on a terminal.

    Args:
        console: Where.
        usual_hosts: Names of this machine.
        before: What was answered before; the enter key takes it again.

    Raises:
        ConfigError: Two clients would share an id.
    """
    site = _ask_id(
        "School (stands in every topic, such as north-school)",
        usual=before.site if before else None,
    )
    room = _ask_id("Room", usual=before.room if before else "lab-1")
    box = _ask_id("This box", usual=before.box if before else "box-1")
    profile = _ask_profile(console, before.profile if before else None)
    cameras = before.cameras if before else ()
    sensors = _ask_sensors(before.sensors if before else (), cameras)
    if not sensors or typer.confirm("Has this machine a camera itself?", default=bool(cameras)):
        cameras = _ask_cameras(console, cameras)
    else:
        cameras = ()  # it decides for its sensors alone
    around = _ask_surroundings(console, usual_hosts, before.around if before else None)
    if problems := twice(box, cameras, around, sensors):
        raise ConfigError("\n".join(problems))
    return SetupAnswers(
        site=site,
        room=room,
        box=box,
        profile=profile,
        cameras=cameras,
        around=around,
        sensors=sensors,
    )


def _ask(question: str, check: Callable[[str], str], *, usual: str | None = None) -> str:
    """Ask until the answer does; ``check`` returns what is wrong with it."""
    shown = redact_url(usual) if usual else None
    while True:
        text = f"{question} [{shown}]" if shown else question
        answer = str(typer.prompt(fitted(text), default=usual, show_default=False)).strip()
        problem = check(answer)
        if not problem:
            return answer
        typer.echo(fitted(f"  {problem}"))


def _ask_id(question: str, *, usual: str | None = None) -> str:
    return _ask(
        question,
        lambda text: "" if is_id(text) else "a-z, 0-9 and - only, at most 32 characters",
        usual=usual,
    )


def _ask_profile(console: Console, before: Profile | None) -> Profile:
    console.print("\nWhat may the box infer? There is no default: the school decides.")
    offered = list(MEANINGS)
    for place, profile in enumerate(offered, 1):
        console.print(f"  {place}  {profile}: {escape(MEANINGS[profile])}")
    words = {str(place): one for place, one in enumerate(offered, 1)}
    words |= {one.value: one for one in offered}
    answer = _ask(
        "Profile",
        lambda text: "" if text in words else f"one of {', '.join(words)}",
        usual=before.value if before in offered else None,
    )
    return words[answer]


def _ask_sensors(
    before: tuple[SensorAnswer, ...], cameras: tuple[CameraAnswer, ...]
) -> tuple[SensorAnswer, ...]:
    """Ask which PCs look for this box."""
    answer = _ask(
        "Which PCs sense with their own webcam? Terminals or ranges such as pc-01..pc-30, or none",
        lambda text: wish_problem(text, before),
        usual=offered(before),
    )
    return wished(answer, before, frozenset(seat.seat for one in cameras for seat in one.seats))


def _ask_cameras(console: Console, before: tuple[CameraAnswer, ...]) -> tuple[CameraAnswer, ...]:
    found = list(local_cameras())
    console.print("\nCameras of this machine:" if found else "\nNo camera is plugged in here.")
    for path, name in found:
        console.print(f"  {escape(path)}  {escape(name)}")
    sources = [*_ask_network(console), *(path for path, _ in found)]
    cameras: list[CameraAnswer] = []
    while True:
        place = len(cameras)
        old = before[place] if place < len(before) else None
        name = _ask_id("Camera (a name for it)", usual=old.camera if old else _camera_name(place))
        offered = sources[place] if place < len(sources) else None
        source = _ask_source(name, usual=old.source if old else offered)
        first = 1 + sum(len(one.seats) for one in cameras)
        seats = _ask_seats(camera=place, first_terminal=first, before=old.seats if old else ())
        cameras.append(CameraAnswer(camera=name, source=source, seats=seats))
        if not typer.confirm("Another camera?", default=len(cameras) < len(before)):
            return tuple(cameras)


def _camera_name(place: int) -> str:
    return _CAMERA_NAMES[place] if place < len(_CAMERA_NAMES) else f"camera-{place + 1}"


def _ask_network(console: Console) -> list[str]:
    """Look for cameras on a yes; return a camera's URL or device where somebody typed one."""
    answer = _ask(
        "Ask the network for cameras (ONVIF; one packet to everybody)? y, n or a URL",
        lambda text: (
            ""
            if text.lower() in ("y", "yes", "n", "no") or _is_source(text)
            else "y or n, or the camera's own URL, such as rtsp://192.0.2.7/STREAM"
        ),
        usual="n",
    )
    if _is_source(answer):
        return [answer]
    if answer.lower() in ("y", "yes"):
        hosts = network_cameras()
        if hosts:
            console.print(f"answered: {', '.join(hosts)}")
            console.print("The camera's manual says what its stream is called: rtsp://HOST/STREAM")
        else:
            console.print("No camera answered; type its address next.")
    return []


def _is_source(text: str) -> bool:
    return text.startswith(("/", *_NETWORK))


def _ask_source(camera: str, *, usual: str | None) -> str:
    """Ask for a camera until one gives a picture or is to be kept without."""
    while True:
        source = _ask(
            "Device, URL or clip (/dev/…, rtsp://HOST/STREAM, /PATH/FILE.mp4)",
            lambda text: (
                ""
                if _is_source(text)
                else "a path that begins with /, or a URL that begins with rtsp:// or http://"
            ),
            usual=usual,
        )
        source = _ask_login(source)
        typer.echo("  trying it …")
        problem = camera_problem(camera, source)
        if not problem:
            typer.echo("  it gives a picture")
            return source
        typer.echo(fitted(f"  {problem}"))
        if typer.confirm("  Keep it anyway?", default=False):
            return source


def _ask_login(source: str) -> str:
    if source.startswith(_NETWORK) and "@" not in source:
        user = str(typer.prompt("User at the camera (empty: none)", default="", show_default=False))
        if user:
            password = typer.prompt("Password at the camera", hide_input=True)
            return with_login(source, user, str(password))
    return source


def _ask_seats(
    *, camera: int, first_terminal: int, before: tuple[SeatAnswer, ...]
) -> tuple[SeatAnswer, ...]:
    answer = _ask(
        "Seats that it sees: how many, or ids from left to right (a01 a02 …)",
        _seats_problem,
        usual=" ".join(one.seat for one in before) or None,
    )
    if answer.isdigit():
        seats = [
            one.seat
            for one in numbered_seats(int(answer), camera=camera, first_terminal=first_terminal)
        ]
    else:
        seats = answer.split()
    numbered = numbered_seats(len(seats), camera=camera, first_terminal=first_terminal)
    same = seats == [one.seat for one in before]
    usual = [one.terminal for one in (before if same else numbered)]
    terminals = _ask(
        "The PCs on these seats",
        lambda text: _terminals_problem(text, len(seats)),
        usual=" ".join(usual),
    ).split()
    return tuple(
        SeatAnswer(seat=seat, terminal=terminal)
        for seat, terminal in zip(seats, terminals, strict=True)
    )


def _seats_problem(text: str) -> str:
    if text.lower() in _NUMBER_WORDS:
        return f"a number in digits: {_NUMBER_WORDS.index(text.lower()) + 1}; an id looks like a01"
    count = int(text) if text.isdigit() else len(text.split())
    if not 1 <= count <= MOST_SEATS:
        return f"from 1 to {MOST_SEATS} in one picture"
    if text.isdigit():
        return ""
    return _ids_problem(text.split(), like="a01")


def _terminals_problem(text: str, count: int) -> str:
    ids = text.split()
    if len(ids) != count:
        return f"{count} ids of a-z, 0-9 and -, with blanks between them, such as pc-01"
    return _ids_problem(ids, like="pc-01")


def _ids_problem(ids: list[str], *, like: str) -> str:
    """Return what is wrong with ids; a number was rather meant as a count."""
    for one in ids:
        if one.isdigit() or one.lower() in _NUMBER_WORDS:
            return f"{one!r} is a number; an id looks like {like}"
    return "" if all(map(is_id, ids)) else "ids of a-z, 0-9 and -, with blanks between them"


def _ask_surroundings(
    console: Console, usual_hosts: tuple[str, ...], before: Surroundings | None
) -> Surroundings:
    here = typer.confirm(
        "\nShall the broker (Mosquitto) run on this machine?",
        default=before.broker_here if before else True,
    )
    console.print("Where do the PCs reach the broker? Addresses and names; the first one goes into")
    console.print("every PC's terminal.toml, so the PCs have to know it: an address always does.")
    same = before is not None and before.broker_here == here
    usual = before.hosts if before and same else (usual_hosts if here else ())
    names = _ask(
        "Addresses and names, the one for the PCs first",
        lambda text: "" if text.split() else "at least one",
        usual=" ".join(usual) or None,
    ).split()
    own = typer.confirm(
        "Make an authority for certificates (no: the school has one)?",
        default=before.own_authority if before else True,
    )
    asked = before or Surroundings(hosts=tuple(names))
    pages = _ask_screens(tuple(names) if here else usual_hosts, asked.screens)
    return replace(asked, hosts=tuple(names), broker_here=here, own_authority=own, screens=pages)


def _ask_screens(
    usual_hosts: tuple[str, ...], before: ScreensAnswer | None
) -> ScreensAnswer | None:
    """Ask for pages in the students' and teachers' browsers."""
    answer = _ask(
        "Pages in the browsers of PCs and teachers (classbox screens), served by: this machine "
        "(here), none, or another machine's address",
        lambda text: "" if len(text.split()) == 1 else "here, none or one address",
        usual="none" if before is None else ("here" if before.here else before.hosts[0]),
    )
    if answer == "none":
        return None
    if answer == "here":
        return before if before and before.here else ScreensAnswer(hosts=usual_hosts)
    return ScreensAnswer(hosts=(answer,), here=False)
