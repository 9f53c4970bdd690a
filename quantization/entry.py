"""How every command of this package starts and fails."""

from importlib import import_module
from types import ModuleType

import typer
from rich.console import Console
from rich.markup import escape

from appliance.errors import ApplianceError, MissingProgramError


def run(app: typer.Typer) -> None:
    """Run a command; deliberate errors are one line and an exit code."""
    try:
        app()
    except ApplianceError as error:
        # Never wrapped: an error is one line for whoever greps it.
        Console().print(f"[red]error:[/red] {escape(str(error))}", soft_wrap=True)
        raise SystemExit(error.exit_code) from error


def import_extra(*names: str, purpose: str, extra: str = "quantization") -> list[ModuleType]:
    """Import modules late: they need what only an extra brings, and help works without it.

    Args:
        names: Modules.
        purpose: What needs them, such as ``building``.
        extra: Of this project.

    Raises:
        MissingProgramError: Something is not installed.
    """
    try:
        return [import_module(name) for name in names]
    except ModuleNotFoundError as error:
        msg = f"{purpose} needs {error.name}; pip install 'classbox[{extra}]'"
        raise MissingProgramError(msg) from error
