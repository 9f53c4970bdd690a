"""The commands of the box, as the man page and the completion need to know them."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import typer.main
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from appliance.commands.command_line import COMMANDS, build_app

PROGRAM = "classbox"


@dataclass(frozen=True, slots=True)
class Parameter:
    """An option or an argument."""

    head: str
    """As the program's own help writes it: ``--config <path>``."""

    help: str
    options: tuple[str, ...]
    """``--config``; empty for an argument."""

    takes_value: bool
    is_path: bool
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CommandHelp:
    """A command that can be typed."""

    words: tuple[str, ...]
    """``("consent", "grant")``, without the program's name."""

    help: str
    parameters: tuple[Parameter, ...]
    subcommands: tuple[str, ...]


def every_command() -> Iterator[CommandHelp]:
    """Yield the commands in the order of the program's own help, a group before its members."""
    for name in COMMANDS:
        program = typer.main.get_command(build_app(name))
        assert isinstance(program, TyperGroup)  # noqa: S101
        yield from _walk((name,), program.commands[name])


def _walk(words: tuple[str, ...], command: object) -> Iterator[CommandHelp]:
    if not isinstance(command, TyperGroup | TyperCommand):
        msg = f"{' '.join(words)} is not a command of typer's"
        raise TypeError(msg)
    members = command.commands if isinstance(command, TyperGroup) else {}
    context = command.make_context(" ".join((PROGRAM, *words)), [], resilient_parsing=True)
    parameters = []
    for one in command.params:
        record = one.get_help_record(context)
        if record is None or not isinstance(one, TyperOption | TyperArgument):
            continue
        option = isinstance(one, TyperOption)
        choices = one.type_descriptor.choices or ()
        parameters.append(
            Parameter(
                head=record[0],
                help=record[1],
                options=(*one.opts, *one.secondary_opts) if option else (),
                takes_value=not (isinstance(one, TyperOption) and one.is_flag),
                is_path=one.type_descriptor.is_path,
                choices=tuple(
                    str(choice.value if isinstance(choice, Enum) else choice) for choice in choices
                ),
            )
        )
    yield CommandHelp(words, command.help or "", tuple(parameters), tuple(members))
    for name, member in members.items():
        yield from _walk((*words, name), member)
