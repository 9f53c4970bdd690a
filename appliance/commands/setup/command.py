"""``classbox setup``: a few questions, then everything that the room needs."""

import difflib
import re
import socket
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from appliance.cameras.redaction import redact_url
from appliance.commands.broker.tell import Services
from appliance.commands.pki.options import DEFAULT_ROOT, RootOption, utc_now
from appliance.commands.pki.room import RoomPki
from appliance.commands.placing.layout import BOX_GROUP, CONFIG
from appliance.commands.placing.machine import Machine, NewFile
from appliance.commands.setup.answers import SetupAnswers, read_answers
from appliance.commands.setup.kept import kept_surroundings
from appliance.commands.setup.plan import Room, plan
from appliance.commands.setup.questions import ask_answers
from appliance.commands.setup.result import show_result, start_units
from appliance.commands.setup.texts import config_text
from appliance.errors import ConfigError
from appliance.mqtt.private_broker import find_mosquitto
from appliance.settings.load import load_settings, parse_settings
from appliance.settings.tree import Settings

_URL = re.compile(r"\w+://[^\"]*")


def command(
    answers: Annotated[
        Path | None, typer.Option("--answers", help="Answers from a TOML file; asks nothing.")
    ] = None,
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a configuration that differs.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    root: RootOption = DEFAULT_ROOT,
) -> None:
    """Answer a few questions; get configuration, credentials, broker and units."""
    console = Console(soft_wrap=True, highlight=False)
    machine = Machine(root)
    pki = RoomPki(machine, now=utc_now)
    room, text = _decide(machine, pki, console, file=answers, force=force)
    if machine.here and room.around.broker_here:
        find_mosquitto()
    if dry_run:
        _rehearse(machine, pki, room, console, text=text)
        return
    services = Services(machine)
    if text is not None:
        machine.write(CONFIG, _config_file(text), group=BOX_GROUP, folder_mode=0o755)
        console.print(f"wrote {CONFIG}")
        # With config.d beside it, in which a seat may have been added.
        room = replace(room, settings=load_settings(machine.path(CONFIG)))
    box, broker = text is not None, False
    with pki.changing():
        for task in plan(machine, pki, room):
            task.act()
            box |= task.box
            broker |= task.broker
            console.print(escape(task.says))
    start_units(services, pki, room, box=box, broker=broker)
    show_result(console, pki, room, services)


def _decide(
    machine: Machine, pki: RoomPki, console: Console, *, file: Path | None, force: bool
) -> tuple[Room, str | None]:
    """Return the room, and the text of its configuration where that is to be written."""
    old = machine.read(CONFIG)
    if file is None and old is not None and _keeps(console, machine):
        settings = load_settings(machine.path(CONFIG))
        around = kept_surroundings(pki, settings, usual_hosts=usual_hosts())
        return Room(settings=settings, around=around), None
    answers = _ask(console) if file is None else read_answers(file, usual_hosts=usual_hosts())
    text = config_text(answers)
    if old is None or _replaces(console, old.decode(), text, asks=file is None, force=force):
        return Room(settings=_settings(text), around=answers.around), text
    return Room(settings=load_settings(machine.path(CONFIG)), around=answers.around), None


def _ask(console: Console) -> SetupAnswers:
    try:
        return ask_answers(console, usual_hosts=usual_hosts())
    except typer.Abort:
        if sys.stdin.isatty():
            raise
        msg = "there is nobody here to ask; give a file: classbox setup --answers FILE"
        raise ConfigError(msg) from None


def _keeps(console: Console, machine: Machine) -> bool:
    settings = load_settings(machine.path(CONFIG))
    box = settings.box
    console.print(f"{CONFIG} is there: {box.id} in {box.room} of {box.site}.")
    return typer.confirm(
        "Keep it, and bring credentials, broker and units into line with it?", default=True
    )


def _replaces(console: Console, old: str, new: str, *, asks: bool, force: bool) -> bool:
    """Show what differs; ask, or do what the option says."""
    if old == new:
        return False
    for line in difflib.unified_diff(
        _without_secrets(old),
        _without_secrets(new),
        fromfile=f"{CONFIG} as it is",
        tofile="as answered",
        lineterm="",
    ):
        console.print(escape(line))
    if asks:
        return typer.confirm(f"Replace {CONFIG}?", default=False)
    if not force:
        console.print(
            f"{CONFIG} is kept as it is, and everything else follows it; --force replaces it"
        )
    return force


def _without_secrets(text: str) -> list[str]:
    """Return lines in which no camera's password can be read."""
    return [_URL.sub(lambda url: redact_url(url[0]), line) for line in text.splitlines()]


def _settings(text: str) -> Settings:
    return parse_settings(tomllib.loads(text), origin="the answers")


def _config_file(text: str) -> NewFile:
    # A camera's password may stand in it.
    return NewFile(content=text.encode(), mode=0o640)


def _rehearse(
    machine: Machine, pki: RoomPki, room: Room, console: Console, *, text: str | None
) -> None:
    """Say what would be done."""
    if text is not None:
        console.print(f"would write {CONFIG}:\n")
        console.print(escape("\n".join(_without_secrets(text))))
    for task in plan(machine, pki, room):
        console.print(escape(f"would {task.says}"))


def usual_hosts() -> tuple[str, ...]:
    """Return how others on the network reach this machine: by name, then by address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("192.0.2.1", 9))  # RFC 5737; nothing is sent, a route is looked up
            address = [str(asking.getsockname()[0])]
        except OSError:
            address = []  # no network yet
    return tuple(dict.fromkeys((socket.gethostname(), *address)))
