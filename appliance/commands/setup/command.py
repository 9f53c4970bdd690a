"""``classbox setup``: a few questions, then everything that the room needs."""

import difflib
import re
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
from appliance.commands.setup.hosts import usual_hosts
from appliance.commands.setup.kept import kept_answers, kept_screens, kept_surroundings
from appliance.commands.setup.plan import Room, plan
from appliance.commands.setup.questions import ask_answers
from appliance.commands.setup.result import show_next, show_result, start_screens, start_units
from appliance.commands.setup.summary import first_host_problem, summary
from appliance.commands.setup.texts import config_text
from appliance.commands.wrapping import word_console
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
    console = word_console()
    machine = Machine(root)
    if not machine.here:
        console.print(
            f"{escape(str(machine.root))} becomes the / of another machine: paths and commands "
            "here are that machine's."
        )
    pki = RoomPki(machine, now=utc_now)
    room, text = _decide(machine, pki, console, file=answers, force=force)
    if room.around.screens is None:  # not asked for; who has them keeps them
        room = replace(room, around=replace(room.around, screens=kept_screens(pki)))
    if machine.here and room.around.broker_here:
        find_mosquitto()
    asked = answers is None and text is not None
    if not asked and (problem := first_host_problem(room.around.hosts[0])):
        console.print(f"Warning: {escape(problem)}.")
    if dry_run:
        _rehearse(machine, pki, room, console, text=text)
        return
    services = Services(machine)
    if text is not None:
        machine.write(CONFIG, _config_file(text), group=BOX_GROUP, folder_mode=0o755)
        console.print(f"wrote {CONFIG}")
        # With config.d beside it, in which a seat may have been added.
        room = replace(room, settings=load_settings(machine.path(CONFIG)))
    box, broker, screens = text is not None, False, False
    with pki.changing():
        for task in plan(machine, pki, room):
            task.act()
            box |= task.box
            broker |= task.broker
            screens |= task.screens
            console.print(escape(task.says))
    start_units(services, pki, room, box=box, broker=broker)
    start_screens(services, pki, room, changed=screens)
    show_result(machine, console, pki, room, services)
    if not pki.register.requests:
        show_next(machine, console, room)


def _decide(
    machine: Machine, pki: RoomPki, console: Console, *, file: Path | None, force: bool
) -> tuple[Room, str | None]:
    """Return the room, and the text of its configuration where that is to be written."""
    old = machine.read(CONFIG)
    if file is not None:
        answers = read_answers(file, usual_hosts=usual_hosts())
    elif old is None:
        answers = _ask(console, None)
    else:
        settings = load_settings(machine.path(CONFIG))
        around = kept_surroundings(pki, settings, usual_hosts=usual_hosts())
        if _keeps(console, settings):
            return Room(settings=settings, around=around), None
        answers = _ask(console, kept_answers(settings, around))
    text = config_text(answers)
    if old is None or _replaces(console, old.decode(), text, asks=file is None, force=force):
        room = Room(settings=_settings(text), around=answers.around, sensors=answers.sensors)
        return room, text
    settings = load_settings(machine.path(CONFIG))
    return Room(settings=settings, around=answers.around, sensors=answers.sensors), None


def _ask(console: Console, before: SetupAnswers | None) -> SetupAnswers:
    """Ask until somebody agrees to what the answers come to."""
    try:
        while True:
            answers = ask_answers(console, usual_hosts=usual_hosts(), before=before)
            console.print("\nYour answers:")
            for line in summary(answers):
                console.print(f"  {escape(line)}")
            if problem := first_host_problem(answers.around.hosts[0]):
                console.print(f"Warning: {escape(problem)}.")
            if typer.confirm("Go on with them (no: change them)?", default=True):
                return answers
            console.print("\nNothing was written. The enter key takes the answer in brackets.")
            before = answers
    except typer.Abort:
        if sys.stdin.isatty():
            raise
        msg = "there is nobody here to ask; give a file: sudo classbox setup --answers FILE"
        raise ConfigError(msg) from None


def _keeps(console: Console, settings: Settings) -> bool:
    box = settings.box
    console.print(f"{CONFIG} is there: {box.id} in {box.room} of {box.site}.")
    console.print("Kept, it is what credentials, broker and units are brought into line with.")
    return typer.confirm("Keep it (no: the questions again, its answers offered)?", default=True)


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
    for url in _changed_secrets(old, new):
        console.print(f"{escape(url)}: user, password or query changed")
    if asks:
        return typer.confirm(f"Replace {CONFIG}?", default=False)
    if not force:
        console.print(
            f"{CONFIG} is kept as it is, and everything else follows it; --force replaces it"
        )
    return force


def _changed_secrets(old: str, new: str) -> list[str]:
    """Return URLs that differ in what is not shown alone."""
    before = set(_URL.findall(old))
    shown = {redact_url(url) for url in before}
    changed = [redact_url(url) for url in _URL.findall(new) if url not in before]
    return [url for url in changed if url in shown]


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
