"""Reads the configuration; the only reader of its files and the environment.

The tree is frozen and closed: an unknown key is an error. Sources in order of precedence: the
environment (``CLASSBOX_WARNING__THETA=0.7``), the files of ``config.d`` beside the configuration
file in name order (later wins), the configuration file. Tables are keyed by id, so each source can
override one field of one camera.

Every problem is said in one round, wherever it was written; see ``rules`` for those between tables.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.errors import ConfigError
from appliance.settings.reading.problems import Problem, wrong_configuration
from appliance.settings.reading.rules import (
    beside,
    between_tables,
    broker_files,
    identity_of_terminal,
    on_this_machine,
    open_secrets,
)
from appliance.settings.reading.served import beside_screens, served_here
from appliance.settings.reading.sources import Sources
from appliance.settings.reading.toml_file import read_toml
from appliance.settings.reading.validation import AnySection, validate
from appliance.settings.screens import ScreensSettings
from appliance.settings.terminal import TerminalSettings
from appliance.settings.tree import Settings

DEFAULT_CONFIG = Path("/etc/classbox/config.toml")
DEFAULT_TERMINAL = Path("/etc/classbox/terminal.toml")
DEFAULT_SCREENS = Path("/etc/classbox-screens/screens.toml")
TERMINAL_FILE = "terminal.toml"
"""In the folder of each terminal, and of each person for whom the screens speak."""

_MISSING_FILE = (
    "run: sudo classbox setup, or copy /usr/share/doc/classbox/examples/config.toml there"
)
_MISSING_TERMINAL = (
    "copy the folder there that 'classbox setup' made for this terminal on the box, or name its "
    "terminal.toml with --config"
)
_MISSING_SCREENS = "run: sudo classbox setup, or name the file with --config"


@dataclass(frozen=True, slots=True)
class Examined:
    """A configuration and everything that is wrong with it."""

    settings: Settings | None
    """None while a setting cannot be understood; there may be problems all the same."""

    problems: tuple[Problem, ...]
    """All that would keep the service from starting, in the order of the sources."""

    sources: Sources
    """Who said what."""


def load_settings(config_file: Path) -> Settings:
    """Return the configuration, for a command beside the service.

    Such a command must work while a certificate is being renewed: a student who says no is not
    told to wait for it. So files that only the service reads are not looked at.

    Raises:
        ConfigError: One line per problem: file or variable, setting, fact and next step.
    """
    sources = _read(config_file)
    return _settled(config_file, *_check(sources))


def load_service_settings(config_file: Path) -> Settings:
    """Return the configuration of a service that can start with it on this machine.

    Raises:
        ConfigError: One line per problem, those with broker files, state folder and permissions
            among them.
    """
    examined = examine(config_file)
    return _settled(config_file, examined.settings, examined.problems)


def examine(config_file: Path) -> Examined:
    """Return the configuration as far as it can be read, and all problems at once."""
    sources = _read(config_file)
    settings, problems = _check(sources)
    here = sources.as_problems(on_this_machine(sources))
    all_problems = (*problems, *here, *open_secrets(sources))
    return Examined(settings=settings, problems=all_problems, sources=sources)


def parse_settings(*tables: Mapping[str, Any], origin: str) -> Settings:
    """Check tables as they come from TOML.

    Args:
        tables: What would stand in one file each; later ones win, the environment over them all.
        origin: Stands at the head of the message, and in each line that is not the environment's.

    Raises:
        ConfigError: One line per problem.
    """
    sources = Sources(table=Settings, main=origin)
    for table in tables:
        sources.add(origin, table)
    sources.add_environment(Settings)
    return _settled(origin, *_check(sources))


def load_terminal(config_file: Path) -> TerminalSettings:
    """Return the configuration of a student's terminal: one file and nothing else.

    Paths in it are relative to its own folder, so that the folder can be carried to the terminal.

    Raises:
        ConfigError: One line per problem; one alone when it is the configuration of a box.
    """
    values, problems = read_toml(config_file, missing=_MISSING_TERMINAL)
    sources = Sources(
        table=TerminalSettings,
        main=str(config_file),
        problems=problems,
        readable=values is not None,
    )
    if of_the_box := sorted({"box", "cameras", "policy"} & set(values or {})):
        stranger = Problem(
            file=str(config_file),
            key=", ".join(of_the_box),
            problem="this is the configuration of a box, and two clients with the identity of the "
            "box throw each other off the broker",
            next_step=_MISSING_TERMINAL,
        )
        raise wrong_configuration(str(config_file), [stranger])
    sources.add(str(config_file), beside(config_file, values or {}))
    settings, wrong = validate(TerminalSettings, sources)
    rules = sources.as_problems((*identity_of_terminal(sources), *broker_files(sources)))
    return _settled(config_file, settings, [*sources.problems, *wrong, *rules])


def load_screens(config_file: Path) -> ScreensSettings:
    """Return the configuration of the pages: one file and nothing else.

    Raises:
        ConfigError: One line per problem, those with files that are served with among them.
    """
    settings, problems = examine_screens(config_file)
    return _settled(config_file, settings, problems)


def examine_screens(config_file: Path) -> tuple[ScreensSettings | None, list[Problem]]:
    """Return the configuration of the pages as far as it can be read, and all its problems."""
    values, problems = read_toml(config_file, missing=_MISSING_SCREENS)
    sources = Sources(
        table=ScreensSettings,
        main=str(config_file),
        problems=problems,
        readable=values is not None,
    )
    sources.add(str(config_file), beside_screens(config_file, values or {}))
    settings, wrong = validate(ScreensSettings, sources)
    here = () if settings is None else sources.as_problems(served_here(settings))
    return settings, [*sources.problems, *wrong, *here]


def terminals_of(settings: ScreensSettings) -> Iterator[TerminalSettings | ConfigError]:
    """Yield the terminals for which the screens speak, and what is wrong with each other folder."""
    for folder in sorted(settings.screens.terminals.iterdir()):
        if not folder.is_dir():
            continue
        try:
            yield identity_in(folder, settings)
        except ConfigError as error:
            yield error


def identity_in(folder: Path, settings: ScreensSettings) -> TerminalSettings:
    """Return for whom the screens speak with the keys of a folder.

    Raises:
        ConfigError: It cannot be used, or is of another room.
    """
    found = load_terminal(folder / TERMINAL_FILE)
    here = (settings.screens.site, settings.screens.room)
    if (found.terminal.site, found.terminal.room) != here:
        msg = f"{folder}: is of another room than {'/'.join(here)}"
        raise ConfigError(msg, next_step="take it away, or correct screens.site and screens.room")
    return found


def _read(config_file: Path) -> Sources:
    sources = Sources.of_files(Settings, config_file, missing=_MISSING_FILE)
    sources.add_environment(Settings)
    return sources


def _settled(
    origin: Path | str, settings: AnySection | None, problems: Iterable[Problem]
) -> AnySection:
    found = list(problems)
    if settings is None or found:
        # Not chained: pydantic's own text shows the rejected input, which may be a password.
        raise wrong_configuration(str(origin), found) from None
    return settings


def _check(sources: Sources) -> tuple[Settings | None, list[Problem]]:
    settings, wrong = validate(Settings, sources)
    return settings, [*sources.problems, *wrong, *sources.as_problems(between_tables(sources))]
