"""``classbox erase``: forget a seat."""

from typing import Annotated

import typer

from appliance.commands.options import ConfigOption, SeatArgument, known_seat
from appliance.commands.records.beside import storage_beside
from appliance.settings.load import DEFAULT_CONFIG, load_settings


def command(
    seat: SeatArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase everything stored about a seat."""
    settings = load_settings(config)
    key = known_seat(settings, seat, config)
    if not yes:
        typer.confirm(f"Erase everything stored about seat {seat}?", abort=True)
    with storage_beside(settings) as storage:
        erased = storage.erasure.erase(actor="operator", seat=key)
    typer.echo(f"{erased.features} feature rows and {erased.records} records erased")
