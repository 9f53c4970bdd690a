"""``classbox screens``: its commands."""

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from appliance.commands.options import JsonOption
from appliance.commands.screens.check import check
from appliance.commands.screens.options import (
    SCREENS,
    ScreensOption,
    TerminalArgument,
    noted,
    open_people,
    strange_terminal,
)
from appliance.commands.signals import stop_signal
from appliance.errors import ConfigError
from appliance.host.core_dumps import forbid_core_dumps
from appliance.host.logs import LogLevel, configure_logs
from appliance.host.memory import share_one_arena
from appliance.host.systemd import SystemdNotifier
from appliance.screens.http.visitors import Role
from appliance.screens.people.accounts import plain_name
from appliance.screens.people.enrolment import qr_lines
from appliance.screens.serve import Screens
from appliance.settings.load import load_screens

command = typer.Typer(
    help="Serve pages for students, teachers and IT; say who may come in.", no_args_is_help=True
)
account = typer.Typer(help="Say who may sign in with a password.", no_args_is_help=True)
command.add_typer(account, name="account")
command.command()(check)


@command.command()
def run(
    config: ScreensOption = SCREENS,
    log_level: Annotated[LogLevel, typer.Option(help="How much is logged.")] = LogLevel.INFO,
) -> None:
    """Serve the pages until SIGTERM or Ctrl-C."""
    forbid_core_dumps()  # every terminal's key lies in memory
    share_one_arena()
    configure_logs(level=log_level)
    notifier = SystemdNotifier.from_environment()
    with stop_signal() as stop:
        Screens(load_screens(config)).run(stop, notifier)


@command.command()
def code(terminal: TerminalArgument, config: ScreensOption = SCREENS) -> None:
    """Make a code with which a browser becomes a terminal: once, within an hour."""
    people = open_people(config)
    if strange := strange_terminal(people, terminal):
        raise strange
    (issued,) = noted(people, "code", terminal, lambda: people.codes.issue([terminal]))
    typer.echo(qr_lines(issued.url))
    typer.echo(f"{terminal}: {issued.code} until {_clock(issued.ends_s)}, or open {issued.url}")


@command.command()
def revoke(terminal: TerminalArgument, config: ScreensOption = SCREENS) -> None:
    """Sign out every browser that is a terminal; open pages end at once, an open code too."""
    people = open_people(config)

    def sign_out() -> int:
        ended = people.revoke(terminal)
        if not ended and (strange := strange_terminal(people, terminal)):
            raise strange  # mistyped, and the browser that is meant is still in
        return ended

    ended = noted(people, "revoke", terminal, sign_out)
    typer.echo(f"{terminal}: {ended} browser(s) signed out; a code that was open is good no more")


@command.command()
def sessions(config: ScreensOption = SCREENS, *, as_json: JsonOption = False) -> None:
    """List who is signed in and which browsers are terminals."""
    people = open_people(config)
    rows = [
        {"role": str(role), "name": name, "ends_s": ends_s}
        for role, name, ends_s in people.sessions.open_sessions()
    ]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for row in rows:
        typer.echo(f"{row['role']:8} {row['name']:32} until {_clock(float(str(row['ends_s'])))}")
    if not rows:
        typer.echo("nobody")


@account.command()
def add(
    name: Annotated[str, typer.Argument(help="What is typed to sign in.")],
    role: Annotated[str, typer.Option(help="teacher or it.")],
    password_file: Annotated[
        Path | None, typer.Option(help="Its first line is the password; asked for without it.")
    ] = None,
    config: ScreensOption = SCREENS,
) -> None:
    """Make an account, or give one another password; whoever is signed in by it is signed out."""
    if role not in (Role.TEACHER, Role.IT):
        msg = f"--role: expected {Role.TEACHER} or {Role.IT}, got {role!r}"
        raise ConfigError(msg)
    people = open_people(config)
    password = _typed() if password_file is None else _first_line(password_file)
    before = people.accounts.of(plain_name(name))
    made = noted(
        people,
        f"account-{role}",
        plain_name(name),
        lambda: people.accounts.add(name, Role(role), password),
    )
    if before is None:
        typer.echo(f"{made.name}: may sign in as {made.role}")
        return
    was = "" if before.role is made.role else f", no longer as {before.role}"
    typer.echo(f"{made.name}: was there; has this password now and signs in as {made.role}{was}")


@account.command()
def remove(
    name: Annotated[str, typer.Argument(help="Name of the account.")],
    config: ScreensOption = SCREENS,
) -> None:
    """Take an account away; whoever is signed in by it is signed out."""
    people = open_people(config)
    if people.accounts.of(plain_name(name)) is None:
        names = ", ".join(one.name for one in people.accounts.all()) or "none"
        msg = f"there is no account {name!r}; there are: {names}"
        raise ConfigError(msg)
    noted(people, "account-removed", plain_name(name), lambda: people.accounts.remove(name))
    typer.echo(f"{plain_name(name)}: removed")


@account.command("list")
def show(config: ScreensOption = SCREENS, *, as_json: JsonOption = False) -> None:
    """List the accounts."""
    people = open_people(config)
    accounts = people.accounts.all()
    if as_json:
        rows = [{"name": one.name, "role": str(one.role)} for one in accounts]
        typer.echo(json.dumps(rows))
        return
    for one in accounts:
        typer.echo(f"{one.role:8} {one.name:32} since {_clock(one.since_s)}")
    if not accounts:
        typer.echo("none; make one: sudo classbox screens account add NAME --role teacher")


def _typed() -> str:
    typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return typed


def _first_line(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{file} cannot be read as text"
        raise ConfigError(msg, next_step="write the password into its first line") from error


def _clock(at_s: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at_s))
