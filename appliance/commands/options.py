"""What several commands ask for, in the same words."""

from pathlib import Path
from typing import Annotated

import typer

from appliance.domain.seats import SeatKey
from appliance.errors import ConfigError
from appliance.settings.layout import all_seats
from appliance.settings.tree import Settings

ConfigOption = Annotated[Path, typer.Option("--config", help="Configuration file (TOML).")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
SeatArgument = Annotated[str, typer.Argument(help="Seat id of the configuration.")]


def known_seat(settings: Settings, seat: str, config: Path) -> SeatKey:
    """Return a seat that somebody typed.

    Raises:
        ConfigError: The configuration has no such seat; the message names those it has.
    """
    seats = sorted(all_seats(settings))
    if seat not in seats:
        msg = f"no seat {seat!r} in {config}; there are {', '.join(seats)}"
        raise ConfigError(msg)
    return SeatKey(seat)
