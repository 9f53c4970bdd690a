"""What the commands of the screens have in common."""

import os
import pwd
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from appliance.errors import ConfigError
from appliance.screens.people.together import KnownPeople, people_of
from appliance.settings.load import DEFAULT_SCREENS, examine_screens, terminals_of
from appliance.settings.reading.problems import wrong_configuration

ScreensOption = Annotated[
    Path, typer.Option("--config", help="Configuration of the screens (TOML).")
]
TerminalArgument = Annotated[str, typer.Argument(help="Id of the terminal.")]

SCREENS = DEFAULT_SCREENS

_Result = TypeVar("_Result")


def open_people(config: Path) -> KnownPeople:
    """Return the people of the screens, also while a certificate is being renewed.

    Raises:
        ConfigError: The file cannot be understood, or its terminals are not to be found.
        StorageError: The state folder cannot be used.
    """
    settings, problems = examine_screens(config)
    if settings is None:
        raise wrong_configuration(str(config), problems)
    if not settings.screens.terminals.is_dir():
        msg = f"there is no folder {settings.screens.terminals}"
        raise ConfigError(msg, next_step="correct screens.terminals")
    found = [one for one in terminals_of(settings) if not isinstance(one, ConfigError)]
    return people_of(settings, frozenset(one.terminal.id for one in found))


def strange_terminal(people: KnownPeople, terminal: str) -> ConfigError | None:
    """Return what is to be said of an id that is no terminal's."""
    if terminal in people.terminals:
        return None
    names = ", ".join(sorted(people.terminals)) or "none; run: sudo classbox screens check"
    return ConfigError(f"there is no terminal {terminal!r}", next_step=f"there are: {names}")


def noted(people: KnownPeople, what: str, about: str, act: Callable[[], _Result]) -> _Result:
    """Do something and note under whose name it was done."""
    result = act()
    people.audit.note(who=operator(), what=what, about=about)
    return result


def operator() -> str:
    """Return who runs the command; behind sudo, who has called it."""
    return os.environ.get("SUDO_USER") or pwd.getpwuid(os.getuid()).pw_name
