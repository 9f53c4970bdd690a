"""Command line of the box: declares the commands, turns errors into exit codes."""

import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup

from appliance.errors import ApplianceError

if TYPE_CHECKING:
    from typer._click import Context  # the base of typer.Context, which a group is given


@dataclass(frozen=True, slots=True)
class Command:
    """A command that is imported when somebody asks for it."""

    module: str
    """Below ``appliance.commands``; its ``command`` is a function or a group."""

    summary: str
    """First line of its help, for the list of all commands."""


COMMANDS: Mapping[str, Command] = {
    "run": Command("box.run", "Run the service until SIGTERM or Ctrl-C."),
    "sense": Command(
        "sensor.sense", "Look for a box that decides elsewhere; say whether the camera looks."
    ),
    "check": Command(
        "box.check",
        "Look at configuration, models, cameras and broker; report all problems at once.",
    ),
    "doctor": Command(
        "doctor.command",
        "Walk from each camera to each student; name the first broken link and the next step.",
    ),
    "test-alert": Command(
        "doctor.trial",
        "Send a marked test to a seat's terminal; show the time to each step until it is seen.",
    ),
    "demo": Command(
        "demo.command", "Replay a clip through the whole box; needs no camera and no account."
    ),
    "replay": Command(
        "replay.command",
        "Show states, alerts and interventions of a clip or of stored readings over time.",
    ),
    "aim": Command(
        "aim.command",
        "Point a camera and say which part of its picture is whose seat; no picture is shown.",
    ),
    "tune": Command(
        "box.tune",
        'Time the inference engines on this board and keep the fastest, for engines on "auto".',
    ),
    "bench": Command(
        "bench.command",
        "Play clips in real time through the whole service; say what it holds and what it costs.",
    ),
    "terminal": Command(
        "terminal.command", "Be a reference student terminal: show commands, acknowledge, answer."
    ),
    "screens": Command(
        "screens.command", "Serve pages for students, teachers and IT; say who may come in."
    ),
    "status": Command(
        "control.status",
        "Say how the running box is: state, cameras, seats, broker, problems with their next "
        "steps.",
    ),
    "pause": Command(
        "control.pause",
        "Close the cameras until somebody resumes them; a restart changes nothing about it.",
    ),
    "resume": Command(
        "control.resume", "End a pause; what else keeps the cameras closed, keeps them closed."
    ),
    "consent": Command("records.consent", "Say who may be looked at."),
    "export": Command(
        "records.export",
        "Print what is stored, as JSON lines or CSV.",
    ),
    "why": Command(
        "policy.why",
        "Explain one decision: what was seen, said, allowed, chosen, and what came of it.",
    ),
    "policy": Command(
        "policy.command",
        "Say what the learned policy does, hand out its choices, make them again.",
    ),
    "report": Command(
        "report.command",
        "Say what each action does, how sure that is, and how much longer it would take to tell.",
    ),
    "setup": Command(
        "setup.command",
        "Answer a few questions; get configuration, credentials, broker and units.",
    ),
    "pki": Command("pki.command", "Make, renew, take back and list the certificates of the room."),
    "erase": Command(
        "records.erase",
        "Erase everything about a seat: what is stored, and what a running box remembers of it.",
    ),
    "door-page": Command(
        "door_page.command",
        "Make a page for the room's door: what is seen, what is stored, how to say no.",
    ),
    "backup": Command(
        "keep.backup",
        "Copy databases and configuration, without secrets, into one file; the box goes on.",
    ),
    "restore": Command(
        "keep.restore", "Put a backup in place; what was erased or revoked since stays so."
    ),
}


class _PlainGroup(TyperGroup):
    """Says what is wrong with an option without the validator's own words in front."""

    def invoke(self, ctx: "Context") -> object:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")
            raise


def build_app(asked: str | None) -> typer.Typer:
    """Return the command line with one command ready to run.

    The others are listed by name and summary only: OpenVINO and OpenCV take seconds to import, and
    `classbox --help` and `classbox consent` answer at once.
    """
    app = typer.Typer(
        cls=_PlainGroup,
        help="Classroom Box: early warning of fatigue (and, where a school may, of boredom and "
        "confusion) from camera features, never frames.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_take_options)
    for name, entry in COMMANDS.items():
        if name != asked:
            app.command(name, help=entry.summary)(lambda: None)
            continue
        command = importlib.import_module(f"appliance.commands.{entry.module}").command
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def _say_version(asked: bool) -> None:  # noqa: FBT001 - typer calls it by position
    if asked:
        typer.echo(f"classbox {metadata.version('classbox')}")
        raise typer.Exit


def _take_options(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_say_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    del version  # the callback has answered


def run() -> None:
    """Run a command; a deliberate error becomes its message and its exit code."""
    try:
        build_app(asked_command())()
    except ApplianceError as error:
        typer.secho(str(error), fg="red", err=True)  # rich would wrap the lines
        sys.exit(error.exit_code)


def asked_command() -> str | None:
    """Return the command that was typed; None where there are options only."""
    return next((word for word in sys.argv[1:] if not word.startswith("-")), None)
