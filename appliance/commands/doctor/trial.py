"""``classbox test-alert``: a harmless command to a seat's terminal, and the time it takes."""

import json

import typer
from rich.console import Console
from rich.markup import escape

from appliance.commands.options import ConfigOption, JsonOption, SeatArgument, known_seat
from appliance.host.doorbell import ask
from appliance.settings.layout import box_identity
from appliance.settings.load import DEFAULT_CONFIG, load_settings

EXIT_UNAVAILABLE = 69
"""sysexits.h EX_UNAVAILABLE: something on the way is away."""


def command(
    seat: SeatArgument, config: ConfigOption = DEFAULT_CONFIG, *, as_json: JsonOption = False
) -> None:
    """Send a marked test to a seat's terminal; show the time to each step until it is seen."""
    settings = load_settings(config)
    key = known_seat(settings, seat, config)
    console = Console(highlight=False, soft_wrap=True)
    shown = False
    for answer in ask(
        settings.box.state_dir, identity=box_identity(settings), ask="test-alert", seat=key
    ):
        shown = shown or bool(answer.get("shown"))
        if as_json:
            typer.echo(json.dumps(answer))
        elif "step" in answer:
            console.print(f"[green]✓[/] {answer['step']:<10}{answer['ms']:>6} ms")
        elif "missing" in answer:
            console.print(f"[red]✗[/] {answer['missing']:<10} {escape(answer['because'])}")
            console.print(f"[bold]Next:[/] {escape(answer['next'])}")
        else:
            console.print(f"Terminal {answer['terminal']} has shown the test.")
    if not shown:
        raise typer.Exit(EXIT_UNAVAILABLE)
