"""A recipe's command: every field of its dataclass is an option, the field's docstring its help."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, TypeVar, get_type_hints

import typer

from appliance.errors import ApplianceError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

ArgsT = TypeVar("ArgsT", bound="DataclassInstance")


def run(app: typer.Typer) -> None:
    """Run a command; a deliberate error is one line and an exit code."""
    try:
        app()
    except ApplianceError as error:
        typer.secho(str(error), fg="red", err=True)
        raise SystemExit(error.exit_code) from error


def run_recipe(recipe: Callable[[ArgsT], object], args: type[ArgsT]) -> None:
    """Read the command line and run a recipe with what it says.

    Args:
        recipe: What to run; the first line of its docstring is the command's help.
        args: Its options, a dataclass; of types that typer knows.
    """

    def command(**given: object) -> None:
        recipe(args(**given))

    hints, helps = get_type_hints(args), dict(_docstrings(args))
    # typer reads the options from here.
    vars(command)["__signature__"] = inspect.Signature(
        [
            inspect.Parameter(
                field.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=inspect.Parameter.empty if field.default is MISSING else field.default,
                annotation=Annotated[hints[field.name], typer.Option(help=helps[field.name])],
            )
            for field in fields(args)
        ]
    )
    app = typer.Typer(add_completion=False)
    app.command(help=(recipe.__doc__ or "").splitlines()[0])(command)
    run(app)


def _docstrings(args: type) -> Iterator[tuple[str, str]]:
    """Yield the name of every field and the string that stands below it."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(args))).body
    for field, below in pairwise(ast.iter_child_nodes(tree)):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, inspect.cleandoc(text).replace("``", "")
