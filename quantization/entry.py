"""How every command of this package starts and fails."""

import typer
from rich.console import Console
from rich.markup import escape

from appliance.errors import ApplianceError


def run(app: typer.Typer) -> None:
    """Run a command; deliberate errors are one line and an exit code."""
    try:
        app()
    except ApplianceError as error:
        # Never wrapped: an error is one line for whoever greps it.
        Console().print(f"[red]error:[/red] {escape(str(error))}", soft_wrap=True)
        raise SystemExit(error.exit_code) from error
