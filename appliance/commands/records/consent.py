"""``classbox consent``: who may be looked at."""

from pathlib import Path

import typer

from appliance.commands.options import ConfigOption, SeatArgument, known_seat
from appliance.commands.records.beside import storage_beside
from appliance.settings.load import DEFAULT_CONFIG, load_settings

command = typer.Typer(help="Say who may be looked at.", no_args_is_help=True)


@command.command()
def grant(seat: SeatArgument, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Allow the box to look at whoever sits on a seat now."""
    _set_consent(seat, config, granted=True)


@command.command()
def revoke(seat: SeatArgument, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Take consent back; the box stops looking with the next frame."""
    _set_consent(seat, config, granted=False)


def _set_consent(seat: str, config: Path, *, granted: bool) -> None:
    settings = load_settings(config)
    key = known_seat(settings, seat, config)
    with storage_beside(settings) as storage:
        change = storage.consent.grant if granted else storage.consent.revoke
        change(key, actor="operator")
    typer.echo(f"{seat}: consent {'granted' if granted else 'revoked'}")
